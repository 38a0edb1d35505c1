"""The base of Python actions.

Source: StackStorm's `st2common.runners.base_action`.
"""

# pyright: basic

import abc

from st2common.runners.utils import PackConfigDict, get_logger_for_python_runner_action

__all__ = ["Action"]


class Action(abc.ABC):
    """What most actions are derived from: has `config`, `logger` and `action_service`."""

    description = None

    def __init__(self, config=None, action_service=None):
        self.action_service = action_service
        wrapper = getattr(action_service, "_action_wrapper", None)
        self.config = PackConfigDict(getattr(wrapper, "_pack", "unknown"), config or {})
        self.logger = get_logger_for_python_runner_action(
            type(self).__name__, getattr(wrapper, "_log_level", "debug")
        )

    @abc.abstractmethod
    def run(self, **kwargs):
        """Do it; returns a value, or `(True, value)` or `(False, value)`."""
