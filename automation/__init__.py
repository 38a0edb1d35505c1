"""Actions, runbooks, executions, approvals: what Tocsin does by itself, and who allows it."""
