"""Processes of the machine, run as whole groups within limits."""
