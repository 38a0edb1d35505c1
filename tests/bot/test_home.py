"""Who may use a data directory at the same time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.home import only_one, own_name
from chat.errors import Refused


def test_a_database_is_held_by_one_process_and_the_other_is_told_which(tmp_path: Path) -> None:
    database = tmp_path / "tocsin.db"
    with only_one(database), pytest.raises(Refused, match=str(os.getpid())), only_one(database):
        pass

    with only_one(database):
        pass


def test_a_process_has_the_same_name_after_a_restart(tmp_path: Path) -> None:
    with own_name(tmp_path) as before:
        pass
    with own_name(tmp_path) as after:
        assert after == before


def test_no_two_living_processes_have_one_name(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with own_name(tmp_path) as one, own_name(tmp_path) as two, own_name(other) as three:
        assert len({one, two, three}) == 3
