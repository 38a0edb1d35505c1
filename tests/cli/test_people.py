"""`tocsin user`, `team`, `role` and `token`."""

from __future__ import annotations

import asyncio

import pytest

from bot.cli.office import Office, in_office
from chat.errors import NotSignedIn
from security.actor import Actor
from tests.cli.conftest import Terminal

SLACK = ("--platform", "slack", "--workspace", "T1", "--id", "U1")


def who(authorization: str) -> Actor:
    async def work(office: Office) -> Actor:
        return await office.doors.http(authorization, None)

    return in_office(work)


def test_the_first_command_on_an_empty_machine_makes_an_installation(both: Terminal) -> None:
    told = both.ok("user", "create", "ana", "--role", "responder").splitlines()
    assert told[0] == "@ana is responder in main."
    assert "/sign-in/" in told[1]

    people = both.type("user", "list", "--json").json
    assert [(it["name"], it["roles"]) for it in people] == [
        ("admin", [{"role": "admin", "team": None}]),
        ("ana", [{"role": "responder", "team": "main"}]),
    ]
    assert (both.home / "key").stat().st_mode & 0o777 == 0o600
    assert both.home.stat().st_mode & 0o777 == 0o700


def test_a_token_is_all_that_is_printed_and_it_works(both: Terminal) -> None:
    done = both.type("token", "create", "--user", "admin")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("toc_")
    assert len(done.out.split()) == 1
    assert who(f"Token {done.out.strip()}").name == "admin"


def test_tokens_are_listed_without_their_secrets_and_revoked(both: Terminal) -> None:
    both.ok("user", "create", "ana", "--role", "responder")
    made = both.type(
        *("token", "create", "--user", "@ana", "--name", "ci", "--scope", "incident.view"),
        *("--scope", "chat.use", "--expires", "90d", "--json"),
    ).json
    secret = made["token"]

    table = both.ok("token", "list", "--user", "ana")
    assert "ci" in table
    assert "chat.use, incident.view" in table
    assert secret not in table
    listed = both.type("token", "list", "--json").json
    assert [(it["user"], it["good"], it["revoked_at"]) for it in listed] == [("ana", True, None)]
    assert who(f"Bearer {secret}").scopes == {"chat.use", "incident.view"}

    both.ok("token", "revoke", made["id"])
    with pytest.raises(NotSignedIn):
        who(f"Token {secret}")
    assert both.type("token", "list", "--json").json == []
    assert len(both.type("token", "list", "--all", "--json").json) == 1


