"""What an incident is, what may happen to it, and when."""
