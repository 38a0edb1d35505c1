"""The chat in the browser: what its requests do, and what its stream brings."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientResponse, FormData

from chat.rooms import LocalMessage
from tests.bench import Bench
from tests.web.page import Page
from tests.web.visitor import HTMX, Visitor, visiting

only_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
START = '/incident start --playbook outage --name "Checkout returns 500"'
ROOM = "inc-00001-checkout-returns-500"


class Stream:
    """A page's open stream of events."""

    def __init__(self, response: ClientResponse) -> None:
        self._response = response
        self.last = ""

    async def next(self, *kinds: str) -> str:
        """The data of the next event of one of these kinds; others are passed over."""
        event, data = "", list[str]()
        async with asyncio.timeout(10):
            async for raw in self._response.content:
                line = raw.decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if name == "event":
                    event, data = value, []
                elif name == "data":
                    data.append(value)
                elif name == "id":
                    self.last = value
                elif not line and event in kinds:
                    return "\n".join(data)
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening(visitor: Visitor, channel: str, **headers: str) -> AsyncGenerator[Stream]:
    """The stream that the page of a channel opens, behind what the page shows."""
    page = (await visitor.get(f"/channels/{channel}")).page
    url = page.one(_id="live").get("sse-connect")
    async with visitor.session.get(url, headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield Stream(response)


async def start(bench: Bench, who: str = "ana") -> LocalMessage:
    """An incident; its panel."""
    await bench.say(who, "general", START)
    return await bench.panel_message(ROOM)


async def test_what_one_says_the_other_reads_at_once(bench: Bench, ana: Visitor) -> None:
    async with visiting(bench, "bo") as bo, listening(bo, "general") as stream:
        assert (await ana.say("general", "Hello **all**, and @bo")).status == 204
        note = json.loads(await stream.next("notice"))
        shown = Page(await stream.next("show"))

    assert note["mentioned"]
    assert "Hello all, and @bo" in shown.text
    assert "for-me" in shown.all("li")[0].get("class")


async def test_nothing_is_lost_between_the_page_and_its_stream_or_in_a_break(
    bench: Bench, ana: Visitor
) -> None:
    page = (await ana.get("/channels/general")).page
    url = page.one(_id="live").get("sse-connect")
    await bench.say("bo", "general", "before the stream")
    async with ana.session.get(url) as first:
        stream = Stream(first)
        assert "before the stream" in await stream.next("show")
    await bench.say("bo", "general", "in the break, one")
    await bench.say("bo", "general", "in the break, two")
    async with ana.session.get(url, headers={"Last-Event-ID": stream.last}) as second:
        again = Stream(second)
        assert "in the break, one" in await again.next("show")
        assert "in the break, two" in await again.next("show")


async def test_a_stream_tells_only_what_its_reader_may_know(bench: Bench, ana: Visitor) -> None:
    async with visiting(bench, "bo") as bo, listening(bo, "general") as stream:
        await ana.say("general", "/incident list")
        await bench.settle()
        await ana.say("general", "for everybody")
        shown = await stream.next("show")

    assert "for everybody" in shown


@only_sqlite
async def test_a_message_sent_twice_with_one_key_counts_once(bench: Bench, ana: Visitor) -> None:
    for _ in range(2):
        assert (await ana.say("general", "once", key="k1")).status == 204

    assert [m.text for m in await bench.messages("general")].count("once") == 1


async def test_a_step_is_checked_from_the_panel_and_everybody_sees_it(
    bench: Bench, ana: Visitor
) -> None:
    panel = await start(bench)
    async with visiting(bench, "bo") as bo, listening(bo, ROOM) as stream:
        page = (await ana.get(f"/channels/{ROOM}")).page
        tick = next(one for one in page.all(role="checkbox") if one.get("id").startswith("p-"))
        pressed = await ana.post(tick.get("hx-post"), json.loads(tick.get("hx-vals")))
        shown = Page(await stream.next("show"))
        while f"#panel[data-message='{panel.id}']" not in str(shown.elements):
            shown = Page(await stream.next("show"))

    assert pressed.status == 204
    assert [one.get("aria-checked") for one in shown.all(role="checkbox")].count("true") == 2


@only_sqlite
async def test_a_control_that_is_not_there_is_refused_at_the_edge_of_the_page(
    bench: Bench, ana: Visitor
) -> None:
    panel = await start(bench)

    answer = await ana.post(f"/messages/{panel.id}/actions", {"action": "incident.delete"})

    assert answer.status == 422
    assert answer.headers["HX-Retarget"] == "#toasts"


async def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(
    bench: Bench, ana: Visitor
) -> None:
    opened = await ana.say("general", "/incident start")
    form = opened.page.one("form")
    assert opened.headers["HX-Retarget"] == "#dialogs"

    wrong = await ana.post(form.get("hx-post"), {"playbook": "", "name": "Disk full"})
    errors = {one.get("id").rpartition("-")[2]: one.text for one in wrong.page.all("p")}
    options = next(
        one.options for one in opened.page.all("select") if one.get("name") == "playbook"
    )
    right = await ana.post(
        form.get("hx-post"), {"playbook": options[1][0] or options[0][0], "name": "Disk full"}
    )
    await bench.settle()

    assert errors["playbook"]
    assert not errors["name"]
    assert (right.status, right.headers["HX-Trigger"]) == (204, "tocsin:close-dialog")
    assert right.headers["HX-Redirect"] == "/channels/inc-00001-disk-full"
    assert (await bench.panel_message("inc-00001-disk-full")).card


@only_sqlite
async def test_a_form_has_no_empty_choice_beside_a_default_and_names_no_hint_it_lacks(
    ana: Visitor,
) -> None:
    form = (await ana.say("general", "/incident start")).page

    severity = next(one.options for one in form.all("select") if one.get("name") == "severity")
    described = {name for one in form.elements for name in one.get("aria-describedby").split()}

    assert severity[0] == ("playbook", True)
    assert described <= {one.get("id") for one in form.elements}


@only_sqlite
async def test_a_form_that_nobody_answers_is_closed(bench: Bench, ana: Visitor) -> None:
    opened = (await ana.say("general", "/incident start")).page
    form = opened.one("form").get("hx-post")

    assert (await ana.post(opened.one("dialog").get("data-dismiss-url"))).status == 204
    assert (await ana.post(form, {"name": "x"})).status in {404, 409}
    assert bench


@only_sqlite
async def test_a_message_becomes_an_incident_from_its_menu(bench: Bench, ana: Visitor) -> None:
    said = await bench.say("bo", "general", "the disk of db-2 is full")
    assert said.message is not None

    answer = await ana.post(f"/messages/{said.message.id}/menu", {"action": "incident.start"})

    assert "the disk of db-2 is full" in answer.page.text


@only_sqlite
async def test_a_thread_is_beside_the_list_and_not_in_it(bench: Bench, ana: Visitor) -> None:
    said = await bench.say("bo", "general", "Is it the pool?")
    assert said.message is not None
    root = said.message.id
    await ana.say("general", "It is.", thread=str(root))

    page = (await ana.get("/channels/general")).page
    thread = (await ana.get(f"/channels/general/threads/{root}", htmx=True)).page

    assert "It is." not in page.one(_id="messages").text
    assert "1 reply" in page.one(_id=f"m-{root}-replies").text
    assert "It is." in thread.one(_id=f"replies-{root}").text


@only_sqlite
async def test_a_file_can_be_fetched_but_never_acts_as_a_page(ana: Visitor) -> None:
    form = FormData(default_to_multipart=True)
    form.add_field("text", "see this")
    form.add_field(
        "files", b"<script>alert(1)</script>", filename="evil.html", content_type="text/html"
    )
    await ana.post("/channels/general/messages", form)
    page = (await ana.get("/channels/general")).page
    link = next(one for one in page.all("a") if one.get("class") == "file").get("href")

    file = await ana.get(link)

    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]


