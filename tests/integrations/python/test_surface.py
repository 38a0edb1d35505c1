"""Actions of StackStorm's packs run as they are: the names they import are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from automation.actions.runner import Access, Call, Outcome
from automation.values import Json
from chat.errors import Refused
from tests.integrations.python.pythons import Pythons

ACTION = """
from st2common.runners.base_action import Action


class Do(Action):
    def run(self, a=None, b=None):
        {body}
"""


@dataclass
class Datastore:
    """What answers the actions' service."""

    kept: dict[str, Json] = field(default_factory=dict[str, Json])
    asked: list[tuple[str, Mapping[str, Json]]] = field(
        default_factory=list[tuple[str, Mapping[str, Json]]]
    )

    async def __call__(self, method: str, given: Mapping[str, Json]) -> Json:
        self.asked.append((method, given))
        name = str(given.get("name"))
        match method:
            case "get_value" if name == "forbidden":
                raise Refused("forbidden may not be read")
            case "get_value" if name == "broken":
                raise RuntimeError("secret detail")
            case "get_value":
                return self.kept.get(name)
            case "set_value":
                self.kept[name] = given["value"]
                return True
            case "delete_value":
                return self.kept.pop(name, None) is not None
            case "list_values":
                start = str(given["prefix"] or "")
                found = [key for key in self.kept if key.startswith(start)]
                return [{"name": key, "value": self.kept[key]} for key in found]
            case _:
                return {"username": "maria"}


async def run(pythons: Pythons, code: str, access: Access | None = None, **parts: Any) -> Outcome:
    action = pythons.module(code)
    call = pythons.call(action, parts.pop("given", {}), 60)
    given: Call = replace(call, access=access or Access(), **parts)
    return await pythons.runner.run(given, pythons.emit)


async def test_it_has_config_logger_and_service(pythons: Pythons) -> None:
    code = ACTION.format(
        body="self.logger.info('hello'); self.logger.audit('who');"
        " return [self.config['url'], self.config.get('no'),"
        " self.action_service._action_wrapper._pack]"
    )

    outcome = await run(pythons, code, config={"url": "https://example.org"})

    assert outcome.output["result"] == ["https://example.org", None, "ops"]
    assert outcome.output["stderr"] == (
        "actions.python.Do: INFO     hello\nactions.python.Do: AUDIT    who"
    )


async def test_a_key_that_its_config_lacks_is_named(pythons: Pythons) -> None:
    outcome = await run(pythons, ACTION.format(body="return self.config['token']"))

    assert not outcome.ok
    assert outcome.error.startswith('ValueError: The config of the pack "ops" has no "token"')


async def test_its_logger_lets_through_what_it_is_told(pythons: Pythons) -> None:
    code = ACTION.format(body="self.logger.info('quiet'); self.logger.error('loud')")

    outcome = await run(pythons, code, given={"log_level": "ERROR"})

    assert outcome.output["stderr"] == "actions.python.Do: ERROR    loud"


async def test_values_are_kept_under_its_class(pythons: Pythons) -> None:
    datastore = Datastore({"free": "1"})
    code = ACTION.format(
        body="s = self.action_service;"
        " s.set_value('n', 5, ttl=60, encrypt=True);"
        " return [s.get_value('n'), s.get_value('free', local=False), s.get_value('none'),"
        " [(p.name, p.value) for p in s.list_values()], s.get_user_info()['username'],"
        " s.delete_value('n'), s.delete_value('n')]"
    )

    outcome = await run(pythons, code, Access(port=datastore))

    assert outcome.output["result"] == [
        *("5", "1", None),
        [["ops.Do:n", "5"]],
        *("maria", True, False),
    ]
    assert datastore.asked[0] == (
        "set_value",
        {"name": "ops.Do:n", "value": "5", "scope": "system", "ttl": 60, "encrypt": True},
    )


async def test_what_is_refused_is_told_and_what_breaks_here_is_not(pythons: Pythons) -> None:
    code = ACTION.format(
        body="s = self.action_service;"
        " return [s.get_value('forbidden', local=False), s.get_value('broken', local=False)]"
    )

    outcome = await run(pythons, code, Access(port=Datastore()))

    assert outcome.output["result"] == [None, None]
    assert "forbidden may not be read" in outcome.output["stderr"]
    assert "the log of the server says what" in outcome.output["stderr"]
    assert "secret detail" not in outcome.output["stderr"]


async def test_without_a_port_there_is_nobody_to_ask(pythons: Pythons) -> None:
    outcome = await run(pythons, ACTION.format(body="self.action_service.set_value('n', 1)"))

    assert outcome.error == (
        "PortError: set_value cannot be asked for: this process was given no way to do so"
    )


