"""One folder per outside system: its client, its actions, its runner."""
