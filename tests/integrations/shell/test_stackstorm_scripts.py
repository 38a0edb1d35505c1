"""Scripts that are written for a machine with StackStorm run on one without it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from automation.actions.action import Action, Parameter
from automation.actions.runner import Outcome, RunnerKit
from chat.errors import Unavailable
from integrations.shell.script import LocalScript
from tests.integrations.process.local import Local
from tests.integrations.python.wheels import wheel

SAYS = (
    "import json, os, sys\n"
    "import bell_rope\n"
    "names = ('ST2_ACTION_PACK_NAME', 'VIRTUAL_ENV')\n"
    "print(json.dumps([bell_rope.version, sys.argv[1:], os.getcwd(),"
    " [os.environ.get(name) for name in names], os.popen('bell_rope').read()]))\n"
)


class Scripts(Local):
    """A pack with a script that requires a package."""

    @property
    def pack(self) -> Path:
        return self.files.parent / "packs" / "ops"

    async def script(self, first: str, **given: Any) -> Outcome:
        """Run the script with that first line."""
        entry = self.pack / "actions" / "do.py"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(f"{first}\n{SAYS}")
        entry.chmod(0o755)
        (self.pack / "requirements.txt").write_text("bell_rope\n")
        word = Parameter("word", {"type": "string"})
        parameters = (*LocalScript.parameters, word)
        action = Action(
            "ops.do",
            LocalScript.name,
            parameters=parameters,
            entry_point=entry,
            folder=self.pack,
        )
        values: Mapping[str, Any] = given
        return await self.do(LocalScript(self.kit), action, values)


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripts:
    files = tmp_path / "files"
    files.mkdir()
    wheel(tmp_path / "wheels", "bell_rope")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    return Scripts(files, RunnerKit(environments=tmp_path / "environments"))


async def test_a_python_of_stackstorms_is_that_of_the_pack(scripts: Scripts) -> None:
    (scripts.pack.parent / "other" / "deep").mkdir(parents=True)

    for path in ("st2/bin/python", "virtualenvs/ops/bin/python3"):
        first = f"#!/opt/stackstorm/{path}"
        outcome = await scripts.script(first, word="hi", cwd="/opt/stackstorm/packs/other/deep")

        assert outcome.ok, outcome.error
        version, words, folder, variables, printed = outcome.output["stdout"]
        assert (version, words, printed) == ("1.0", ["--word=hi"], "1.0\n")
        assert folder == str(scripts.pack.parent / "other" / "deep")
        assert variables[0] == "ops"
        assert Path(variables[1]).is_relative_to(scripts.files.parent / "environments")


async def test_any_other_interpreter_is_taken_at_its_word(scripts: Scripts) -> None:
    with pytest.raises(Unavailable, match="cannot be started"):
        await scripts.script("#!/opt/elsewhere/bin/python")

    assert not (scripts.files.parent / "environments").exists()
