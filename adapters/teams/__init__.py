"""Microsoft Teams, by the Bot Framework's SDK and, when it is allowed, by Graph."""
