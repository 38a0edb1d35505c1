"""Old idioms that packs, and the libraries they are pinned to, still use.

Source: what the standard library's `collections` dropped with Python 3.10, and `inspect`
with 3.11.
"""

# pyright: basic

import collections
import collections.abc
import inspect

_MOVED = (
    *("Awaitable", "Coroutine", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "Hashable"),
    *("Iterable", "Iterator", "Generator", "Reversible", "Container", "Collection", "Callable"),
    *("Set", "MutableSet", "Mapping", "MutableMapping", "MappingView", "KeysView", "ItemsView"),
    *("ValuesView", "Sequence", "MutableSequence", "ByteString", "Sized"),
)

ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")


def restore():
    """Put back what is missing; what is there stays as it is."""
    for name in _MOVED:
        moved = getattr(collections.abc, name, None)
        if moved is not None and not hasattr(collections, name):
            setattr(collections, name, moved)
    if not hasattr(inspect, "getargspec"):
        setattr(inspect, "ArgSpec", ArgSpec)
        setattr(inspect, "getargspec", getargspec)
    if not hasattr(inspect, "formatargspec"):
        setattr(inspect, "formatargspec", _formatargspec)


def getargspec(function):
    """The names and defaults of what a function takes, as old code asks for them.

    Raises:
        ValueError: It has parameters that can only be given by name.
    """
    full = inspect.getfullargspec(function)
    if full.kwonlyargs:
        raise ValueError("%r has parameters that only go by name" % (function,))
    return ArgSpec(full.args, full.varargs, full.varkw, full.defaults)


def _formatargspec(args, varargs=None, varkw=None, defaults=None, **_):
    first = len(args) - len(defaults or ())
    parts = [
        "%s=%r" % (name, defaults[number - first]) if defaults and number >= first else str(name)
        for number, name in enumerate(args)
    ]
    if varargs:
        parts.append("*" + varargs)
    if varkw:
        parts.append("**" + varkw)
    return "(%s)" % ", ".join(parts)
