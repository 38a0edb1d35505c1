"""Everything behind `/playbook`."""
