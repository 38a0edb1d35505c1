"""Commands about runbooks, executions and approvals, one file for each kind of thing to do."""
