"""Where the classes stood at first."""

from automation.approval import *  # noqa: F403