def test_a_link_signs_in_at_the_public_address(
    both: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_PUBLIC_URL", "https://tocsin.example.org/")

    link = both.ok("user", "link", "admin")

    address, _, secret = link.rpartition("/")
    assert address == "https://tocsin.example.org/sign-in"

    async def sign_in(office: Office) -> str:
        return await office.doors.sign_in(secret)

    assert in_office(sign_in)


def test_somebody_is_given_roles_renamed_and_locked_out(both: Terminal) -> None:
    both.ok("team", "create", "ops", "--display", "Operations")
    both.ok("role", "save", "scribe", "--permission", "chat.use", "--permission", "incident.view")
    both.ok("user", "create", "ana", "--role", "viewer", "--team", "ops", "--email", "a@x.org")

    assert "scribe in main" in both.ok("user", "grant", "ana", "--role", "scribe")
    assert both.ok("user", "revoke", "ana", "--role", "viewer", "--team", "ops") == (
        "@ana is now scribe in main."
    )
    both.ok("user", "edit", "ana", "--display", "Ana")
    both.ok("user", "identify", "ana", *SLACK)
    ana = both.type("user", "list", "--search", "ana", "--json").json[0]
    assert (ana["display"], ana["email"]) == ("Ana", "a@x.org")
    assert {"platform": "slack", "workspace": "T1", "id": "U1"} in ana["identities"]
    both.ok(
        "user",
        "identify",
        "ana",
        *SLACK,
        "--remove",
    )

    token = both.ok("token", "create", "--user", "ana")
    both.ok("user", "deactivate", "ana")
    with pytest.raises(NotSignedIn):
        who(f"Token {token}")
    assert "ana" not in both.ok("user", "list")
    assert "ana" in both.ok("user", "list", "--all")
    both.ok("user", "activate", "ana")
    both.ok("user", "revoke", "ana", "--role", "scribe")
    both.ok("role", "delete", "scribe")
    assert [team["name"] for team in both.type("team", "list", "--json").json] == ["main", "ops"]
    assert "admin" in both.ok("role", "list")


def test_an_administrator_administers_all_teams_unless_one_is_named(terminal: Terminal) -> None:
    assert "admin in all teams" in terminal.ok("user", "create", "eva", "--role", "admin")
    assert "admin in main" in terminal.ok(
        "user", "create", "tim", "--role", "admin", "--team", "main"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("user create ANA! --role viewer", "cannot be the name of an account"),
        ("user create ana --role boss", "There is no role “boss”. Roles: admin"),
        ("user create ana --role viewer --team ops", "There is no team “ops”. Teams: main."),
        ("user create admin --role viewer", "already"),
        ("user deactivate admin", "last administrator"),
        ("user revoke admin --role admin", "last administrator"),
        ("user link adnim", "Did you mean @admin?"),
        ("token create --user nobody", "nobody called “nobody”"),
        ("token create --user admin --scope cake.eat", "unknown: cake.eat"),
        ("token revoke nothing", "There is no token “nothing”"),
        ("role save admin --permission chat.use", "built in"),
        ("role delete nothing", "There is no role “nothing”"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    terminal: Terminal, line: str, told: str
) -> None:
    assert told in terminal.refused(*line.split())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("usre list", "There is no command “usre”. Did you mean “user”? See: tocsin --help"),
        ("user create", "Missing argument 'NAME'."),
        ("user create ana", "Missing option '--role'."),
        ("token create --user a --expires soon", "give 30m, 12h, 90d, 2w or never"),
        ("token create --usr a", "No such option '--usr'. Did you mean '--user'?"),
        ("audit verify 12", "a number, a colon and 64 hexadecimal digits"),
        ("chat hello", "Missing option '--as'."),
        ("chat --as admin hello", "Missing option '--channel'."),
        ("chat --as admin --action x", "takes both --message and --action"),
        ("chat --as admin --form x --set y", "write --set FIELD=VALUE"),
    ],
)
def test_a_wrong_call_is_told_with_where_help_is(terminal: Terminal, line: str, told: str) -> None:
    assert told in terminal.refused(*line.split(), code=2)
    assert not terminal.home.exists()


def test_wrong_settings_stop_every_command_before_anything_is_written(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_LOG_LEVEL", "loud")
    monkeypatch.setenv("TOCSIN_PORT", "eighty")

    done = terminal.type("user", "list")

    assert done.code == 2
    assert done.err.splitlines() == [
        "tocsin: TOCSIN_PORT is “eighty”, but must be a whole number from 0 to 65535.",
        "tocsin: TOCSIN_LOG_LEVEL is “loud”, but must be one of debug, info, warning, error.",
    ]
    assert not terminal.home.exists()


def test_what_the_operator_does_is_audited_under_their_name(both: Terminal) -> None:
    both.ok("user", "create", "ana", "--role", "viewer")

    records = both.type("audit", "list", "--search", "account.created", "--json").json

    assert records[0]["via"] == "cli"
    assert records[0]["object"]["name"] == "ana"
    assert records[0]["details"] == {"role": "viewer", "team": "main"}
    assert both.type("audit", "verify", "--json").json["waiting"] == 0


def test_nothing_is_left_open(terminal: Terminal) -> None:
    terminal.ok("user", "list")

    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_a_new_team_has_the_shipped_playbooks_at_once(terminal: Terminal) -> None:
    terminal.ok("team", "create", "ops")

    shipped = terminal.type("playbook", "list", "--team", "ops", "--json").json

    assert "outage" in {playbook["handle"] for playbook in shipped}
