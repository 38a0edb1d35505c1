"""The fork server: a Python that has imported an action's module and waits to be forked.

Run by the environment's own interpreter, so it uses nothing but the standard library. It
has one thread. Over the Unix socket at descriptor 0 it takes requests, each a JSON object
behind its length, with the descriptors for standard output, standard error and the result
sent along, and one for the port where the action is given one; each is done by a child
forked for it.

    → {"id", "module", "name", "paths", "own", "parameters", "environment", "cwd", "memory",
       "pack", "config", "log_level"}
    ← {"id"} when it has been read, {"id", "pid"}, and {"id", "status"} when the child has ended

The child writes one JSON object to the result's descriptor: {"ok", "result"} or
{"ok": false, "error"}. What goes through the port is told in `surface/tocsin_pack/port.py`.
"""

# pyright: basic

import array
import gc
import importlib.machinery
import importlib.util
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import sysconfig
import traceback

_CONTROL = 0
_HEAD = struct.Struct("!I")
_FDS = 4
_MARKS = ("TOCSIN_CALL", "TOCSIN_TASK_ID")
_LONGEST = 10_000


def main():
    """Serve until the other side hangs up."""
    # Our own folder, which the interpreter has put there, is nothing to import from.
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(os.path.abspath(__file__))]
    control = socket.socket(fileno=os.dup(_CONTROL))
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    wake_read, wake_write = os.pipe()
    for descriptor in (wake_read, wake_write):
        os.set_blocking(descriptor, False)
    _listen(wake_write)
    children = {}
    modules = {}
    rooms = _rooms()
    while True:
        ready, _, _ = select.select([control, wake_read], [], [])
        if wake_read in ready:
            os.read(wake_read, 4096)
            _reap(control, children)
        if control in ready:
            request = _receive(control)
            if request is None:
                _end(children)
                return
            _send(control, {"id": request[0]["id"]})
            if request[0]["module"] not in modules:
                # Imported here and not in the child, so that the next call finds it warm.
                # What breaks in it is told with every call.
                modules[request[0]["module"]] = _load(request[0])
                _listen(wake_write)
            _serve(control, children, modules, rooms, *request)


def _end(children):
    """Nobody waits for these any longer, and whoever comes next would do them beside us."""
    for pid in children:
        try:
            os.killpg(pid, signal.SIGKILL)
        except OSError:
            pass


def _listen(wake_write):
    """Be woken when a child ends, also after a module has meddled with that."""
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)


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


def _serve(control, children, modules, rooms, request, fds):
    module, failure = modules[request["module"]]
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            control.close()
            if os.getppid() != server:
                return  # Nobody would know of it.
            _child(request, fds, module, failure, rooms)
        finally:
            os._exit(70)
    for descriptor in fds:
        os.close(descriptor)
    children[pid] = request["id"]
    _send(control, {"id": request["id"], "pid": pid})


class _Fresh(importlib.machinery.SourceFileLoader):
    """Compiles the file anew: what a cache holds may be an edit of the same second."""

    def get_code(self, fullname):  # noqa: ARG002 - the library's own parameter
        return self.source_to_code(self.get_data(self.path), self.path)


def _load(request):
    look_in(request["paths"], own=request["own"])
    before = _limit(request["memory"])
    try:
        loader = _Fresh(request["name"], request["module"])
        spec = importlib.util.spec_from_loader(request["name"], loader)
        if spec is None:
            raise ImportError("%s is no Python file" % request["module"])
        module = importlib.util.module_from_spec(spec)
        sys.modules[request["name"]] = module
        idioms = importlib.import_module("tocsin_pack.idioms")
        idioms.restore()
        # Only to have them warm.
        for name in ("classes", "port", "results", "services"):
            importlib.import_module("tocsin_pack." + name)
        loader.exec_module(module)
    except BaseException:
        return None, traceback.format_exc()
    finally:
        if before is not None:
            resource.setrlimit(resource.RLIMIT_DATA, before)
        # What is there now is left alone by every child's collector, and so stays shared.
        gc.collect()
        gc.freeze()
    return module, ""


def look_in(paths, own):
    """Where modules are looked for: installed ones, shared ones of the pack, ours, its folder.

    Source: StackStorm's order. What is installed gives way to the standard library where it
    has a module of the same name, and to the pack in an environment that is not its own.
    """
    before, after = paths[:-1], paths[-1:]
    installed = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    rest = [path for path in sys.path if path not in paths and path not in installed]
    if own and not any(_hides(path) for path in installed):
        sys.path[:] = [*installed, *before, *rest, *after]
    else:
        sys.path[:] = [*before, *rest, *after, *installed]


