"""What people send to the local chat platform."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.paging import Part
from api.shapes import WHOLE, In, Line, Query, RowId, Word
from chat.errors import BadInput
from chat.message import Attachment
from chat.rooms import ChannelKind


class TeamQuery(Query):
    """In which team's chat."""

    team: Line | None = Field(default=None, description="Name or id; yours when not given.")


class ListQuery(Part):
    """Which part of a list, in which team's chat."""

    team: Line | None = Field(default=None, description="Name or id; yours when not given.")


class MessagesQuery(TeamQuery):
    """Which messages."""

    before: RowId | None = Field(default=None, description="Older than this id.")
    after: RowId | None = Field(default=None, description="Newer than this id.")
    thread: RowId | None = Field(default=None, description="Of the thread that begins with it.")
    limit: Annotated[int, Field(ge=1, le=200), WHOLE] = Field(default=50, description="How many.")


class EventsQuery(TeamQuery):
    """From where on."""

    after: Annotated[int, Field(ge=0, le=2**53 - 1), WHOLE] | None = Field(
        default=None, description="Id of the last event you saw; `Last-Event-ID` goes before it."
    )


class CompletionQuery(ListQuery):
    """What stands in the composer."""

    channel: Word
    text: Annotated[str, Field(max_length=500)]


_LONGEST = 16_383
_Text: TypeAlias = Annotated[str, Field(max_length=_LONGEST)]


def _answer(value: object) -> object:
    """Refuse what is no answer with one finding: pydantic has one for each member of a union."""
    if not isinstance(value, str | bool):
        raise PydanticCustomError("not_accepted", "Give text, or true or false.")
    if isinstance(value, str) and len(value) > _LONGEST:
        accepted = {"most": _LONGEST}
        raise PydanticCustomError("not_accepted", "Give at most {most} characters.", accepted)
    return value


class NewFile(In):
    """A file to attach."""

    name: Word
    content_type: Annotated[str, Field(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=100)] = (
        "application/octet-stream"
    )
    content: str = Field(description="In base64.", json_schema_extra={"format": "byte"})

    def attachment(self) -> Attachment:
        """The file itself.

        Raises:
            BadInput: The content is not base64.
        """
        try:
            content = base64.b64decode(self.content, validate=True)
        except binascii.Error:
            raise BadInput(
                f"The content of “{self.name}” is not base64. Encode it and send it again.",
                details={"files": "content in base64"},
            ) from None
        return Attachment(self.name, self.content_type, content)


class Say(In):
    """A message, or a command when it begins with `/`."""

    channel: Word = Field(description="Name or id.")
    text: _Text
    thread: RowId | None = Field(default=None, description="The message whose thread it is for.")
    files: tuple[NewFile, ...] = Field(default=(), max_length=10)


class Press(In):
    """A button pressed or an option chosen."""

    message: RowId
    action: Word
    value: _Text | None = Field(
        default=None,
        description="The button's value, or what is chosen; null where only one fits.",
    )


class ChooseFromMenu(In):
    """An entry chosen from a message's menu."""

    message: RowId
    action: Word


class NewChannel(In):
    """A channel to make."""

    name: Annotated[str, Field(max_length=64)] = Field(
        default="", description="Lower-case letters, digits, `-`, `_`; a direct one needs none."
    )
    kind: ChannelKind = ChannelKind.PUBLIC
    people: tuple[Word, ...] = Field(default=(), max_length=100, description="Names.")


class AddMembers(In):
    """Who is brought into a channel."""

    people: tuple[Word, ...] = Field(min_length=1, max_length=100, description="Names.")


class Seen(In):
    """How far you have read."""

    message: RowId


class Answers(In):
    """Answers to a form: the name of each field to its value.

    A switch is true or false, a person a name or an id, a date ISO 8601.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[_Text | bool, BeforeValidator(_answer)]]  # pyright: ignore[reportIncompatibleVariableOverride] - narrower on purpose

    def values(self) -> dict[str, str]:
        """As the form's receiver takes them: text."""
        given = self.__pydantic_extra__
        return {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in given.items()
        }