@only_sqlite
async def test_a_file_that_is_too_large_is_refused_with_its_name(ana: Visitor) -> None:
    form = FormData(default_to_multipart=True)
    form.add_field("text", "see this")
    form.add_field("files", io.BytesIO(b"x" * 10_000_001), filename="dump.bin")

    answer = await ana.post("/channels/general/messages", form)

    assert answer.status == 422
    assert "dump.bin" in answer.body


@only_sqlite
async def test_earlier_messages_come_when_somebody_scrolls_up(bench: Bench, ana: Visitor) -> None:
    for number in range(60):
        await bench.house.rooms.say(await bench.person("bo"), "general", f"line {number};")

    page = (await ana.get("/channels/general")).page
    more = page.one(_id="more").get("hx-get")
    earlier = (await ana.get(more, htmx=True)).page

    assert "line 59;" in page.text
    assert "line 3;" not in page.text
    assert "line 3;" in earlier.text


@only_sqlite
async def test_a_link_to_an_old_message_shows_it(bench: Bench, ana: Visitor) -> None:
    first = await bench.say("bo", "general", "the very first")
    assert first.message is not None
    for number in range(60):
        await bench.house.rooms.say(await bench.person("bo"), "general", f"line {number};")

    page = (await ana.get("/channels/general", message=str(first.message.id))).page

    assert "wanted" in page.one(_id=f"m-{first.message.id}").get("class")
    assert "line 59;" in page.text