def _hides(folder):
    """Whether something is installed there under a name of the standard library."""
    names = getattr(sys, "stdlib_module_names", ())
    return os.path.isdir(folder) and any(
        name.partition(".")[0] in names for name in os.listdir(folder)
    )


def _limit(memory):
    """Take on a limit of memory that can be taken back; the limits before it."""
    if not memory:
        return None
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_allowed(memory), before[1]))
    return before


def _allowed(memory):
    """The limit, or the lower one that this process has been given itself."""
    highest = resource.getrlimit(resource.RLIMIT_DATA)[1]
    return memory if highest == resource.RLIM_INFINITY else min(memory, highest)


def _child(request, fds, module, failure, rooms):
    signal.set_wakeup_fd(-1)
    for sign in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_DFL)
    os.setsid()
    result = os.dup(fds[2])
    os.dup2(fds[0], 1)
    os.dup2(fds[1], 2)
    for descriptor in fds[:3]:
        os.close(descriptor)
    port = fds[3] if len(fds) > 3 else None
    if port is not None:
        os.set_inheritable(port, False)  # noqa: FBT003 - the library's own order
    os.environ.clear()
    os.environ.update(request["environment"])
    _mark(rooms, request["environment"])
    os.chdir(request["cwd"])
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
    if request["memory"]:
        most = _allowed(request["memory"])
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    answer, status = _answer(request, module, failure, port)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    left = memoryview(answer.encode("utf-8", "replace"))
    while left:
        left = left[os.write(result, left) :]
    os._exit(status & 0xFF)


def _rooms():
    """Where in this process's first environment marks can stand, and how long they may be.

    A forked process has them in the same places. None where the system does not show them.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        start, end = int(fields[47]), int(fields[48])
        memory = os.open("/proc/self/mem", os.O_RDONLY)
        try:
            block = b"\0" + os.pread(memory, end - start, start)
        finally:
            os.close(memory)
        found = {}
        for name in _MARKS:
            at = block.index(b"\0" + name.encode() + b"=") + len(name) + 2
            found[name] = (start + at - 1, block.index(b"\0", at) - at)
        return found
    except (OSError, ValueError, IndexError):
        return {}


def _mark(rooms, environment):
    """Put the call's marks where /proc shows them: in this process's own first environment.

    A forked process shows the environment of the one it was forked from. The marks are
    written over the room that the server has kept for them.
    """
    try:
        memory = os.open("/proc/self/mem", os.O_RDWR)
        try:
            for name, (at, room) in rooms.items():
                mark = environment.get(name, "").encode()
                if len(mark) <= room:
                    os.pwrite(memory, mark.ljust(room, b"\0"), at)
        finally:
            os.close(memory)
    except OSError:
        pass


def _answer(request, module, failure, port):
    """What is written to the result's descriptor, and the exit status."""
    try:
        if module is None:
            sys.stderr.write(failure)
            last = failure.strip().splitlines()[-1]
            return json.dumps({"ok": False, "error": "cannot be imported: " + last}), 1
        value = _found(module, request, port)(**request["parameters"])
        good, result, error = sys.modules["tocsin_pack.results"].outcome(value)
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        said = "ended itself with status %d" % code
        if code == 1 and leaving.code is not code:
            said = str(leaving.code)
            sys.stderr.write(said + "\n")
        return json.dumps(
            {"ok": code == 0, "result": None, "error": "" if code == 0 else said}
        ), code
    except BaseException as error:
        traceback.print_exc()
        return json.dumps({"ok": False, "error": _said(error)}), 1
    if error:
        return json.dumps({"ok": False, "error": error}), 1
    return '{"ok": %s, "result": %s}' % ("true" if good else "false", result), 0


def _said(error):
    try:
        text = str(error)
    except Exception:
        text = ""
    return type(error).__name__ + (": " + text[:_LONGEST] if text else "")


def _found(module, request, port):
    """The method `run` of the module's class, or its function of that name."""
    kind = sys.modules["tocsin_pack.classes"].action_class(module)
    if kind is None:
        run = getattr(module, "run", None)
        if callable(run) and not isinstance(run, type):
            return run
        raise AttributeError("the module has no function “run” and no class with one")
    ports, services = (sys.modules["tocsin_pack." + name] for name in ("port", "services"))
    wrapper = services.Wrapper(request["pack"], kind.__name__, request["log_level"])
    service = services.ActionService(
        wrapper, ports.Port(port) if port is not None else ports.nobody
    )
    return sys.modules["tocsin_pack.classes"].action_instance(kind, request["config"], service).run


if __name__ == "__main__":
    main()
