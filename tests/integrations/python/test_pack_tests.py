"""The tests that packs bring run against the names that stand in for StackStorm's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from integrations.python.servers import SURFACE

ACTION = """
from st2common.runners.base_action import Action


class Greet(Action):
    def run(self, name):
        self.action_service.set_value("last", name)
        return "%s %s" % (self.config["word"], name)
"""
SENSOR = """
from st2reactor.sensor.base import PollingSensor


class Bell(PollingSensor):
    def setup(self): pass
    def poll(self): self.sensor_service.dispatch("ops.rung", {"n": self._poll_interval})
    def cleanup(self): pass
    def add_trigger(self, trigger): pass
    def update_trigger(self, trigger): pass
    def remove_trigger(self, trigger): pass
"""
ALIAS = """
name: greet
action_ref: ops.greet
formats:
  - display: greet
    representation:
      - greet {{ name }} with {{ word = hello }}
  - shout {{ name }}
"""
TESTS = """
from st2tests.base import BaseActionAliasTestCase, BaseActionTestCase, BaseSensorTestCase

from bell import Bell
from greet import Greet


class GreetTest(BaseActionTestCase):
    action_cls = Greet

    def test_it(self):
        action = self.get_action_instance(config={"word": self.get_fixture_content("word").strip()})
        self.assertEqual(action.run("maria"), "hi maria")
        self.assertEqual(self.action_service.get_value("last"), "maria")
        self.assertEqual(self.action_service.get_value("none"), None)

    def test_a_missing_key(self):
        with self.assertRaises(ValueError):
            self.get_action_instance(config={}).run("maria")


class BellTest(BaseSensorTestCase):
    sensor_cls = Bell

    def test_it(self):
        self.get_sensor_instance(config={}, poll_interval=7).poll()
        self.assertTriggerDispatched("ops.rung", payload={"n": 7})
        with self.assertRaises(AssertionError):
            self.assertTriggerDispatched("ops.rung", payload={"n": 8})


class AliasTest(BaseActionAliasTestCase):
    action_alias_name = "greet"

    def test_it(self):
        formats = self.action_alias_db.get_format_strings()
        self.assertCommandMatchesExactlyOneFormatString(formats, "shout maria")
        for said, expected in (
            ("greet maria with hi", {"name": "maria", "word": "hi"}),
            ('greet "maria b" with hi loud=yes', {"name": "maria b", "word": "hi", "loud": "yes"}),
            ("greet maria with", {"name": "maria", "word": "hello"}),
        ):
            self.assertExtractedParametersMatch(formats[0], said, expected)
        with self.assertRaises(AssertionError):
            self.assertCommandMatchesExactlyOneFormatString(formats, "whisper maria")
"""


def test_a_packs_own_tests_pass(tmp_path: Path) -> None:
    files = {
        "pack.yaml": "name: ops\n",
        "actions/greet.py": ACTION,
        "sensors/bell.py": SENSOR,
        "aliases/greet.yaml": ALIAS,
        "tests/fixtures/word": "hi\n",
        "tests/test_ops.py": TESTS,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = [SURFACE, tmp_path / "actions", tmp_path / "sensors"]

    done = subprocess.run(
        [sys.executable, "-m", "unittest", "discover", "-s", "tests"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, found))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Ran 4 tests" in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
