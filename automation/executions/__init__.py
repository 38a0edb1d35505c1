"""Executions: what is done next, doing it, and what people may do about it."""
