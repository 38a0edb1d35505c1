"""`tocsin audit`, and who tampers with the trail."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from storage.database import parse_url
from storage.postgresql import postgresql_engine
from storage.sqlite import sqlite_engine
from tests.cli.conftest import Terminal


def tamper(url: str, statement: str) -> None:
    """Change the trail behind the triggers' back."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sqlite_engine(parsed, "BEGIN")
        find = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        with engine.begin() as connection:
            for (name,) in connection.execute(text(find)).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
    else:
        engine = postgresql_engine(parsed, pool_size=1)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def filled(terminal: Terminal) -> str:
    """A trail of some records; its head."""
    for name in ("ana", "bo", "cy"):
        terminal.ok("user", "create", name, "--role", "viewer", "--json")
    found = terminal.type("audit", "verify", "--json").json
    return f"{found['checked']}:{found['head']}"


def test_a_whole_chain_is_told_with_its_head(both: Terminal) -> None:
    head = filled(both)

    told = both.ok("audit", "verify").splitlines()

    assert told == ["The chain is whole: 5 records.", f"Head: {head}"]
    assert both.type("audit", "verify", head).code == 0
    assert both.type("audit", "verify", "--anchor", head).code == 0


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE audit SET actor_name = 'x' WHERE number = 3", "Record 3 was changed."),
        ("DELETE FROM audit WHERE number = 3", "Record 3 is missing."),
    ],
)
def test_a_broken_chain_exits_with_one_and_says_where(
    both: Terminal, empty_database_url: str, statement: str, why: str
) -> None:
    filled(both)
    tamper(empty_database_url, statement)

    done = both.type("audit", "verify")

    assert done.code == 1
    assert why in done.out
    found = both.type("audit", "verify", "--json")
    assert found.code == 1
    assert (found.json["intact"], found.json["broken_at"]) == (False, 3)


def test_a_trail_that_somebody_emptied_is_not_whole(
    both: Terminal, empty_database_url: str
) -> None:
    filled(both)
    tamper(empty_database_url, "DELETE FROM audit")

    done = both.type("audit", "verify")

    assert done.code == 1
    assert "somebody emptied it" in done.out
    assert both.type("audit", "verify", "--json").json["intact"] is False


def test_a_cut_tail_shows_against_a_noted_head(both: Terminal, empty_database_url: str) -> None:
    head = filled(both)
    tamper(empty_database_url, "DELETE FROM audit WHERE number > 3")

    assert both.type("audit", "verify").code == 0
    done = both.type("audit", "verify", head)
    assert done.code == 1
    assert "ends before record 5" in done.out


def test_records_are_filtered(both: Terminal) -> None:
    filled(both)

    assert len(both.type("audit", "list", "--json").json) == 5
    assert len(both.type("audit", "list", "--limit", "2", "--json").json) == 2
    assert len(both.type("audit", "list", "--action", "team.created", "--json").json) == 1
    assert len(both.type("audit", "list", "--since", "1h", "--json").json) == 5
    assert both.type("audit", "list", "--outcome", "denied", "--json").json == []
    assert both.ok("audit", "list", "--actor", "zoe") == "There are no such records."
    table = both.ok("audit", "list").splitlines()
    assert table[0].split() == ["NUMBER", "AT", "WHO", "VIA", "ACTION", "WHAT", "DETAILS"]
    assert len(table) == 6
