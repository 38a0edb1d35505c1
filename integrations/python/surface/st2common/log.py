"""Logging with the level AUDIT.

Source: StackStorm's `st2common.log`.
"""

# pyright: basic

import logging
import logging.config
import sys

__all__ = ["AUDIT", "LoggingStream", "getLogger", "setup"]

AUDIT = logging.CRITICAL + 10
logging.addLevelName(AUDIT, "AUDIT")
setattr(logging, "AUDIT", AUDIT)


def _audit(self, message, *args, **kwargs):
    if self.isEnabledFor(AUDIT):
        self._log(AUDIT, message, args, **kwargs)


setattr(logging.Logger, "audit", _audit)


def getLogger(name):  # noqa: N802 - the name that packs import
    """The standard library's logger of that name."""
    return logging.getLogger(name)


class LoggingStream:
    """A stream whose lines are logged."""

    def __init__(self, name, level=logging.ERROR):
        self._logger = getLogger(name)
        self._level = level

    def write(self, message):
        """Log what is more than the end of a line."""
        if message.strip():
            self._logger.log(self._level, message.rstrip("\n"))

    def flush(self):
        """Nothing is kept back."""


def setup(config_file=None, redirect_stderr=False, excludes=None, **_):
    """Log as a file says, or to standard error; without the loggers that are excluded."""
    if config_file:
        logging.config.fileConfig(config_file, disable_existing_loggers=False)
    else:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    for name in excludes or ():
        logging.getLogger(name).disabled = True
    if redirect_stderr:
        sys.stderr = LoggingStream("STDERR")


def ignore_lib2to3_log_messages():
    """Nothing of that logs here."""


def ignore_statsd_log_messages():
    """Nothing of that logs here."""
