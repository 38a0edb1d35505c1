"""The log tells what happened and no secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from security.proof import TOKEN_PREFIX, new_secret


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    logging.getLogger("tocsin.access").setLevel(logging.NOTSET)
    logging.getLogger("dbos").filters.clear()


def written(style: logs.Style, *args: object, level: str = "info") -> str:
    """What one record looks like."""
    stream = io.StringIO()
    logs.set_up(level, style, stream)
    logging.getLogger("tocsin.test").info(*args)
    return stream.getvalue()


def test_json_is_one_object_a_line() -> None:
    entry = json.loads(written("json", "line one\nline two %s", "x"))

    assert entry["message"] == "line one\nline two x"
    assert entry["level"] == "info"
    assert entry["at"].endswith("+00:00")


@pytest.mark.parametrize("style", ["plain", "json"])
@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:8420/sign-in/SECRETsecret123",
        "Authorization: Token SECRETsecret123",
        "Authorization: Bearer SECRETsecret123",
        "postgresql://tocsin:SECRETsecret123@db/tocsin",
        "password=SECRETsecret123",
        '{"api_key": "SECRETsecret123"}',
    ],
)
def test_secrets_are_left_out(style: logs.Style, text: str) -> None:
    assert "SECRETsecret123" not in written(style, "said %s", text)


@given(st.text(), st.text())
def test_no_token_gets_through_whatever_stands_around_it(before: str, after: str) -> None:
    secret = new_secret(TOKEN_PREFIX)

    assert secret not in logs.redact(f"{before} {secret} {after}")


def test_an_error_keeps_its_traceback_without_secrets() -> None:
    stream = io.StringIO()
    logs.set_up("info", "json", stream)
    try:
        int("toc_SECRETsecret123")
    except ValueError:
        logging.getLogger("tocsin.test").exception("failed")

    entry = json.loads(stream.getvalue())
    assert "ValueError" in entry["error"]
    assert "SECRETsecret123" not in entry["error"]


def test_requests_are_logged_only_when_asked_for() -> None:
    stream = io.StringIO()
    logs.set_up("info", "plain", stream)
    logging.getLogger("tocsin.access").info("GET / 200")
    assert stream.getvalue() == ""

    logging.getLogger("tocsin.access").setLevel(logging.NOTSET)
    logs.set_up("debug", "plain", stream)
    logging.getLogger("tocsin.access").info("GET / 200")
    assert "GET / 200" in stream.getvalue()


def test_a_library_that_repeats_itself_is_heard_seldom() -> None:
    stream = io.StringIO()
    logs.set_up("info", "plain", stream)
    library = logging.getLogger("dbos")
    for number in range(1000):
        library.warning("connection lost, try %s", number)
    library.warning("something else")

    assert stream.getvalue().count("connection lost") == 1
    assert stream.getvalue().count("something else") == 1
