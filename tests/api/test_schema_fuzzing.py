"""Schemathesis tries every operation with what the document allows, and with what it does not."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.bench import Bench

SEED = 7
EXAMPLES = 2
NOT_TRIED = "/api/chat/local/events/"
"""A stream never ends by itself."""
NOT_CHECKED = "positive_data_acceptance"
"""Much that has the right shape is refused for its meaning: a page beside an offset, say."""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_no_request_gets_an_answer_that_the_document_does_not_know(
    bench: Bench, admin: Caller, tmp_path: Path
) -> None:
    (await admin.post("incidents/", playbook="outage", name="db")).ok()
    (await admin.post("chat/local/messages/", channel="general", text="hello")).ok()
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{await bench.serve()}/api/openapi.json",
        "--header", f"Authorization: {admin.session.headers['Authorization']}",
        "--seed", str(SEED), "--max-examples", str(EXAMPLES), "--no-shrink", "--no-color",
        "--exclude-path", NOT_TRIED, "--exclude-checks", NOT_CHECKED, "--warnings", "off",
        "--continue-on-failure",
    ]  # fmt: skip

    trying = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await trying.communicate()

    assert trying.returncode == 0, told.decode()[-6000:]
