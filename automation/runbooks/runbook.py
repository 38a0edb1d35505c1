"""Where the classes stood at first."""

from automation.runbook import *  # noqa: F403
