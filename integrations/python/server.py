"""The fork server: a Python that has imported an action's module and waits to be forked.

Run by the environment's own interpreter, so it uses nothing but the standard library. It
has one thread. Over the Unix socket at descriptor 0 it takes requests, each a JSON object
behind its length, with the descriptors for standard output, standard error and the result
sent along; each is done by a child forked for it.

    → {"id", "module", "paths", "name", "parameters", "environment", "cwd", "memory"}
    ← {"id", "pid"} and, when the child has ended, {"id", "status"}

The child writes one JSON object to the result's descriptor: {"ok", "result"} or
{"ok": false, "error"}.
"""

# pyright: basic

import array
import importlib.util
import json
import os
import select
import signal
import socket
import struct
import sys
import traceback

_CONTROL = 0
_HEAD = struct.Struct("!I")
_FDS = 3


def main():
    """Serve until the other side hangs up."""
    control = socket.socket(fileno=os.dup(_CONTROL))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    wake_read, wake_write = os.pipe()
    for descriptor in (wake_read, wake_write):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    children = {}
    modules = {}
    while True:
        ready, _, _ = select.select([control, wake_read], [], [])
        if wake_read in ready:
            os.read(wake_read, 4096)
            _reap(control, children)
        if control in ready:
            request = _receive(control)
            if request is None:
                return
            _serve(control, children, modules, *request)


def _receive(control):
    """The next request and its descriptors; None when the other side has hung up."""
    fds = array.array("i")
    room = socket.CMSG_SPACE(_FDS * fds.itemsize)
    head, ancillary, _, _ = control.recvmsg(_HEAD.size, room, socket.MSG_WAITALL)
    if len(head) < _HEAD.size:
        return None
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    left, parts = _HEAD.unpack(head)[0], []
    while left:
        part = control.recv(min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return json.loads(b"".join(parts)), list(fds)


def _send(control, message):
    body = json.dumps(message).encode()
    control.sendall(_HEAD.pack(len(body)) + body)


def _reap(control, children):
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        call = children.pop(pid, None)
        if call is not None:
            _send(control, {"id": call, "status": os.waitstatus_to_exitcode(status)})


def _serve(control, children, modules, request, fds):
    failure = ""
    if request["module"] not in modules:
        # Imported here and not in the child, so that the next call finds it warm. What it
        # prints or breaks is told with every call.
        modules[request["module"]] = _load(request)
    module, failure = modules[request["module"]]
    pid = os.fork()
    if pid == 0:
        try:
            control.close()
            _child(request, fds, module, failure)
        finally:
            os._exit(70)
    for descriptor in fds:
        os.close(descriptor)
    children[pid] = request["id"]
    _send(control, {"id": request["id"], "pid": pid})


def _load(request):
    for path in reversed(request["paths"]):
        if path not in sys.path:
            sys.path.insert(0, path)
    try:
        spec = importlib.util.spec_from_file_location(request["name"], request["module"])
        if spec is None or spec.loader is None:
            raise ImportError("%s is no Python file" % request["module"])
        module = importlib.util.module_from_spec(spec)
        sys.modules[request["name"]] = module
        spec.loader.exec_module(module)
    except BaseException:
        return None, traceback.format_exc()
    return module, ""


def _child(request, fds, module, failure):
    signal.set_wakeup_fd(-1)
    for sign in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_DFL)
    os.setsid()
    result = os.fdopen(os.dup(fds[2]), "w", encoding="utf-8", errors="replace")
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    for descriptor in fds:
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    _mark(request["environment"])
    os.chdir(request["cwd"])
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    if request["memory"]:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    answer, status = _answer(request, module, failure)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    result.write(answer)
    result.flush()
    os._exit(status)


def _mark(environment):
    """Put the call's mark where /proc shows it: in this process's own first environment.

    A forked process shows the environment of the one it was forked from. The mark is
    written over the room that the server has kept for it.
    """
    mark = environment.get("TOCSIN_CALL", "").encode()
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        start, end = int(fields[47]), int(fields[48])
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            memory.seek(start)
            block = memory.read(end - start)
            at = block.find(b"TOCSIN_CALL=")
            room = len(block[at:].split(b"\0", 1)[0]) - len(b"TOCSIN_CALL=") if at >= 0 else 0
            if at >= 0 and room >= len(mark):
                memory.seek(start + at + len(b"TOCSIN_CALL="))
                memory.write(mark.ljust(room, b"\0"))
    except (OSError, ValueError, IndexError):
        pass


def _answer(request, module, failure):
    """What is written to the result's descriptor, and the exit status."""
    try:
        if module is None:
            sys.stderr.write(failure)
            last = failure.strip().splitlines()[-1]
            return json.dumps({"ok": False, "error": "cannot be imported: " + last}), 1
        value = _found(module)(**request["parameters"])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        said = "ended itself with status %d" % code
        return json.dumps(
            {"ok": code == 0, "result": None, "error": "" if code == 0 else said}
        ), code
    except BaseException as error:
        traceback.print_exc()
        said = "%s: %s" % (type(error).__name__, error)
        return json.dumps({"ok": False, "error": said}), 1
    good = True
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], bool):
        good, value = value
    try:
        answer = json.dumps({"ok": good, "result": value})
    except (TypeError, ValueError) as error:
        said = "returned what JSON cannot hold: %s" % error
        return json.dumps({"ok": False, "error": said}), 1
    return answer, 0 if good else 1


def _found(module):
    """The module's function `run`, or the method of the class that has one."""
    run = getattr(module, "run", None)
    if callable(run) and not isinstance(run, type):
        return run
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and hasattr(value, "run")
    ]
    if not own:
        raise AttributeError("the module has no function “run” and no class with one")
    kind = own[-1]
    for given in ({"config": {}, "action_service": None}, {"config": {}}, {}):
        try:
            return kind(**given).run
        except TypeError:
            continue
    raise TypeError("%s cannot be made with a config, and not without one" % kind.__name__)


if __name__ == "__main__":
    main()