@pytest.mark.parametrize(
    "code",
    [
        (
            "class Base:\n    def __init__(self, config): self.config = config\n"
            "class Do(Base):\n    def run(self, **_):"
            " return [self.config['k'], hasattr(self, 'action_service')]\n"
        ),
        (
            "class Do:\n    def __init__(self, config=None, action_service=None):\n"
            "        self.config, self.s = config, action_service\n"
            "    def run(self, **_): return [self.config['k'], self.s is not None]\n"
        ),
        (
            "class Old:\n    def __init__(self, config): self.config = config\n"
            "    def helper(self): ...\n"
            "class Do(Old):\n"
            "    def __init__(self, *args, **given): super().__init__(*args, **given)\n"
            "    def run(self, **_): return [self.config['k'], self.action_service is not None]\n"
        ),
    ],
)
async def test_any_class_with_run_will_do(pythons: Pythons, code: str) -> None:
    outcome = await run(pythons, code, config={"k": "v"})

    assert outcome.output["result"] == ["v", True]


async def test_of_several_classes_the_first_by_name_counts(pythons: Pythons) -> None:
    code = (
        "from subprocess import run\n"
        "class Zulu:\n    def run(self, **_): return 'z'\n"
        "class Alpha:\n    def run(self, **_): return 'a'\n"
    )

    assert (await run(pythons, code)).output["result"] == "a"


async def test_it_is_told_what_it_is_part_of(pythons: Pythons) -> None:
    pythons.environment = {"TOCSIN_EXECUTION_ID": "65f0"}
    code = (
        "import os\n"
        "from st2common.content import utils\n"
        "def run(**_):\n"
        "    found = {k: v for k, v in os.environ.items() if k.startswith('ST2_ACTION_')}\n"
        "    return [found, utils.get_pack_base_path('ops')]\n"
    )

    outcome = await run(pythons, code, Access(api_url="http://here/v1", token="t0ken-of-it"))

    assert outcome.output["result"] == [
        {
            "ST2_ACTION_PACK_NAME": "ops",
            "ST2_ACTION_EXECUTION_ID": "65f0",
            "ST2_ACTION_API_URL": "http://here/v1",
            "ST2_ACTION_AUTH_TOKEN": "t0ken-of-it",
            "ST2_ACTION_DEBUG": "False",
        },
        str(pythons.pack),
    ]


async def test_the_runner_keeps_what_is_its_own(pythons: Pythons) -> None:
    code = ACTION.format(body="import time; time.sleep(60)")

    outcome = await run(pythons, code, given={"timeout": 1, "log_level": "INFO"})

    assert outcome.timed_out


async def test_old_idioms_work(pythons: Pythons) -> None:
    code = (
        "import collections, inspect\n"
        "def f(a, b=1, *c, **d): ...\n"
        "def run(**_):\n"
        "    return [isinstance({}, collections.Mapping), inspect.getargspec(f)]\n"
    )

    outcome = await run(pythons, code)

    assert outcome.output["result"] == [True, [["a", "b"], "c", "d", [1]]]


async def test_times_are_read_and_written(pythons: Pythons) -> None:
    code = (
        "from st2common.util import isotime\n"
        "def run(**_):\n"
        "    time = isotime.parse('2026-01-31T10:30:00.5+01:00', validate_value=False)\n"
        "    return [isotime.format(time), isotime.format(time, usec=False, offset=False),\n"
        "            isotime.validate('2026-01-31 09:30:00Z'), isotime.validate('31.1.', False)]\n"
    )

    outcome = await run(pythons, code)

    assert outcome.output["result"] == [
        *("2026-01-31T09:30:00.500000+00:00", "2026-01-31T09:30:00Z"),
        *(True, False),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "st2common.log.getLogger",
        "st2common.runners.utils.get_logger_for_python_runner_action",
        "st2common.script_setup.setup",
        "st2common.script_setup.teardown",
        "st2common.bootstrap.sensorsregistrar.SensorsRegistrar",
        "st2common.models.system.action.ShellScriptAction",
        "st2reactor.sensor.base.Sensor",
        "st2reactor.sensor.base.PollingSensor",
        "st2tests.base.BaseActionTestCase",
        "st2tests.base.BaseSensorTestCase",
        "st2tests.base.BaseActionAliasTestCase",
    ],
)
async def test_the_names_that_packs_import_are_there(pythons: Pythons, name: str) -> None:
    module, _, thing = name.rpartition(".")

    outcome = await run(
        pythons, f"from {module} import {thing}\ndef run(**_):\n    return callable({thing})\n"
    )

    assert outcome.output["result"] is True