@only_sqlite
async def test_completion_offers_commands_and_people(bench: Bench, ana: Visitor) -> None:
    await bench.person("carla")

    commands = json.loads((await ana.get("/channels/general/complete", text="/inc")).body)
    people = json.loads((await ana.get("/channels/general/complete", text="ask @car")).body)

    assert commands[0]["text"].startswith("/incident")
    assert "@carla" in people[0]["text"]


@only_sqlite
async def test_channels_are_made_and_joined(bench: Bench, ana: Visitor) -> None:
    made = await ana.post("/channels", {"name": "payments", "kind": "public", "people": ""})
    taken = await ana.post("/channels", {"name": "payments", "kind": "public"})
    async with visiting(bench, "bo") as bo:
        looked = await bo.get("/channels/payments")
        joined = await bo.post("/channels/payments/join", htmx=False)
        after = await bo.get("/channels/payments")

    assert made.headers["HX-Redirect"] == "/channels/payments"
    assert taken.status == 422
    assert "Join channel" in looked.body
    assert joined.headers["Location"] == "/channels/payments"
    assert "Join channel" not in after.body


@only_sqlite
async def test_a_private_channel_is_not_there_for_others(bench: Bench, ana: Visitor) -> None:
    await ana.post("/channels", {"name": "quiet", "kind": "private"})
    async with visiting(bench, "bo") as bo:
        assert (await bo.get("/channels/quiet")).status == 404
        assert (await bo.say("quiet", "let me in")).status == 404
        assert "quiet" not in (await bo.get("/browse-channels")).page.text


@only_sqlite
async def test_what_was_read_is_no_longer_counted(bench: Bench, ana: Visitor) -> None:
    await ana.get("/sidebar")
    said = await bench.say("bo", "general", "news")
    assert said.message is not None

    def count(page: Page) -> str:
        link = next(one for one in page.all("a") if one.text.strip().startswith("general"))
        return link.text.strip().removeprefix("general").strip()

    before = count((await ana.get("/sidebar", htmx=True)).page)
    await ana.post("/channels/general/seen", {"message": str(said.message.id)})
    after = count((await ana.get("/sidebar", htmx=True)).page)

    assert (before != "0", after) == (True, "0")


async def test_a_channel_is_read_up_to_its_newest_message_in_a_thread_too(
    bench: Bench, ana: Visitor
) -> None:
    root = (await bench.say("bo", "general", "Is it the pool?")).message
    assert root is not None
    bo = await bench.person("bo")
    first = (await bench.house.rooms.say(bo, "general", "It is.", thread=root.id)).message
    assert first is not None
    shown = (await ana.get("/channels/general")).page.one(_id="live").get("data-newest")
    async with listening(ana, "general") as stream:
        reply = (await bench.house.rooms.say(bo, "general", "Fixed.", thread=root.id)).message
        assert reply is not None
        noticed = json.loads(await stream.next("notice"))
    await ana.post("/channels/general/seen", {"message": str(noticed["message"])})

    assert shown == str(first.id)
    assert (noticed["message"], noticed["here"]) == (reply.id, True)
    assert (await bench.house.rooms.channel(await bench.person("ana"), "general")).unread == 0


@only_sqlite
async def test_htmx_asks_for_history_get_whole_pages(ana: Visitor) -> None:
    headers = {**HTMX, "HX-History-Restore-Request": "true"}
    async with ana.session.get("/incidents", headers=headers) as answer:
        assert "<!doctype html>" in await answer.text()


@only_sqlite
async def test_nobody_holds_more_streams_than_they_can_look_at(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.live.MOST", 1)
    async with listening(ana, "general"), ana.session.get("/live") as second:
        assert second.status == 429
