"""Sleeping, by the library that a pack has chosen.

Source: the functions of StackStorm's `st2common.util.concurrency` that packs call.
"""

# pyright: basic

import sys
import time


def sleep(*args, **kwargs):
    """Sleep; others go on meanwhile where eventlet is in use."""
    eventlet = sys.modules.get("eventlet")
    return (eventlet or time).sleep(*args, **kwargs)


def spawn(func, *args, **kwargs):
    """Begin something beside what is being done now."""
    import eventlet  # pyright: ignore[reportMissingImports] - of the pack's environment

    return eventlet.spawn(func, *args, **kwargs)
