"""One folder per chat platform: only translation, no behaviour."""
