"""What a platform cannot is done in the next best way, which one function chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat.degrade import CHOICES

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("chat", "incidents", "playbooks", "automation", "commands", "bot", "adapters")


@pytest.mark.parametrize("wish", CHOICES)
def test_every_wish_is_asked_of_it(wish: str) -> None:
    asked = f'best_way("{wish}", '

    files = (file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    assert any(asked in file.read_text(encoding="utf-8") for file in files)
