"""What a warm Python action costs, beside a bare fork and fresh interpreters.

There are two fresh ones. The bare one imports the module and calls it. The other does what
a runner that starts an interpreter for each call has to do before that: it reads the call,
and the action's description in YAML, checks the parameters against a JSON schema, and gives
the result as JSON. It loads PyYAML, jsonschema and pydantic for it; what such runners load
besides (a database's client, a configuration, a log) is left out, so it is rather too fast.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from automation.actions.action import Action
from automation.actions.runner import Call, RunnerKit
from benchmarks.figures import Figure, Timings
from benchmarks.load import measure
from integrations.python.runner import PythonRunner

_MODULES = {
    "noop": "",
    "noop that imports a client for HTTP": "import aiohttp\n",
}
_RUN = "def run():\n    return None\n"
_SHARES = {"median": 0.5, "p95": 0.95}
_FORKS = """
import importlib, json, os, sys, time
sys.path.insert(0, sys.argv[1])
importlib.import_module(sys.argv[2])
taken = []
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    taken.append(time.perf_counter() - began)
print(json.dumps(taken))
"""
_DESCRIBED = "name: noop\nparameters: {type: object, additionalProperties: false}\n"
_WRAPPER = """
import argparse, importlib, json, logging, sys, traceback
import jsonschema, pydantic, yaml


class Call(pydantic.BaseModel):
    parameters: dict[str, object]


options = argparse.ArgumentParser()
options.add_argument("folder")
options.add_argument("module")
given = options.parse_args()
logging.basicConfig()
with open(given.folder + "/action.yaml") as file:
    described = yaml.safe_load(file)
call = Call.model_validate_json(sys.stdin.read())
jsonschema.validate(call.parameters, described["parameters"])
sys.path.insert(0, given.folder)
try:
    result = importlib.import_module(given.module).run(**call.parameters)
except Exception:
    traceback.print_exc()
    sys.exit(1)
print(json.dumps({"result": result}))
"""
_FRESH = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
importlib.import_module(sys.argv[2]).run()
"""


async def python_actions(folder: Path, *, quick: bool) -> list[Figure]:
    """Each module: warm through the runner, its bare floor, and from a fresh interpreter."""
    times = 100 if quick else 500
    figures: list[Figure] = []
    for number, (label, imports) in enumerate(_MODULES.items()):
        home = folder / f"python-{number}"
        home.mkdir()
        (home / "action.py").write_text(imports + _RUN)
        (home / "action.yaml").write_text(_DESCRIBED)
        # The file is compiled once for all, as a pack's are after their first use.
        await _fresh(home)
        warm, many = await _warm(home, times)
        forks = await _forks(home, times)
        fresh = await measure(lambda _, home=home: _fresh(home), times=times // 10, warm_up=2)
        figures += _beside(f"Python action, {label}: warm", warm, forks, "bare fork and wait")
        wrapped = await measure(lambda _, home=home: _wrapped(home), times=times // 10, warm_up=2)
        figures += _beside(f"Python action, {label}: fresh interpreter", fresh, warm, "warm")
        figures += _beside(f"Python action, {label}: fresh runner", wrapped, warm, "warm")
        rate = many.rate
        figures.append(
            Figure(
                f"Python action, {label}: warm, 8 at once",
                rate,
                "/s",
                forks.rate,
                "bare forks and waits",
            )
        )
    return figures


def _beside(what: str, timings: Timings, floor: Timings, floor_is: str) -> list[Figure]:
    return [
        Figure(
            f"{what}: {name}",
            timings.percentile(share),
            "ms",
            floor.percentile(share),
            floor_is,
        )
        for name, share in _SHARES.items()
    ]


async def _warm(home: Path, times: int) -> tuple[Timings, Timings]:
    """One after another, and eight at once."""
    runner = PythonRunner(RunnerKit())
    entry = home / "action.py"
    action = Action("bench.noop", "python-script", entry_point=entry, folder=home)

    async def call(number: int) -> None:
        outcome = await runner.run(Call(f"task-{number}", action, {}, 60, home), _nowhere)
        if not outcome.ok:
            raise RuntimeError(outcome.error)

    try:
        return (
            await measure(call, times=times),
            await measure(call, times=times, at_once=8),
        )
    finally:
        await runner.close()


def _nowhere(stream: str, text: str) -> None:
    raise RuntimeError(f"{stream}: {text}")


async def _forks(home: Path, times: int) -> Timings:
    """A fork that ends at once, of a Python that has the module imported."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", _FORKS, str(home), "action", str(times)),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    taken: list[float] = json.loads(printed)
    return Timings(tuple(taken), sum(taken))


async def _fresh(home: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _FRESH, str(home), "action"
    )
    if await process.wait():
        raise RuntimeError("the fresh interpreter failed")


async def _wrapped(home: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", _WRAPPER, str(home), "action"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate(b'{"parameters": {}}')
    if process.returncode or json.loads(printed) != {"result": None}:
        raise RuntimeError("the fresh runner failed")
