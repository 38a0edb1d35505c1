"""The configuration of a StackStorm service, of which a pack's process has none.

Source: the functions of StackStorm's `st2common.config` that scripts of packs call.
"""

# pyright: basic

__all__ = ["parse_args"]


def parse_args(args=None, ignore_errors=False):
    """Nothing to be read: what a process needs to know it is told by whoever starts it."""
    del args, ignore_errors
