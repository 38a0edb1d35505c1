"""Opening: what a URL may be, and what it is told when it may not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chat.errors import BadInput
from storage import database
from storage.database import Database, open_database, parse_url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "not a URL"),
        ("tocsin.db", "not a URL"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://host", "names no database"),
        ("mysql://host/name", "“mysql”"),
    ],
)
def test_a_url_that_cannot_be_used_says_what_can(url: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as refused:
        open_database(url)

    assert "sqlite:///path" in refused.value.message
    assert "postgresql://" in refused.value.message


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(database.sqlite3, "sqlite_version_info", (3, 34, 0))

    with pytest.raises(BadInput, match=r"before 3\.35"):
        parse_url(f"sqlite:///{tmp_path / 'x.db'}")


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
def test_the_usual_spellings_of_postgresql_are_accepted(scheme: str) -> None:
    assert parse_url(f"{scheme}://u:p@host:5432/name").get_backend_name() == "postgresql"


def test_a_database_knows_what_it_is(database: Database, database_kind: str) -> None:
    assert database.dialect == database_kind
    assert parse_url(database.url).get_backend_name() == database_kind


def test_a_new_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"

    open_database(f"sqlite:///{path}").close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
