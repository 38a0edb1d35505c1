"""Reading a request: path, query, body and `If-Match`, each refused with a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args, get_origin

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api.envelope import Unreadable
from api.shapes import In, Query, Raw
from chat.errors import BadInput

Q = TypeVar("Q", bound=Query)
B = TypeVar("B", bound=In)

MEBIBYTE = 1024 * 1024

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_TAG = re.compile(r'(?:W/)?"v([1-9][0-9]{0,9})"')
_MOST_TAGS = 8
_KEY = re.compile(r"[!-~]{1,128}")
_SHOWN = 60


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _no_nul(name: str, value: str) -> None:
    """Refuse the one character that no database keeps in a text.

    Raises:
        BadInput: It is in there.
    """
    if "\x00" in value:
        raise BadInput(
            f"`{name}` holds a NUL character, which no text may. Leave it out.",
            details={name: "holds a NUL character"},
        )


def words_of(request: web.Request) -> Mapping[str, str]:
    """The words in the places of the path.

    Raises:
        BadInput: One of them holds a NUL character.
    """
    words = request.match_info
    for name, word in words.items():
        _no_nul(name, word)
    return words


def query_of(model: type[Q], request: web.Request) -> Q:
    """The query parameters as `model`; a list is a parameter given several times.

    Raises:
        BadInput: One is unknown, given twice, or does not read as its type.
    """
    given: dict[str, Any] = {}
    for name in request.query:
        if name in given:
            continue
        values = request.query.getall(name)
        for value in values:
            _no_nul(name, value)
        info = model.model_fields.get(name)
        if info is not None and get_origin(info.annotation) is tuple:
            given[name] = values
        elif len(values) > 1:
            raise BadInput(
                f"The parameter `{name}` is given {len(values)} times. Give it once.",
                details={name: "given more than once"},
            )
        else:
            given[name] = values[0]
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        raise _explain(wrong, model, "parameter") from None


async def body_of(model: type[B], request: web.Request, limit: int) -> B:
    """The body as `model`; an empty one is `{}`.

    Raises:
        BadInput: It is not JSON, or a field is unknown, missing or of another type.
        Unreadable: It is too large, or of another media type.
    """
    raw = await _read(request, limit)
    if issubclass(model, Raw):
        return model(content=raw)
    if raw and request.content_type != "application/json":
        raise Unreadable(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "The body is to be JSON: send it with `Content-Type: application/json`.",
        )
    if _NUL.search(raw):
        raise BadInput("A text in the body holds a NUL character. Leave it out.")
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as wrong:
        raise _explain(wrong, model, "field") from None


async def _read(request: web.Request, limit: int) -> bytes:
    """The whole body, unpacked.

    Raises:
        Unreadable: It is larger than `limit` bytes.
    """
    too_large = Unreadable(
        413, "BODY_TOO_LARGE", f"The body is too large. At most {limit // 1024} KiB are taken here."
    )
    if (request.content_length or 0) > limit:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.content.iter_any():
            size += len(part)
            if size > limit:
                raise too_large
            parts.append(part)
    except web.RequestPayloadError:
        raise BadInput("The body is not encoded as its headers say. Send it plain.") from None
    return b"".join(parts)


def versions_of(request: web.Request) -> tuple[int, ...]:
    """The versions that `If-Match` accepts, newest first; none without the header or with `*`.

    A proxy that compresses makes an entity tag weak; such a one is taken as well.
    Source: RFC 9110, section 13.1.1.

    Raises:
        BadInput: The header holds something else, or too many tags.
    """
    header = ", ".join(request.headers.getall("If-Match", ["*"])).strip()
    if header == "*":
        return ()
    tags = [_TAG.fullmatch(part.strip()) for part in header.split(",") if part.strip()]
    found = {int(tag[1]) for tag in tags if tag is not None}
    if None in tags or not 0 < len(found) <= _MOST_TAGS:
        raise BadInput(
            f"The header `If-Match` is {_short(header)}. "
            f'Give the `ETag` you were sent, such as "v3", up to {_MOST_TAGS} of them, or *.',
            details={"If-Match": f'entity tags such as "v3", at most {_MOST_TAGS}, or *'},
        )
    return tuple(sorted(found, reverse=True))


def key_of(request: web.Request) -> str | None:
    """The client's own key for this request; None without the header.

    Raises:
        BadInput: It is empty, too long, or holds more than printable ASCII.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadInput(
            "The header `Idempotency-Key` is 1 to 128 printable ASCII characters.",
            details={"Idempotency-Key": "1 to 128 printable ASCII characters"},
        )
    return key


def _explain(wrong: ValidationError, model: type[BaseModel], noun: str) -> BadInput:
    """Pydantic's findings in our words: which one, what was given, what is accepted."""
    details: dict[str, str] = {}
    sentences: list[str] = []
    for error in wrong.errors(include_url=False):
        if error["type"] == "json_invalid":
            reason = str(error.get("ctx", {}).get("error", "malformed"))
            return BadInput(
                f"The body is not JSON: {reason}.", code="MALFORMED_JSON", details={"body": reason}
            )
        place = _place(error["loc"]) or f"{noun}s"
        problem, sentence = _problem(error, model, place, noun)
        if place not in details:
            details[place] = problem
            sentences.append(sentence)
    more = f" ({len(sentences) - 1} more in `details`.)" if len(sentences) > 1 else ""
    return BadInput(f"{sentences[0]}{more}", details=details)


def _problem(error: ErrorDetails, model: type[BaseModel], place: str, noun: str) -> tuple[str, str]:
    """What is wrong at one place, for `details` and as a sentence."""
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, error["loc"][:-1])
        accepted = f"accepted: {', '.join(known)}" if known else "none is accepted"
        return f"unknown {noun}; {accepted}", f"There is no {noun} `{place}` here; {accepted}."
    if error["type"] == "missing":
        return "required", f"The {noun} `{place}` is required."
    said = error["msg"][:1].lower() + error["msg"][1:].removesuffix(".")
    if not error["loc"]:
        return said, f"{error['msg'].removesuffix('.')}."
    given = error.get("input")
    shown = f" is “{_short(given)}”" if isinstance(given, str | int | float | bool) else ""
    return said, f"The {noun} `{place}`{shown}: {said}."


def _place(loc: tuple[int | str, ...]) -> str:
    """`stages[1].steps[0].title`."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _fields_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Names of the fields accepted at a place inside `model`; none when that is not known."""
    for part in loc:
        if isinstance(part, int):
            continue
        info = model.model_fields.get(part)
        inner = _model_in(info.annotation) if info is not None else None
        if inner is None:
            return ()
        model = inner
    return tuple(sorted(model.model_fields))


def _model_in(annotation: object) -> type[BaseModel] | None:
    """The model in an annotation such as `tuple[Stage, ...] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(part) for part in cast("tuple[object, ...]", get_args(annotation)))
    return next((model for model in found if model is not None), None)
