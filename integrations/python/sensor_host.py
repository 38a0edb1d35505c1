"""A sensor's own process: imports its class, and lets it look for what happens.

Run by the environment's own interpreter, so it uses nothing but the standard library. Over the
Unix socket at descriptor 0 it takes JSON objects behind their lengths, first what it is to do,
then words about triggers until the end:

    → {"module", "class", "paths", "own", "pack", "config", "poll_interval", "port"}
    → {"word": "add" | "update" | "remove", "trigger"} or {"word": "end"}

`port` is the descriptor by which the sensor asks; see `surface/tocsin_pack/port.py`. It ends
with status 0 once it was told to or nobody is there any more, and with 1 when the sensor ended
by itself or broke, which standard error tells.
"""

# pyright: basic

import importlib
import importlib.machinery
import inspect
import json
import logging
import os
import socket
import struct
import sys
import threading
import traceback
import types

_HEAD = struct.Struct("!I")


def main():
    """Be the sensor until the end."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != here]
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    asked = _receive(control)
    if asked is None:
        return
    server = _module("_server", os.path.join(here, "server.py"))
    server.look_in(asked["paths"], own=asked["own"])
    importlib.import_module("tocsin_pack.idioms").restore()
    # What sensors and the libraries they use log is what is known of them.
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        sensor = _sensor(asked)
        # Begun before the sensor runs, which may never come back; not a green thread of its.
        threading.Thread(target=_listen, args=(control, sensor), daemon=True).start()
        sensor.setup()
        sensor.run()
        sys.stderr.write("The sensor's method run has ended.\n")
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def _sensor(asked):
    services = importlib.import_module("tocsin_pack.services")
    port = importlib.import_module("tocsin_pack.port").Port(asked["port"])
    os.set_inheritable(asked["port"], False)  # noqa: FBT003 - the library's own order
    name = os.path.splitext(os.path.basename(asked["module"]))[0]
    module = _module(name, asked["module"])
    kind = getattr(module, asked["class"], None)
    if not isinstance(kind, type):
        raise AttributeError("%s has no class “%s”" % (asked["module"], asked["class"]))
    wrapper = services.Wrapper(asked["pack"], asked["class"])
    given = {"sensor_service": services.SensorService(wrapper, port), "config": asked["config"]}
    if asked["poll_interval"] and _polls(kind):
        given["poll_interval"] = asked["poll_interval"]
    return kind(**given)


def _module(name, path):
    module = types.ModuleType(name)
    module.__file__ = path
    sys.modules[name] = module
    importlib.machinery.SourceFileLoader(name, path).exec_module(module)
    return module


def _polls(kind):
    """Whether a class can be told how often to look: by what it takes, whatever it is made of."""
    if not hasattr(kind, "poll"):
        return False
    takes = inspect.signature(kind).parameters.values()
    return any(each.name == "poll_interval" or each.kind is each.VAR_KEYWORD for each in takes)


def _listen(control, sensor):
    while True:
        word = _receive(control)
        if word is None or word["word"] == "end":
            try:
                sensor.cleanup()
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
        try:
            getattr(sensor, word["word"] + "_trigger")(word["trigger"])
        except BaseException:
            traceback.print_exc()


def _receive(control):
    """The next object; None when the other side has hung up."""
    head = _exactly(control, _HEAD.size)
    if head is None:
        return None
    body = _exactly(control, _HEAD.unpack(head)[0])
    return json.loads(body) if body is not None else None


def _exactly(control, size):
    # Read past `socket`, which a sensor's eventlet may have made green.
    parts = b""
    while len(parts) < size:
        try:
            part = os.read(control.fileno(), size - len(parts))
        except OSError:
            return None
        if not part:
            return None
        parts += part
    return parts


if __name__ == "__main__":
    main()
