"""What Slack sends, in the words of the house."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import forms, inbound, reading
from adapters.slack.inbound import Ticket
from chat.address import Address
from chat.form import Form, FormField
from chat.inbound import Click, Command, FormSubmission, Membership, MessageMenu, Said
from chat.person import Person
from tests.adapters.slack.world import Json

KEY = b"k" * 32
COMMAND: Json = {
    "token": "gIkuvaNzQIHg97ATvDxqgjtO",
    "team_id": "T0001",
    "team_domain": "example",
    "enterprise_id": "E0001",
    "channel_id": "C2147483705",
    "channel_name": "test",
    "user_id": "U2147483697",
    "user_name": "steve",
    "command": "/incident",
    "text": "invite <@U012ABCDEF|ana> in <#C012ABCDEF|ops> &amp; <https://x.example|x.example>",
    "response_url": "https://hooks.slack.com/commands/1234/5678",
    "trigger_id": "13345224609.738474920.8088930838d88f008e0",
    "api_app_id": "A123456",
}
USER: Json = {"id": "U0ANA", "username": "ana", "name": "ana", "team_id": "T0001"}
PRESS: Json = {
    "type": "block_actions",
    "user": USER,
    "team": {"id": "T0001", "domain": "example"},
    "container": {
        "type": "message",
        "message_ts": "1548261231.000200",
        "channel_id": "C0OPS",
        "is_ephemeral": False,
    },
    "trigger_id": "12321423423.333649436676",
    "channel": {"id": "C0OPS", "name": "ops"},
    "message": {"ts": "1548261231.000200", "thread_ts": "1548261200.000100"},
    "response_url": "https://hooks.slack.com/actions/1/2",
    "actions": [
        {
            "action_id": "0|step.check|0198",
            "block_id": "x",
            "type": "button",
            "action_ts": "1548426417.840180",
        }
    ],
}
MESSAGE: Json = {
    "type": "event_callback",
    "team_id": "T0001",
    "event_id": "Ev08MFMKH6",
    "event": {
        "type": "message",
        "channel": "C0OPS",
        "user": "U0ANA",
        "text": "the <!here> db is &lt;down&gt; <@U0BO>",
        "ts": "1355517523.000005",
        "team": "T0001",
    },
    "authorizations": [{"team_id": "T0001", "user_id": "U0BOT", "is_bot": True}],
}
ANA = Person("slack", "T0001", "U0ANA", "ana")


def test_a_command_is_read_as_it_was_typed() -> None:
    event = inbound.command(COMMAND)

    assert event.payload == Command(
        "/incident invite @ana in #ops & x.example",
        (Person("slack", "T0001", "U012ABCDEF", "ana"),),
    )
    assert event.person == Person("slack", "T0001", "U2147483697", "steve")
    assert event.address == Address("slack", "T0001", "C2147483705")
    assert Ticket.unpacked(event.ticket) == Ticket(COMMAND["trigger_id"], COMMAND["response_url"])


def test_a_press_is_the_same_in_each_delivery_and_another_each_time_it_is_made() -> None:
    first, again = inbound.click(PRESS), inbound.click({**PRESS, "trigger_id": "another"})
    later = dict(PRESS["actions"][0], action_ts="1548426418.000000")
    second = inbound.click({**PRESS, "actions": [later]})

    assert first is not None
    assert again is not None
    assert second is not None
    assert first.dedupe_key == again.dedupe_key != second.dedupe_key
    message = Address("slack", "T0001", "C0OPS", "1548261200.000100", "1548261231.000200")
    assert first.payload == Click("step.check", "0198", message)
    assert (first.person, first.address) == (
        ANA,
        Address("slack", "T0001", "C0OPS", "1548261200.000100"),
    )


@pytest.mark.parametrize(
    ("pressed", "choice"),
    [
        ({"type": "static_select", "selected_option": {"value": "s1"}}, "s1"),
        ({"type": "users_select", "selected_user": "U0BO"}, "U0BO"),
        ({"type": "static_select", "selected_option": None}, ""),
    ],
)
def test_what_was_chosen_comes_along(pressed: Json, choice: str) -> None:
    action = {**PRESS["actions"][0], "action_id": "3|stage.view|INC-1", **pressed}
    event = inbound.click({**PRESS, "actions": [action]})

    assert event is not None
    assert isinstance(event.payload, Click)
    assert (event.payload.action, event.payload.value, event.payload.choice) == (
        "stage.view",
        "INC-1",
        choice,
    )


@pytest.mark.parametrize("identifier", ["", "x", "approve", "1|", "x|step.check|1", "1||2"])
def test_a_control_of_somebody_else_is_none_of_ours(identifier: str) -> None:
    action = {**PRESS["actions"][0], "action_id": identifier}

    assert inbound.click({**PRESS, "actions": [action]}) is None


def test_a_form_comes_back_with_what_it_carried() -> None:
    where = Address("slack", "T0001", "C0OPS")
    form = Form("incident.start", "Start", (FormField("name", "Name"),), context='{"a":\n"b"}')
    state: Json = {
        "name": {"answer": {"type": "plain_text_input", "value": "db"}},
        "severity": {"answer": {"type": "static_select", "selected_option": {"value": "HIGH"}}},
        "who": {"answer": {"type": "users_select", "selected_user": "U0BO"}},
        "on": {"answer": {"type": "checkboxes", "selected_options": [{"value": "true"}]}},
        "off": {"answer": {"type": "checkboxes", "selected_options": []}},
        "day": {"answer": {"type": "datepicker", "selected_date": "2026-05-31"}},
        "open": {"answer": {"type": "plain_text_input", "value": None}},
    }
    view: Json = {
        "id": "V1",
        "hash": "1.x",
        "private_metadata": forms.sealed(KEY, "U0ANA", form, where),
        "state": {"values": state},
    }
    body: Json = {"team": {"id": "T0001"}, "user": USER, "trigger_id": "1.2", "view": view}
    event = inbound.submission(body, KEY)

    assert event is not None
    assert event.address == where
    values = {
        "name": "db",
        "severity": "HIGH",
        "who": "U0BO",
        "on": "true",
        "off": "false",
        "day": "2026-05-31",
        "open": "",
    }
    assert event.payload == FormSubmission("incident.start", '{"a":\n"b"}', values)
    forged = {**view, "private_metadata": view["private_metadata"].replace("start", "stop")}
    assert inbound.submission({**body, "view": forged}, KEY) is None
    other = {**USER, "id": "U0BO"}
    assert inbound.submission({**body, "user": other}, KEY) is None
    again = inbound.submission({**body, "trigger_id": "3.4"}, KEY)
    assert again is not None
    assert again.dedupe_key != event.dedupe_key


def test_a_messages_menu_brings_the_message() -> None:
    body: Json = {
        "type": "message_action",
        "callback_id": "incident.start",
        "team": {"id": "T0001"},
        "user": USER,
        "channel": {"id": "C0OPS"},
        "message": {"type": "message", "user": "U0BO", "ts": "1.000001", "text": "a &gt; b"},
        "trigger_id": "1.2",
        "response_url": "https://x",
    }
    event = inbound.menu(body)

    place = Address("slack", "T0001", "C0OPS", message="1.000001")
    author = Person("slack", "T0001", "U0BO", "U0BO")
    assert event.payload == MessageMenu("incident.start", place, "a > b", author)


def test_an_ordinary_message_is_heard_in_plain_words() -> None:
    event = inbound.said(MESSAGE)

    assert event is not None
    assert isinstance(event.payload, Said)
    assert event.payload.text == "the @here db is <down> @U0BO"
    assert event.payload.posted_at == datetime(2012, 12, 14, 20, 38, 43, 5, tzinfo=UTC)
    assert event.dedupe_key == "slack:said:T0001:C0OPS:1355517523.000005"


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"hidden": True},
        {"user": None},
    ],
)
def test_what_no_person_said_is_not_heard(change: Json) -> None:
    assert inbound.said({**MESSAGE, "event": {**MESSAGE["event"], **change}}) is None


def test_a_guest_of_another_workspace_keeps_their_own() -> None:
    guest = {**MESSAGE["event"], "user_team": "T0OTHER"}
    event = inbound.said({**MESSAGE, "event": guest})

    assert event is not None
    assert (event.person.workspace, event.address.workspace) == ("T0OTHER", "T0001")
    known = reading.person_of(
        {
            "id": "U1",
            "team_id": "T0OTHER",
            "name": "eve",
            "profile": {"email": "boss@ours.example"},
        },
        "T0001",
    )
    assert known.email is None


def test_people_come_and_go_and_the_bot_does_not() -> None:
    joined = {"type": "member_joined_channel", "user": "U0ANA", "channel": "C0OPS"}
    event = inbound.membership({**MESSAGE, "event": joined})

    assert event is not None
    assert event.payload == Membership(joined=True)
    assert inbound.membership({**MESSAGE, "event": {**joined, "user": "U0BOT"}}) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("https://x.slack.com/archives/C0OPS/p1355517523000005", ("C0OPS", None)),
        (
            "<https://x.slack.com/archives/C0OPS/p1355517523000005?thread_ts=1355517500.000001&cid=C0OPS>",
            ("C0OPS", "1355517500.000001"),
        ),
        ("https://x.slack.com/archives/C0OPS", None),
        ("https://x.slack.com/files/C0OPS/p1355517523000005", None),
        ("1355517523.000005", None),
    ],
)
def test_a_permalink_names_its_message(typed: str, found: tuple[str, str | None] | None) -> None:
    named = reading.linked(typed)

    assert (None if named is None else (named[0], named[2])) == found
    assert named is None or named[1] == "1355517523.000005"


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text: str) -> None:
    reading.readable(text)
    reading.linked(text)
    Ticket.unpacked(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_what_slack_escapes_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert reading.readable(escaped) == text
