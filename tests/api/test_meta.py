"""What the API says about itself."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession

from api.app import Api
from bot.doors import doors
from storage import migrate
from tests.api.caller import Caller, Json
from tests.bench import Bench

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def anonymous(bench: Bench, path: str) -> Json:
    """What somebody without any proof gets."""
    async with ClientSession(await bench.serve()) as session:
        return await Caller(session).get(path)


async def test_the_document_says_everything_and_is_open_to_all(bench: Bench) -> None:
    got = await anonymous(bench, "/api/openapi.json")

    document = got.ok()
    assert document["openapi"].startswith("3.1")
    for path in ("/api/incidents/{ref}/", "/api/chat/local/messages/", "/healthz"):
        assert path in document["paths"]
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["tags"]
            assert operation["responses"]
            assert operation["security"] == [] or operation["x-permission"] is not None
    assert not [name for name in document["components"]["schemas"] if "__" in name]
    text = str(document)
    for name in re.findall(r"#/components/schemas/([\w.-]+)", text):
        assert name in document["components"]["schemas"]
    for name in re.findall(r"#/components/responses/(\w+)", text):
        assert name in document["components"]["responses"]


async def test_every_route_served_is_in_the_document(bench: Bench) -> None:
    document = (await anonymous(bench, "/api/openapi.json")).ok()
    served: set[tuple[str, str]] = set()
    for install in doors(bench.bot):
        api = getattr(install, "__self__", None)
        if isinstance(api, Api):
            served = {(row.method, row.path) for row in api.table.routes}

    written = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert served == written


async def test_the_docs_page_stands_alone(bench: Bench) -> None:
    got = await anonymous(bench, "/api/docs/")
    page = got.body.decode()

    assert got.status == 200
    assert "/api/incidents/{ref}/" in page
    assert "<script" not in page
    assert "style=" not in page
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert all(address.startswith("/api/") for address in loaded), loaded
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page))
    assert "script-src" not in got.headers["Content-Security-Policy"]
    assert (await anonymous(bench, "/api/docs/style.css")).headers["Content-Type"] == (
        "text/css; charset=utf-8"
    )


async def test_it_tells_whether_it_runs_and_can_serve(bench: Bench) -> None:
    assert (await anonymous(bench, "/healthz")).ok()["status"] == "ok"
    ready = (await anonymous(bench, "/readyz")).ok()
    assert ready["status"] == "ready"
    assert ready["checks"] == {"database": "ok", "migrations": "ok", "work": "ok"}


async def test_a_database_of_another_version_cannot_serve(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "head", lambda: "9999")

    got = await anonymous(bench, "/readyz")

    assert (got.status, got.body["status"]) == (503, "not ready")
    assert "tocsin database upgrade" in got.body["checks"]["migrations"]


async def test_what_was_asked_is_counted_by_route_and_never_by_path(bench: Bench) -> None:
    for path in ("/api/incidents/INC-77777/", "/api/nowhere/", "/healthz"):
        await anonymous(bench, path)

    text = (await anonymous(bench, "/metrics")).body.decode()

    assert 'method="GET",route="/api/incidents/{ref}/",status="401"} 1' in text
    assert 'route="unknown",status="404"' in text
    assert "tocsin_http_request_seconds_bucket" in text
    assert "INC-77777" not in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) tocsin_.+|tocsin_\w+(\{.*\})? [\d.e+]+", line), line
