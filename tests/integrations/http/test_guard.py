"""No request reaches an address that is not allowed, whatever leads there."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator, Iterator

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from chat.errors import BadInput, Unavailable
from integrations.http.addresses import AddressRefused
from integrations.http.errors import Unreachable
from integrations.http.request import Request, read_url
from integrations.http.session import HttpSession
from tests.integrations.http.site import HOME, Site, site

HOSTS = (
    *("127.0.0.1", "localhost", "LOCALHOST", "0x7f.1", "0x7f000001"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "①②⑦.⓪.⓪.①", "0.0.0.0"),  # noqa: S104 - refused
)


def asking(url: str) -> Request:
    return Request("GET", read_url(url)[0], timeout=5)


class Names(AbstractResolver):
    """Finds an address of a name; the next one the next time, as a rebinding server does."""

    def __init__(self, **names: list[str]) -> None:
        self._names: dict[str, Iterator[str]] = {
            f"{name}.example": iter(found) for name, found in names.items()
        }

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for address in next(self._names[host]).split(",")
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def closed() -> AsyncGenerator[HttpSession]:
    """A session of an installation that allows nothing."""
    opened = HttpSession()
    yield opened
    await opened.close()


@pytest.mark.parametrize("host", HOSTS)
async def test_this_machine_is_refused_in_every_spelling(
    closed: HttpSession, elsewhere: Site, host: str
) -> None:
    with pytest.raises(AddressRefused, match="TOCSIN_ALLOWED_NETWORKS"):
        await closed.send(asking(elsewhere.url(host=host)))

    assert not elsewhere.heard


@pytest.mark.parametrize(
    ("host", "real"),
    [
        *(("127.1", "127.0.0.1"), ("2130706433", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1")),
        *(("017700000001", "127.0.0.1"), ("0x7f000001", "127.0.0.1"), ("0", "0.0.0.0")),  # noqa: S104 - refused
        *(("167772161", "10.0.0.1"), ("2852039166", "169.254.169.254")),
        *(("[::ffff:127.0.0.1]", "127.0.0.1"), ("[::ffff:a00:1]", "10.0.0.1")),
    ],
)
async def test_another_spelling_is_refused_by_the_real_address(
    closed: HttpSession, elsewhere: Site, host: str, real: str
) -> None:
    with pytest.raises(AddressRefused) as refused:
        await closed.send(asking(elsewhere.url(host=host)))

    assert real in refused.value.message
    assert not elsewhere.heard


async def test_an_unusual_spelling_of_a_public_address_is_told_how_to_write_it(
    closed: HttpSession,
) -> None:
    with pytest.raises(Unreachable, match=r"Write 8\.8\.8\.8 instead of 134744072"):
        await closed.send(asking("http://134744072:9/"))


async def test_this_machine_as_a_name_with_a_dot_gets_nowhere(
    closed: HttpSession, elsewhere: Site
) -> None:
    with pytest.raises((AddressRefused, Unreachable)):
        await closed.send(asking(elsewhere.url(host="localhost.")))

    assert not elsewhere.heard


@pytest.mark.parametrize("host", ["[::1]", "[::]"])
async def test_this_machine_is_refused_by_ipv6_too(closed: HttpSession, host: str) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    async with site("::1") as six:
        with pytest.raises(AddressRefused):
            await closed.send(asking(six.url(host=host)))

        assert not six.heard


@pytest.mark.parametrize("host", HOSTS)
async def test_a_redirect_to_this_machine_is_refused(
    session: HttpSession, here: Site, elsewhere: Site, host: str
) -> None:
    url = here.redirects("/", elsewhere.url("/secret", host=host))

    with pytest.raises(AddressRefused):
        await session.send(asking(url))

    assert len(here.heard) == 1
    assert not elsewhere.heard


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        "//169.254.169.254/",
        "http://10.0.0.1/",
        "http://100.64.0.1/",
    ],
)
async def test_a_redirect_to_metadata_or_neighbours_is_refused(
    session: HttpSession, here: Site, target: str
) -> None:
    with pytest.raises(AddressRefused) as refused:
        await session.send(asking(here.redirects("/", target)))

    assert "TOCSIN_ALLOWED_NETWORKS" in refused.value.message


async def test_a_second_redirect_is_looked_at_like_the_first(
    session: HttpSession, here: Site, elsewhere: Site
) -> None:
    here.redirects("/b", elsewhere.url())

    with pytest.raises(AddressRefused):
        await session.send(asking(here.redirects("/a", "/b")))

    assert [each.target for each in here.heard] == ["/a", "/b"]
    assert not elsewhere.heard


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://h/", "gopher://h/", "javascript:1"]
)
async def test_a_redirect_leads_to_http_only(session: HttpSession, here: Site, target: str) -> None:
    with pytest.raises(Unavailable, match="no address of http or https"):
        await session.send(asking(here.redirects("/", target)))


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://h/", "gopher://h:70/_x", "unix:///run/x", "h/path", "//h/"),
        *("http://", "http:///path", "http://h:99999/", "http://h\\@evil/", "http://a b/", ""),
        *("http://h/\r\nX: 1", "http://h/\x00"),
    ],
)
def test_what_is_no_url_of_http_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(BadInput, match="url"):
        read_url(url)


async def test_a_name_is_refused_when_it_leads_to_this_machine(elsewhere: Site) -> None:
    guarded = HttpSession(resolver=Names(friendly=["127.0.0.1"]))

    with pytest.raises(AddressRefused, match=r"friendly\.example is 127\.0\.0\.1"):
        await guarded.send(asking(elsewhere.url(host="friendly.example")))

    assert not elsewhere.heard
    await guarded.close()


async def test_a_name_with_several_addresses_is_only_asked_at_those_that_are_allowed() -> None:
    async with site() as good, site("127.0.0.1") as bad:
        guarded = HttpSession([f"{HOME}/32"], resolver=Names(both=[f"127.0.0.1,{HOME}"]))

        answer = await guarded.send(asking(good.url(host="both.example")))

        assert answer.body == b"hello"
        assert not bad.heard
        await guarded.close()


async def test_a_name_whose_addresses_are_all_refused_is_refused(elsewhere: Site) -> None:
    guarded = HttpSession(resolver=Names(many=["127.0.0.1,127.0.0.3,10.0.0.1"]))

    with pytest.raises(AddressRefused, match=r"many\.example"):
        await guarded.send(asking(elsewhere.url(host="many.example")))

    await guarded.close()


async def test_a_name_that_means_something_else_the_second_time_is_refused(
    here: Site, elsewhere: Site
) -> None:
    guarded = HttpSession([f"{HOME}/32"], resolver=Names(shifty=[HOME, "127.0.0.1"]))
    here.redirects("/", elsewhere.url("/secret", host="shifty.example"))

    with pytest.raises(AddressRefused):
        await guarded.send(asking(here.url(host="shifty.example")))

    assert len(here.heard) == 1
    assert not elsewhere.heard
    await guarded.close()


async def test_the_environments_proxies_are_not_heeded(
    session: HttpSession, here: Site, elsewhere: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.url())

    answer = await session.send(asking(here.url()))

    assert answer.body == b"hello"
    assert not elsewhere.heard
