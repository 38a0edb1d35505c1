"""What actions are made with.

Source: StackStorm's `st2common.runners.utils`.
"""

# pyright: basic

import logging

from tocsin_pack.classes import action_instance

from st2common.log import AUDIT  # noqa: F401 - makes the level known

__all__ = [
    "PackConfigDict",
    "get_action_class_instance",
    "get_logger_for_python_runner_action",
]

LOGGERS = {}


class PackConfigDict(dict):
    """A pack's config, which says what to do about a key that it does not have."""

    def __init__(self, pack_name, *args):
        super().__init__(*args)
        self._pack_name = pack_name

    def __missing__(self, key):
        raise ValueError(
            'The config of the pack "%s" has no "%s". Set it with tocsin pack config %s.'
            % (self._pack_name, key, self._pack_name)
        )


def get_logger_for_python_runner_action(action_name, log_level="debug"):
    """A logger that writes to standard error; the same one for the same name."""
    if action_name not in LOGGERS:
        level = getattr(logging, str(log_level).upper(), logging.DEBUG)
        logger = logging.getLogger("actions.python.%s" % action_name)
        handler = logging.StreamHandler()
        handler.setLevel(level)
        handler.setFormatter(logging.Formatter("%(name)-12s: %(levelname)-8s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(level)
        LOGGERS[action_name] = logger
    return LOGGERS[action_name]


def get_action_class_instance(action_cls, config=None, action_service=None):
    """An action, made as it would be when it is run."""
    return action_instance(action_cls, config, action_service)
