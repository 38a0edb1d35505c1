"""Web addresses, probed for real."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integrations.http.certificates import authority, issued
from tests.packs.acting import Acting, told
from tests.packs.servers import listening, saying

DAY = timedelta(days=1)


async def test_an_answer_is_timed_part_by_part(act: Acting) -> None:
    def slow(connection: socket.socket, head: bytes) -> None:
        assert head.startswith(b"GET /health?a=b%20c HTTP/1.1\r\n")
        assert b"\r\nHost: 127.0.0.1:" in head
        time.sleep(0.1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwe")
        time.sleep(0.6)
        connection.sendall(b"ll")

    with listening(slow) as port:
        found = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/health?a=b c")

    took = found["milliseconds"]
    assert (found["status"], found["code"], found["bytes"]) == ("ok", 200, 4)
    assert set(took) == {"dns", "connect", "first_byte", "total"}
    # What came first may be read a good while after it was sent, on a busy machine.
    assert 95 <= took["first_byte"] <= took["total"] - 95
    assert took["total"] >= 695
    assert found["certificate"] is None
    assert found["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("said", "given", "status"),
    [
        ("200 OK", {}, "ok"),
        ("204 No Content", {}, "ok"),
        ("404 Not Found", {}, "critical"),
        ("500 Oh", {}, "critical"),
        ("404 Not Found", {"expected_codes": [404]}, "ok"),
        ("200 OK", {"expected_codes": [404]}, "critical"),
        ("200 OK", {"expected_text": "all well"}, "ok"),
        ("200 OK", {"expected_text": "maintenance"}, "critical"),
        ("200 OK", {"slow_seconds": 0.000001}, "warning"),
        ("200 OK", {"method": "HEAD"}, "ok"),
    ],
)
async def test_an_answer_is_judged(
    act: Acting, said: str, given: dict[str, object], status: str
) -> None:
    body = b"" if given.get("method") == "HEAD" or "204" in said else b"yes, all well"
    with listening(saying(said, body)) as port:
        url = f"http://127.0.0.1:{port}/"
        found = await act.well("net.http_probe", url=url, **given)
        strict = await act.outcome("net.http_probe", url=url, fail_on="warning", **given)

    assert found["status"] == status
    assert strict.ok == (status == "ok")
    assert told(strict)["status"] == status
    assert url in found["text"]


async def test_redirects_are_followed_and_headers_stay_with_whom_they_were_meant_for(
    act: Acting,
) -> None:
    heads: list[bytes] = []

    def last(connection: socket.socket, head: bytes) -> None:
        heads.append(head)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with listening(last) as far:

        def first(connection: socket.socket, head: bytes) -> None:
            heads.append(head)
            to = "/two" if b"GET /one " in head else f"http://127.0.0.1:{far}/three"
            answer = f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
            connection.sendall(answer.encode())

        with listening(first) as near:
            url = f"http://127.0.0.1:{near}/one"
            headers = {"Authorization": "Bearer very-secret"}
            found = await act.well("net.http_probe", url=url, headers=headers)
            stayed = await act.well("net.http_probe", url=url, max_redirects=0)

    assert [each["code"] for each in found["redirects"]] == [302, 302]
    assert found["final_url"] == f"http://127.0.0.1:{far}/three"
    assert [b"very-secret" in head for head in heads[:3]] == [True, True, False]
    assert (stayed["code"], stayed["status"]) == (302, "ok")


async def test_redirects_without_end_come_to_one(act: Acting) -> None:
    with listening(saying("302 Found", b"", "Location: /again")) as port:
        found = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/", max_redirects=3)

    assert len(found["redirects"]) == 3
    assert found["code"] == 302


@pytest.mark.parametrize("to", ["file:///etc/passwd", "http://[", "gopher://x/", "http://u:p@x/"])
async def test_a_redirect_to_what_is_no_web_address_is_told(act: Acting, to: str) -> None:
    with listening(saying("302 Found", b"", f"Location: {to}")) as port:
        found = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/")

    assert found["status"] == "critical"
    assert "redirects to" in found["error"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "the answer is no HTTP"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "the answer is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "the answer broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx", "the answer broke off"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000 + b"\r\n", "the answer is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "the answer is no HTTP"),
    ],
)
async def test_who_speaks_badly_is_told(act: Acting, answer: bytes, why: str) -> None:
    with listening(lambda connection, _: connection.sendall(answer)) as port:
        found = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/")

    assert found["status"] == "critical"
    assert why in found["error"]


async def test_who_drips_is_not_waited_for(act: Acting) -> None:
    def drip(connection: socket.socket, head: bytes) -> None:
        del head
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    with listening(drip) as port:
        start = time.monotonic()
        found = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/", wait_seconds=0.5)

    assert time.monotonic() - start < 20
    assert "nothing came in time" in found["error"]


async def test_no_more_is_read_than_is_wanted(act: Acting) -> None:
    def flood(connection: socket.socket, head: bytes) -> None:
        del head
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with listening(flood) as port:
        found = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/", max_bytes=100_000)

    assert (found["bytes"], found["whole"], found["status"]) == (100_000, False, "ok")


async def test_nobody_there_is_told(act: Acting) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    refused = await act.well("net.http_probe", url=f"http://127.0.0.1:{port}/")
    unknown = await act.well("net.http_probe", url="http://no.invalid/")

    assert "Connection refused" in refused["error"]
    assert "its name has no address" in unknown["error"]


async def test_a_certificate_is_looked_at(act: Acting, tmp_path: Path) -> None:
    root = authority()
    trusted = tmp_path / "root.pem"
    trusted.write_bytes(root.pem(with_key=False))
    own = issued(root, "127.0.0.1", until=5 * DAY)

    with listening(saying("200 OK", b"x"), own.server(tmp_path)) as port:
        url = f"https://127.0.0.1:{port}/"
        soon = await act.well("net.http_probe", url=url, ca_file=str(trusted))
        fine = await act.well("net.http_probe", url=url, ca_file=str(trusted), warn_days=1)
        stranger = await act.well("net.http_probe", url=url)
        anyhow = await act.well("net.http_probe", url=url, verify=False, warn_days=1)

    assert soon["status"] == "warning"
    assert "ends in 5 days" in soon["error"]
    assert soon["certificate"]["verified"]
    assert set(soon["milliseconds"]) == {"dns", "connect", "tls", "first_byte", "total"}
    assert fine["status"] == "ok"
    assert stranger["status"] == "critical"
    assert "not trusted" in stranger["error"]
    assert not stranger["certificate"]["verified"]
    assert 4 < stranger["certificate"]["days_left"] <= 5
    assert (anyhow["status"], anyhow["certificate"]["verified"]) == ("ok", False)


async def test_a_certificate_that_has_ended_is_told_with_its_days(
    act: Acting, tmp_path: Path
) -> None:
    ended = issued(None, "127.0.0.1", since=-9 * DAY, until=-3 * DAY)

    with listening(saying("200 OK"), ended.server(tmp_path)) as port:
        found = await act.well("net.http_probe", url=f"https://127.0.0.1:{port}/")

    assert found["status"] == "critical"
    assert -4 < found["certificate"]["days_left"] < -2


@pytest.mark.parametrize(
    "url", ["ftp://x/", "x", "http://", "http://[::1", "http://x:99999/", "http://u:p@x/", " "]
)
async def test_what_is_no_web_address_is_an_error(act: Acting, url: str) -> None:
    outcome = await act.outcome("net.http_probe", url=url)

    assert not outcome.ok
    assert outcome.error.endswith(".")


async def test_headers_cannot_smuggle_others(act: Acting) -> None:
    with listening(saying("200 OK")) as port:
        url = f"http://127.0.0.1:{port}/"
        found = await act.well("net.http_probe", url=url, headers={"X": "a\r\nHost: evil"})

    assert found["status"] == "critical"
    assert found["code"] is None
