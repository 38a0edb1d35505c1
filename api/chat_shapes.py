"""What the local chat platform looks like in JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from api.paging import PageOut
from api.shapes import Out
from chat.card import Actions, Card, Checklist, Control, Option, Select
from chat.person import Person
from chat.rooms import (
    ChannelKind,
    LocalChannel,
    LocalFile,
    LocalForm,
    LocalMessage,
    Suggestion,
)


class PersonOut(Out):
    """Somebody in the chat."""

    id: str
    name: str
    display: str
    is_bot: bool

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        """Somebody."""
        return cls(
            id=person.id,
            name=person.name,
            display=person.display or person.name,
            is_bot=person.is_bot,
        )


class PersonPage(PageOut[PersonOut]):
    """The members of a channel, by name."""


class ChannelOut(Out):
    """A channel, as the asker sees it."""

    id: str
    team: str
    name: str
    title: str
    kind: ChannelKind
    topic: str
    archived: bool
    member: bool = Field(description="Whether you are in it.")
    unread: int
    mentions: int
    pinned: int | None = Field(description="Id of the newest pinned living message.")

    @classmethod
    def of(cls, channel: LocalChannel) -> ChannelOut:
        """A channel."""
        return cls(
            id=channel.id,
            team=channel.team,
            name=channel.name,
            title=channel.title,
            kind=channel.kind,
            topic=channel.topic,
            archived=channel.archived,
            member=channel.member,
            unread=channel.unread,
            mentions=channel.mentions,
            pinned=channel.pinned,
        )


class ChannelPage(PageOut[ChannelOut]):
    """Your channels and the public ones of the team, by name."""


class OptionOut(Out):
    """A choice of a select."""

    value: str
    label: str


class ActionOut(Out):
    """A button or a select of a message; press it with `POST /api/chat/local/actions/`."""

    control: Literal["button", "select"]
    action: str
    value: str
    label: str
    options: tuple[OptionOut, ...]
    people: bool = Field(description="Whether people are chosen instead of options.")
    confirm: str | None = Field(description="Question to ask before it is pressed.")


class FileOut(Out):
    """A file of a message; read it at `/api/chat/local/files/{id}/`."""

    id: str
    name: str
    content_type: str
    size: int

    @classmethod
    def of(cls, file: LocalFile) -> FileOut:
        """A file."""
        return cls(id=file.id, name=file.name, content_type=file.content_type, size=file.size)


class MessageOut(Out):
    """A message.

    Attributes:
        id: Grows with time, across all channels.
        text: What was typed, or the card in plain text.
    """

    id: int
    channel: str = Field(description="Name of the channel.")
    channel_id: str
    author: PersonOut
    text: str
    card: Card | None = Field(description="Its structure, when the bot wrote it.")
    actions: tuple[ActionOut, ...] = Field(description="Buttons and selects of the card.")
    ephemeral: bool = Field(description="Whether only you see it.")
    system: bool
    posted_at: datetime
    edited_at: datetime | None
    thread: int | None
    replies: int = Field(description="How many messages its thread has, itself left out.")
    pinned: bool
    mentions: tuple[PersonOut, ...]
    files: tuple[FileOut, ...]

    @classmethod
    def of(cls, message: LocalMessage, channel: str) -> MessageOut:
        """A message in the channel with that name."""
        return cls(
            id=message.id,
            channel=channel,
            channel_id=message.channel,
            author=PersonOut.of(message.author),
            text=message.text,
            card=message.card,
            actions=tuple(_actions(message.card)) if message.card else (),
            ephemeral=message.only_for is not None,
            system=message.system,
            posted_at=message.posted_at,
            edited_at=message.edited_at,
            thread=message.thread,
            replies=message.replies,
            pinned=message.pinned,
            mentions=tuple(PersonOut.of(each) for each in message.mentions),
            files=tuple(FileOut.of(each) for each in message.files),
        )


def _actions(card: Card) -> Iterable[ActionOut]:
    """Every control of a card, in the order of reading."""
    for section in card.sections:
        if isinstance(section, Actions):
            yield from map(_action, section.controls)
        if isinstance(section, Checklist):
            for item in section.items:
                yield from map(_action, item.controls)


def _action(control: Control) -> ActionOut:
    options = control.options if isinstance(control, Select) else ()
    return ActionOut(
        control=control.control,
        action=control.action,
        value=control.value,
        label=control.label,
        options=_options(options),
        people=isinstance(control, Select) and control.people,
        confirm=None if isinstance(control, Select) else control.confirm,
    )


def _options(options: Iterable[Option]) -> tuple[OptionOut, ...]:
    return tuple(OptionOut(value=each.value, label=each.label) for each in options)


class MessagePage(Out):
    """Messages, oldest first.

    Attributes:
        count: How many are in this answer.
        next: Where newer ones are; null when there are none yet.
        previous: Where older ones are; null when these are the first.
    """

    count: int
    next: str | None
    previous: str | None
    results: tuple[MessageOut, ...]


class FormFieldOut(Out):
    """A question of a form."""

    name: str
    label: str
    kind: str
    options: tuple[OptionOut, ...]
    required: bool
    value: str
    hint: str
    max_length: int


class FormOut(Out):
    """A form waiting for you; answer it with `POST /api/chat/local/forms/{id}/`."""

    id: str
    channel: str
    action: str
    title: str
    intro: str
    submit: str
    fields: tuple[FormFieldOut, ...]
    errors: dict[str, str]

    @classmethod
    def of(cls, waiting: LocalForm, channel: str) -> FormOut:
        """A form that was opened in the channel with that name."""
        form = waiting.form
        return cls(
            id=waiting.id,
            channel=channel,
            action=form.action,
            title=form.title,
            intro=form.intro,
            submit=form.submit,
            fields=tuple(
                FormFieldOut(
                    name=each.name,
                    label=each.label,
                    kind=each.kind,
                    options=_options(each.options),
                    required=each.required,
                    value=each.value,
                    hint=each.hint,
                    max_length=each.max_length,
                )
                for each in form.fields
            ),
            errors=dict(waiting.errors),
        )


class AnsweredOut(Out):
    """What came of something you did, as far as it came in time."""

    message: MessageOut | None = Field(description="What you posted; null for a command.")
    replies: tuple[MessageOut, ...] = Field(description="Private and public answers, in order.")
    form: FormOut | None = Field(description="A form to fill in next.")
    errors: dict[str, str]
    pending: bool = Field(description="Whether more will follow in the channel.")
    code: str = Field(
        description="Upper-case word of the error that the replies tell of; empty if all is well."
    )


class SuggestionOut(Out):
    """A completion of a line."""

    text: str = Field(description="The whole line once accepted.")
    hint: str

    @classmethod
    def of(cls, suggestion: Suggestion) -> SuggestionOut:
        """A completion."""
        return cls(text=suggestion.text, hint=suggestion.hint)


class SuggestionPage(PageOut[SuggestionOut]):
    """Completions, the likeliest first."""
