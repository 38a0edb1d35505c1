"""Runbooks: versions, validation, triggers, plans."""
