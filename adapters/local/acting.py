"""What a person does besides posting; plain functions of an open act.

Those that end in an event return it without its dedupe key, which is the caller's to give.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from adapters.local import channels, looking
from adapters.local import inbound as inward
from adapters.local.answers import answers
from adapters.local.inbound import MENU, address
from adapters.local.people import everybody, find, finder
from adapters.local.ports import LocalStores
from adapters.local.posting import root
from adapters.local.saying import Utterance, enter, memberships
from chat.errors import BadInput, Refused
from chat.fit import controls
from chat.inbound import Click, Command, FormSubmission, Inbound, MessageMenu
from chat.person import Person
from chat.rooms import ChannelKind, LocalChannel, LocalForm, LocalMessage


def create(
    stores: LocalStores,
    who: Person,
    name: str,
    kind: ChannelKind,
    people: tuple[str, ...],
    at: datetime,
) -> tuple[LocalChannel, tuple[Inbound, ...]]:
    """Make a channel; it, and the events that the bot is to hear of.

    Raises:
        BadInput: The name is taken, or somebody is unknown.
    """
    stores.local.alone()
    wanted = _known(stores, who.workspace, people)
    if kind is ChannelKind.DIRECT:
        made = channels.direct(stores, who.workspace, (who, *wanted), at)
        return looking.channel(stores, who, made.id), ()
    if stores.local.channels.named(who.workspace, name):
        raise BadInput(
            f"There is a channel called #{name} already. Choose another name, or join it.",
            details={"name": "is taken"},
        )
    made = channels.make(stores, who.workspace, name, kind, at)
    heard = enter(stores, made, who, at) + _bring(stores, made, who, wanted, at)
    return looking.channel(stores, who, made.id), heard


def add(
    stores: LocalStores, who: Person, ref: str, people: tuple[str, ...], at: datetime
) -> tuple[LocalChannel, tuple[Inbound, ...]]:
    """Have `who`, and `people` after them, in a channel; the events for the bot.

    Raises:
        BadInput: Somebody is unknown, or it is a direct channel.
    """
    stores.local.alone()
    found = channels.visible(stores, who, ref)
    wanted = _known(stores, who.workspace, people)
    if wanted and found.kind is ChannelKind.DIRECT:
        raise BadInput(
            "A direct channel stays between those it began with. Begin another with all of you.",
            details={"channel": "not a direct one"},
        )
    heard = () if found.member else enter(stores, found, who, at)
    heard += _bring(stores, found, who, wanted, at)
    return looking.channel(stores, who, found.id), heard


def leave(stores: LocalStores, who: Person, ref: str, at: datetime) -> tuple[Inbound, ...]:
    """Leave a channel; the events for the bot.

    Raises:
        Refused: It is the channel that everybody is in.
        BadInput: It is a direct channel.
    """
    stores.local.alone()
    found = channels.visible(stores, who, ref)
    if found.name == channels.GENERAL:
        raise Refused(
            f"Everybody in the team is in #{channels.GENERAL}; nobody leaves it.",
            code="EVERYBODY_IS_IN",
        )
    if found.kind is ChannelKind.DIRECT:
        raise BadInput(
            "A direct channel stays between those it began with; nobody leaves it.",
            details={"channel": "not a direct one"},
        )
    note = channels.let_go(stores, found, who, at)
    return memberships(found, (who,), note, joined=False) if note else ()


def command(stores: LocalStores, said: Utterance) -> Inbound:
    """The event for a typed command, with the files that come with it."""
    found = channels.visible(stores, said.who, said.channel)
    thread = root(stores, found, None if said.thread is None else str(said.thread))
    people = everybody(stores, found.team) if "@" in said.text else ()
    words = Command(said.text, inward.mentioned(said.text, people), said.files)
    return Inbound("", said.who, address(found, thread=thread), words)


def click(
    stores: LocalStores, who: Person, message_id: int, action: str, value: str | None
) -> Inbound:
    """The event for a press of a control.

    A button that an earlier version of the message had still counts: the page showed it
    a moment ago, and whether it means anything now is not for us to say.

    Raises:
        BadInput: The message never had that control.
    """
    message, channel = looking.message(stores, who, message_id)
    place = address(channel, thread=message.thread, message=message.id)
    pressed = inward.click(message, place, action, value, person=finder(stores, channel.team))
    if pressed is None and stores.local.messages.had_button(message.id, action, value or ""):
        pressed = Click(action, value or "", place)
    if pressed is None:
        raise _not_there(message)
    return Inbound("", who, address(channel, thread=message.thread), pressed)


def _not_there(message: LocalMessage) -> BadInput:
    """What is said of a control that the message never had, in the words people see on it."""
    shown = tuple(controls(message.card)) if message.card else ()
    labels = ", ".join(dict.fromkeys(each.label for each in shown))
    actions = ", ".join(sorted({each.action for each in shown}))
    return BadInput(
        f"That is not to be pressed in this message. It has now: {labels or 'nothing to press'}.",
        details={"action": f"one of {actions}" if actions else "nothing to press"},
    )


def menu(stores: LocalStores, who: Person, message_id: int, action: str) -> Inbound:
    """The event for an entry of a message's menu.

    Raises:
        BadInput: There is no such entry.
    """
    message, channel = looking.message(stores, who, message_id)
    if action not in MENU:
        raise BadInput(
            f"A message's menu has no “{action[:60]}”. It has: {', '.join(MENU)}.",
            details={"action": f"one of {', '.join(MENU)}"},
        )
    place = address(channel, thread=message.thread, message=message.id)
    chosen = MessageMenu(action, place, message.text, message.author)
    return Inbound("", who, address(channel, thread=message.thread), chosen)


def fill(
    stores: LocalStores, who: Person, form_id: str, given: dict[str, str], at: datetime
) -> Inbound | LocalForm:
    """The event for a form filled in, or the form with what is wrong.

    The event's dedupe key is the form's attempt: sent twice, it counts once.

    Raises:
        Refused: The form is closed.
    """
    stores.local.alone()
    form = looking.form(stores, who, form_id)
    channel = stores.local.channels.get(form.channel)
    if not form.open or channel is None:
        raise Refused(
            "This form was sent or closed already. Ask for it again to fill in another.",
            code="FORM_CLOSED",
        )
    values, errors = answers(form.form.fields, given, person=finder(stores, who.workspace))
    if errors:
        refused = replace(form, errors=errors)
        _save(stores, refused, at)
        return refused
    sent = FormSubmission(form.form.action, form.form.context, values)
    return Inbound(f"local:form:{form.id}:{form.attempt}", who, address(channel), sent)


def settle(
    stores: LocalStores, form_id: str, sent: Inbound, errors: dict[str, str], at: datetime
) -> None:
    """Close a form whose answers were accepted; keep it open with `errors` otherwise."""
    stores.local.alone()
    form = stores.local.forms.get(form_id)
    if form is None or not form.open or not sent.dedupe_key.endswith(f":{form.attempt}"):
        return
    if errors:
        _save(stores, replace(form, errors=errors, attempt=form.attempt + 1), at)
    else:
        _save(stores, replace(form, errors={}, open=False), at)


def dismiss(stores: LocalStores, who: Person, form_id: str, at: datetime) -> None:
    """Close a form unanswered; a closed one stays closed."""
    stores.local.alone()
    form = looking.form(stores, who, form_id)
    if form.open:
        _save(stores, replace(form, open=False), at)


def _save(stores: LocalStores, form: LocalForm, at: datetime) -> None:
    stores.local.forms.save(form)
    stores.local.events.append("form", form.channel, at, form=form.id, only_for=form.person.id)


def _known(stores: LocalStores, team: str, people: tuple[str, ...]) -> tuple[Person, ...]:
    """The people called so.

    Raises:
        BadInput: Somebody is unknown.
    """
    found = {name: find(stores, team, name) for name in people}
    unknown = [name for name, person in found.items() if person is None]
    if unknown:
        raise BadInput(
            f"There is nobody called “{unknown[0][:60]}” in the team “{team}”.",
            details={"people": "names of people in the team"},
        )
    return tuple(person for person in found.values() if person is not None)


def _bring(
    stores: LocalStores,
    channel: LocalChannel,
    who: Person,
    people: tuple[Person, ...],
    at: datetime,
) -> tuple[Inbound, ...]:
    others = [person for person in people if person.id != who.id]
    if others and channel.archived:
        raise Refused(
            f"#{channel.name} is archived, so nobody can be added to it.", code="CHANNEL_ARCHIVED"
        )
    fresh, note = channels.bring_in(stores, channel, others, at, by=who)
    return memberships(channel, fresh, note, joined=True)
