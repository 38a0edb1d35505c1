"""Finds a pack's class in its module, and makes an instance of it.

By what a class can do and not by what it is derived from, since packs bring bases of their
own.

Source: StackStorm's loading of actions: of the classes that a module defines and that have a
method `run` the first by name; made with config and action_service, or without the latter
where the class does not know it.
"""

# pyright: basic

import inspect


def action_class(module):
    """The class of an action's module; None where there is none with a method `run`."""
    found = [
        value
        for name, value in sorted(vars(module).items())
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and callable(getattr(value, "run", None))
        and not getattr(value.run, "__isabstractmethod__", False)
    ]
    return found[0] if found else None


def action_instance(kind, config, service):
    """An instance of an action's class.

    Raises:
        TypeError: It wants more than it can be given.
    """
    for names in (("config", "action_service"), ("config",), ()):
        given = {"config": config, "action_service": service}
        given = {name: given[name] for name in names}
        if not _takes(kind, given):
            continue
        try:
            instance = kind(**given)
        except TypeError as error:
            if "unexpected keyword argument" in str(error) and names:
                continue
            raise
        if "action_service" not in names:
            instance.action_service = service
        return instance
    raise TypeError("%s cannot be made with a config, and not without one" % kind.__name__)


def _takes(kind, given):
    try:
        inspect.signature(kind).bind(**given)
    except TypeError:
        return False
    except ValueError:
        return True  # Nothing is known of it: trying tells.
    return True
