"""Rules: which event begins which action, and with what."""
