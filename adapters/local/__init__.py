"""The chat platform of our own, in the browser."""
