"""Where the classes stood at first."""

from automation.execution import *  # noqa: F403
