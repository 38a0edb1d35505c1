"""Settings come from four places, and every mistake in them is told at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.settings import Settings, mask
from bot.settings_check import load, unknown_variables
from bot.workshop import runner_kit
from chat.errors import BadInput

DATABASES = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE."


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("TOCSIN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def mistakes() -> str:
    with pytest.raises(BadInput) as refused:
        load()
    return refused.value.message


def test_everything_has_a_default() -> None:
    settings = load()

    assert settings.home == Path(".tocsin")
    assert settings.database_url == "sqlite:///.tocsin/tocsin.db"
    assert settings.url() == "http://127.0.0.1:8420"
    assert settings.export_enabled
    assert settings.telemetry_url is None
    assert settings.team == "main"


def test_an_option_beats_a_variable_and_a_variable_beats_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".tocsin").mkdir()
    (tmp_path / ".tocsin" / "tocsin.toml").write_text('port = 1\nhost = "h1"\nteam = "ops"\n')
    monkeypatch.setenv("TOCSIN_PORT", "2")
    monkeypatch.setenv("TOCSIN_HOST", "h2")

    settings = load(port=3, host=None)

    assert (settings.port, settings.host, settings.team) == (3, "h2", "ops")


def test_the_database_is_in_the_home_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_HOME", "/srv/tocsin")
    assert load().database_url == "sqlite:////srv/tocsin/tocsin.db"

    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://ana:pw@db:5432/tocsin")
    assert load().database_url == "postgresql://ana:pw@db:5432/tocsin"


def test_every_mistake_is_named_with_what_was_given_and_what_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOCSIN_PORT", "eighty")
    monkeypatch.setenv("TOCSIN_LOG_LEVEL", "loud")
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "mysql://ana:hunter2@db/tocsin")
    monkeypatch.setenv("TOCSIN_EXPORT_ENABLED", "perhaps")
    monkeypatch.setenv("TOCSIN_KEY", "hunter3")

    assert mistakes().splitlines() == [
        "TOCSIN_DATABASE_URL is “mysql://ana:***@db/tocsin”, but must be " + DATABASES,
        "TOCSIN_PORT is “eighty”, but must be a whole number from 0 to 65535.",
        "TOCSIN_LOG_LEVEL is “loud”, but must be one of debug, info, warning, error.",
        "TOCSIN_EXPORT_ENABLED is “perhaps”, but must be true or false.",
        "TOCSIN_KEY is “(secret)”, but must be 64 hexadecimal digits.",
    ]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("PORT", "70000"),
        ("PORT", "tcp://10.0.0.7:8420"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "postgres://db/tocsin"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_URL", "tocsin.db"),
        ("PUBLIC_URL", "tocsin.example.org"),
        ("PUBLIC_URL", "https://x.org/?a=b"),
        ("TELEMETRY_URL", "yes"),
        ("TEAM", "a team"),
        ("HOST", " "),
        ("ACTION_MEMORY_LIMIT", "1000"),
        ("ACTION_MEMORY_LIMIT", "-1"),
        ("ACTION_MEMORY_LIMIT", "much"),
        ("HOME", __file__),
    ],
)
def test_a_bad_value_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(f"TOCSIN_{name}", given)

    assert mistakes().startswith(f"TOCSIN_{name} is “{given[:60]}")


@pytest.mark.parametrize(
    ("given", "limit"),
    [(None, 1024**3), ("0", None), ("none", None), ("16777216", 16 * 1024 * 1024)],
)
def test_actions_have_a_limit_of_memory_unless_it_is_turned_off(
    monkeypatch: pytest.MonkeyPatch, given: str | None, limit: int | None
) -> None:
    if given is not None:
        monkeypatch.setenv("TOCSIN_ACTION_MEMORY_LIMIT", given)

    assert runner_kit(load(), "shell").memory_limit == limit


def test_an_unknown_key_in_the_file_is_a_mistake_and_the_nearest_is_offered(tmp_path: Path) -> None:
    (tmp_path / ".tocsin").mkdir()
    (tmp_path / ".tocsin" / "tocsin.toml").write_text('prot = 80\nlog_level = "shout"\n')

    told = mistakes()

    assert "“prot”, which is no setting. Did you mean port?" in told
    assert "log_level in .tocsin/tocsin.toml is “shout”" in told


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".tocsin").mkdir()
    (tmp_path / ".tocsin" / "tocsin.toml").write_text("port = 1\nhost = \n")

    assert "line 2" in mistakes()


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_CONFIG", "/nowhere/tocsin.toml")

    assert mistakes() == "TOCSIN_CONFIG is “/nowhere/tocsin.toml”, where there is no file."


def test_secrets_may_stand_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://ana:pw@db/tocsin\n")
    (tmp_path / "key").write_text("ab" * 32 + "\n")
    monkeypatch.setenv("TOCSIN_DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("TOCSIN_KEY_FILE", str(tmp_path / "key"))

    settings = load()

    assert settings.database_url == "postgresql://ana:pw@db/tocsin"
    assert settings.installation_key() == b"\xab" * 32


def test_a_wrong_secret_file_is_told_together_with_other_mistakes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("hunter2")
    monkeypatch.setenv("TOCSIN_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("TOCSIN_DATABASE_URL_FILE", "/nowhere/url")
    monkeypatch.setenv("TOCSIN_PORT", "x")

    told = mistakes()

    assert "TOCSIN_DATABASE_URL_FILE is “/nowhere/url”, which cannot be read" in told
    assert "What TOCSIN_KEY_FILE holds is “(secret)”" in told
    assert "TOCSIN_PORT" in told
    assert "hunter2" not in told


def test_a_secret_is_given_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOCSIN_KEY", "ab" * 32)
    monkeypatch.setenv("TOCSIN_KEY_FILE", str(tmp_path / "key"))

    assert "both set" in mistakes()


def test_an_empty_variable_means_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_PORT", "")

    assert load().port == 8420


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://ana:hun@ter2@db/tocsin")
    monkeypatch.setenv("TOCSIN_KEY", "ab" * 32)

    settings = load()
    shown = f"{settings!r} {settings} {settings.shown()}"

    assert "ter2" not in shown
    assert "abab" not in shown
    assert settings.shown()["database_url"] == "postgresql://ana:***@db/tocsin"
    assert mask("database_url", "postgresql://db/tocsin") == "postgresql://db/tocsin"


def test_reading_settings_writes_nothing(tmp_path: Path) -> None:
    load()

    assert list(tmp_path.iterdir()) == []


def test_variables_that_mean_nothing_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_PROT", "80")
    monkeypatch.setenv("TOCSIN_KEY_FILE", "/x")
    monkeypatch.setenv("TOCSIN_LOCAL_OPTION", "of a platform")
    monkeypatch.setenv("TOCSIN_FAILPOINT", "for tests")

    assert unknown_variables() == ("TOCSIN_PROT (did you mean TOCSIN_PORT?)",)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"host": "::"}, "http://127.0.0.1:8420"),
        ({"host": "::1"}, "http://[::1]:8420"),
        ({"public_url": "https://t.example.org/"}, "https://t.example.org"),
    ],
)
def test_links_begin_where_people_reach_us(given: dict[str, str], url: str) -> None:
    assert Settings(**given).url() == url  # pyright: ignore[reportArgumentType] - all are texts


@pytest.mark.parametrize("days", ["0", "36501", "for ever"])
def test_executions_are_kept_for_a_whole_number_of_days(
    monkeypatch: pytest.MonkeyPatch, days: str
) -> None:
    assert load().keep_executions_days == 180
    monkeypatch.setenv("TOCSIN_KEEP_EXECUTIONS_DAYS", days)

    assert mistakes() == (
        f"TOCSIN_KEEP_EXECUTIONS_DAYS is “{days}”, "
        "but must be a whole number of days from 1 to 36500."
    )
