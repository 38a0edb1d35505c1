"""Pictures of what Prometheus has measured."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs
from urllib.request import urlopen

import pytest

from chat.errors import BadInput
from tests.integrations.http.certificates import authority, issued
from tests.packs.acting import Acting
from tests.packs.servers import listening, saying


@dataclass
class StandIn:
    """Speaks the HTTP API of Prometheus.

    Attributes:
        heads: Of the requests that came.
        asked: What was asked in each.
    """

    result: list[Any]
    heads: list[str] = field(default_factory=list[str])
    asked: list[Mapping[str, list[str]]] = field(default_factory=list[Mapping[str, list[str]]])

    def handle(self, connection: socket.socket, head: bytes) -> None:
        before, _, body = head.partition(b"\r\n\r\n")
        self.heads.append(before.decode())
        length = int(before.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += connection.recv(65_536)
        self.asked.append(parse_qs(body.decode()))
        data = {"resultType": "matrix", "result": self.result}
        told = json.dumps({"status": "success", "data": data}).encode()
        saying("200 OK", told, "Content-Type: application/json")(connection, head)


@contextmanager
def answering(*result: Any) -> Generator[tuple[str, StandIn]]:
    """Address of a stand-in that always gives these series."""
    found = StandIn(list(result))
    with listening(found.handle) as port:
        yield f"http://127.0.0.1:{port}", found


def row(values: list[Any], **labels: str) -> dict[str, Any]:
    """A series of the API, a value each minute up to now."""
    now = time.time()
    points = [[now - 60 * (len(values) - at), str(value)] for at, value in enumerate(values)]
    return {"metric": labels, "values": points}


def size(file: Path) -> tuple[int, int]:
    """Width and height of a picture.

    Raises:
        AssertionError: It is no whole PNG.
    """
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack("!II", data[16:24])
    return width, height


async def test_a_query_becomes_a_picture(act: Acting) -> None:
    series = [row([1, 2, 3.5], job="web"), row([5, 4, "NaN", 3], job="db")]
    with answering(*series) as (server, stand_in):
        found = await act.well(
            "prometheus.query_picture",
            server=f"{server}/",
            query="rate(x[5m])",
            minutes=30,
            title="Load",
        )

    width, height = size(act.files / "picture.png")
    assert width == 1500
    assert height > 700
    assert (found["file"], found["count"]) == ("picture.png", 2)
    assert found["latest"] == {'{job="web"}': 3.5, '{job="db"}': 3.0}
    assert found["text"] == "• web: 3.5\n• db: 3"
    assert [each["maximum"] for each in found["series"]] == [3.5, 5.0]
    (asked,) = stand_in.asked
    assert asked["query"] == ["rate(x[5m])"]
    assert asked["step"] == ["10"]
    assert float(asked["end"][0]) - float(asked["start"][0]) == pytest.approx(1800)
    assert stand_in.heads[0].startswith("POST /api/v1/query_range HTTP/1.1")


async def test_nothing_becomes_a_picture_that_says_so(act: Acting) -> None:
    with answering() as (server, _):
        found = await act.well("prometheus.query_picture", server=server, query="nothing")

    assert (found["count"], found["series"], found["latest"]) == (0, [], {})
    assert "gives nothing" in found["text"]
    assert size(act.files / "picture.png") > (1000, 0)


ODD: list[list[Any]] = [
    [row(["NaN", "+Inf", "-Inf"])],
    [row(["NaN"], a="b"), row([])],
    [row(["1.7e308", "-1.7e308", 0])],
    [row([0.0, 0.0])],
    [row([1e-300])],
    [row([number], pod=f"pod-{number}", ns="x" * 5000) for number in range(200)],
    [row([1], name="<&>\"'\x00\x1b\ud800日本" * 50, __name__="x")],
    [{"metric": {"a": "b"}, "histograms": [[1, {}]]}],
    [row(list(range(5000)), a="b")],
]


@pytest.mark.parametrize(
    "result",
    ODD,
    ids=["odd", "none", "huge", "flat", "tiny", "many", "letters", "histogram", "long"],
)
async def test_odd_results_become_pictures(act: Acting, result: list[Any]) -> None:
    with answering(*result) as (server, _):
        found = await act.well("prometheus.query_picture", server=server, query="x", title="odd")

    assert found["count"] == len(result)
    assert size(act.files / "picture.png") > (1000, 0)
    json.dumps(found, allow_nan=False)


async def test_who_asks_is_shown(act: Acting) -> None:
    given = {"query": "up"}
    with answering() as (server, stand_in):
        given["server"] = server
        await act.well("prometheus.query_picture", **given)
        await act.well("prometheus.query_picture", bearer_token=" s3cret\n", **given)
        await act.well("prometheus.query_picture", username="ana", password="pä:ss", **given)

    assert "Authorization" not in stand_in.heads[0]
    assert "Authorization: Bearer s3cret" in stand_in.heads[1]
    pair = base64.b64encode("ana:pä:ss".encode()).decode()
    assert f"Authorization: Basic {pair}" in stand_in.heads[2]


@pytest.mark.parametrize(
    ("status", "body", "headers", "why"),
    [
        (
            "400 Bad Request",
            b'{"status": "error", "errorType": "bad_data", "error": "parse error: oh"}',
            (),
            "answers 400: parse error: oh.",
        ),
        ("200 OK", b'{"status": "error", "error": "it is down"}', (), "it is down."),
        ("401 Unauthorized", b"", (), "give a token"),
        ("502 Bad Gateway", b"<html>", (), "answers 502."),
        ("302 Found", b"", ("Location: http://127.0.0.1:1/x",), "http://127.0.0.1:1/x"),
        ("200 OK", b"<html>", (), "no Prometheus"),
        ("200 OK", b"[]", (), "no Prometheus"),
        ("200 OK", b'{"status": "success", "data": {"result": [1]}}', (), "no Prometheus"),
        (
            "200 OK",
            b'{"status": "success", "data": {"result": [{"metric": {}, "values": [["x"]]}]}}',
            (),
            "no Prometheus",
        ),
    ],
)
async def test_a_refusal_is_one_sentence(
    act: Acting, status: str, body: bytes, headers: tuple[str, ...], why: str
) -> None:
    with listening(saying(status, body, *headers)) as port:
        outcome = await act.outcome(
            "prometheus.query_picture",
            server=f"http://127.0.0.1:{port}",
            query="up",
            bearer_token="very-secret",
        )

    assert not outcome.ok
    assert why in outcome.error
    assert outcome.error.endswith(".")
    assert "very-secret" not in repr(outcome)
    assert not (act.files / "picture.png").exists()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"server": "prometheus:9090"}, "is no address"),
        ({"server": "file:///etc/passwd"}, "is no address"),
        ({"server": "http://u:p@127.0.0.1/"}, "must not hold a login"),
        ({"server": "http://127.0.0.1:1"}, "Connection refused"),
        ({"server": "http://127.0.0.1:1", "step_seconds": 0.001}, "larger step"),
        ({"server": "http://127.0.0.1:1", "bearer_token": "ab\ncd"}, "token holds"),
        ({"server": "https://127.0.0.1:1", "ca_file": "/no/such"}, "No such file"),
    ],
)
async def test_what_cannot_be_asked_is_one_sentence(
    act: Acting, given: dict[str, Any], why: str
) -> None:
    outcome = await act.outcome("prometheus.query_picture", query="up", **given)

    assert not outcome.ok
    assert why in outcome.error


async def test_a_certificate_has_to_be_trusted(act: Acting, tmp_path: Path) -> None:
    root = authority()
    (tmp_path / "root.pem").write_bytes(root.pem(with_key=False))
    stand_in = StandIn([])

    with listening(stand_in.handle, issued(root, "127.0.0.1").server(tmp_path)) as port:
        given: dict[str, Any] = {"server": f"https://127.0.0.1:{port}", "query": "up"}
        stranger = await act.outcome(
            "prometheus.query_picture", bearer_token="very-secret", **given
        )
        given["ca_file"] = str(tmp_path / "root.pem")
        await act.well("prometheus.query_picture", **given)

    assert "not trusted" in stranger.error
    assert len(stand_in.heads) == 1


@pytest.mark.parametrize("name", ["../x.png", "x.svg", ".x.png", "a/b.png", "x.png\n"])
async def test_a_picture_lies_in_the_folder_of_the_execution_alone(act: Acting, name: str) -> None:
    with pytest.raises(BadInput):
        await act.outcome("prometheus.query_picture", server="http://x", query="up", file=name)


@pytest.fixture
def prometheus(tmp_path: Path) -> Generator[str]:
    """Address of a real Prometheus that watches itself."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("there is no prometheus here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    (tmp_path / "p.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        f"scrape_configs: [{{job_name: self, static_configs: [{{targets: ['{place}']}}]}}]\n"
    )
    command = [
        program,
        f"--config.file={tmp_path / 'p.yml'}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={place}",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            _wait_for(f"http://{place}/-/ready")
            yield f"http://{place}"
        finally:
            running.terminate()


def _wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            urlopen(url, timeout=1).close()  # noqa: S310 - our own server's
        except (URLError, OSError):
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return


async def test_a_real_prometheus_is_drawn(act: Acting, prometheus: str) -> None:
    given = {"server": prometheus, "minutes": 1, "step_seconds": 1}
    constant = await act.well("prometheus.query_picture", query="vector(42)", **given)
    until = time.monotonic() + 30
    while not (own := await act.well("prometheus.query_picture", query="up", **given))["count"]:
        assert time.monotonic() < until
    wrong = await act.outcome("prometheus.query_picture", query="up{", **given)

    assert constant["series"][0]["latest"] == 42
    assert own["series"][0]["labels"]["job"] == "self"
    assert "parse error" in wrong.error
    assert size(act.files / "picture.png") > (1000, 0)
