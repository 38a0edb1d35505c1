"""Sensors of packs, each in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from automation.packs.documents import SensorType
from automation.values import Json
from chat.errors import Refused
from integrations.python.environments import Environments
from integrations.python.sensors import SensorProcess
from tests.integrations.process.local import until

PASSIVE = """
import time
from st2reactor.sensor.base import Sensor


class Bell(Sensor):
    def setup(self):
        self.log = self.sensor_service.get_logger("bell")
        self.log.info("set up with %s", self.config["tone"])

    def run(self):
        while True:
            time.sleep(60)

    def cleanup(self):
        self.sensor_service.set_value("last", "cleaned")

    def add_trigger(self, trigger):
        self.sensor_service.dispatch("ops.rung", {"by": trigger["name"]}, trace_tag="t1")

    def update_trigger(self, trigger):
        raise ValueError("not now")

    def remove_trigger(self, trigger):
        self.sensor_service.dispatch(trigger="ops.gone")
"""
POLLING = """
from st2reactor.sensor.base import PollingSensor


class Bell(PollingSensor):
    def setup(self):
        pass

    def poll(self):
        rung = int(self.sensor_service.get_value("rung") or 0) + 1
        self.sensor_service.set_value("rung", rung)
        self.sensor_service.dispatch("ops.rung", {"rung": rung, "every": self.get_poll_interval()})
        self.set_poll_interval(0.01)

    def cleanup(self):
        pass

    def add_trigger(self, trigger):
        pass

    update_trigger = remove_trigger = add_trigger
"""
OWN = """
class Bell:
    def __init__(self, sensor_service, config=None):
        self.service = sensor_service

    def setup(self):
        self.service.dispatch("ops.rung", {})

    def run(self):
        raise OSError("the rope broke")
"""


@dataclass
class Belfry:
    """A pack with one sensor, and what it asks for."""

    pack: Path
    asked: list[tuple[str, Mapping[str, Json]]] = field(
        default_factory=list[tuple[str, Mapping[str, Json]]]
    )
    lines: list[str] = field(default_factory=list[str])
    kept: dict[str, Json] = field(default_factory=dict[str, Json])
    hung: list[SensorProcess] = field(default_factory=list[SensorProcess])

    async def port(self, method: str, given: Mapping[str, Json]) -> Json:
        self.asked.append((method, given))
        name = str(given.get("name"))
        match method:
            case "get_value":
                return self.kept.get(name)
            case "set_value":
                self.kept[name] = given["value"]
                return True
            case "dispatch" if given["trigger"] == "ops.gone":
                raise Refused("there is no such trigger")
            case _:
                return None

    async def hang(self, code: str, interval: float | None = None) -> SensorProcess:
        entry = self.pack / "sensors" / "bell.py"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(code)
        kind = SensorType("ops.Bell", "Bell", entry, self.pack, poll_interval=interval)
        found = SensorProcess(kind, self.port, self.lines.append)
        await found.start(Environments("python3", None), {"tone": "c"})
        self.hung.append(found)
        return found

    def dispatched(self) -> list[Mapping[str, Json]]:
        return [given for method, given in self.asked if method == "dispatch"]


@pytest.fixture
async def belfry(tmp_path: Path) -> AsyncGenerator[Belfry]:
    found = Belfry(tmp_path / "packs" / "ops")
    yield found
    for each in found.hung:
        await each.stop()


async def test_it_is_told_of_triggers_and_cleans_up(belfry: Belfry) -> None:
    bell = await belfry.hang(PASSIVE)

    await bell.tell("add", {"name": "noon"})
    await until(lambda: len(belfry.dispatched()) == 1)
    await bell.tell("update", {"name": "noon"})
    await bell.tell("remove", {"name": "noon"})
    await until(lambda: "there is no such trigger" in "\n".join(belfry.lines))
    await bell.stop()

    assert belfry.dispatched()[0] == {
        "trigger": "ops.rung",
        "payload": {"by": "noon"},
        "trace_tag": "t1",
    }
    assert "INFO SensorWrapper.ops.Bell.bell: set up with c" in belfry.lines
    assert "ValueError: not now" in belfry.lines
    assert belfry.kept == {"ops.Bell:last": "cleaned"}
    assert await bell.ended == 0


async def test_it_looks_every_so_often_and_keeps_values(belfry: Belfry) -> None:
    bell = await belfry.hang(POLLING, interval=0.02)

    await until(lambda: len(belfry.dispatched()) >= 3)
    await bell.stop()

    payloads = [each["payload"] for each in belfry.dispatched()][:3]
    assert payloads == [
        {"rung": 1, "every": 0.02},
        {"rung": 2, "every": 0.01},
        {"rung": 3, "every": 0.01},
    ]


async def test_one_that_breaks_says_why_and_ends(belfry: Belfry) -> None:
    bell = await belfry.hang(OWN)

    async with asyncio.timeout(20):
        status = await bell.ended

    assert status == 1
    assert belfry.lines[-1] == "OSError: the rope broke"
    assert belfry.dispatched() == [{"trigger": "ops.rung", "payload": {}, "trace_tag": None}]


async def test_a_class_that_is_not_there_is_told(belfry: Belfry) -> None:
    bell = await belfry.hang("class Other: ...\n")

    async with asyncio.timeout(20):
        assert await bell.ended == 1
    assert belfry.lines[-1].endswith("bell.py has no class “Bell”")
