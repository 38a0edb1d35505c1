"""What a group of commands is made of: declared methods, and the asking they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from chat.address import Address
from chat.inbound import Click, FormSubmission, MessageMenu
from chat.message import Attachment
from chat.person import Person
from chat.reply import Reply
from commands.arguments import Args, usage
from security.actor import Actor
from security.permissions import Permission

G = TypeVar("G")
A = TypeVar("A", bound=Args)
Event: TypeAlias = Click | FormSubmission | MessageMenu
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody asks for something, at some place.

    Attributes:
        actor: Who, with their rights; what they change has this event as its cause.
        person: Who, as the platform knows them.
        address: Where it was asked.
        entry: Id of the journalled event.
        ticket: The inbound event's, for opening forms.
        mentioned: People the platform recognised in the text.
        files: What was attached.
        by_step: Whether this is a step's command running, not somebody's own words.
    """

    actor: Actor
    person: Person
    address: Address
    entry: str
    ticket: str = ""
    mentioned: tuple[Person, ...] = ()
    files: tuple[Attachment, ...] = ()
    by_step: bool = False

    def inside(self, room: Address) -> Ask:
        """The same person asking in another channel, through a step's command."""
        return replace(self, address=room, mentioned=(), files=(), by_step=True)


@dataclass(frozen=True, slots=True)
class Verb:
    """A command as the router runs it.

    Attributes:
        path: Its words without the slash: `("incident", "step", "add")`.
        about: What it does, in a few words, for help.
        needs: The right without which it is neither shown nor run; None for everybody, also
            for those whom Tocsin does not know. The desks ask again, with the object at hand.
        asks: Whether it may answer with a form.
    """

    path: tuple[str, ...]
    about: str
    args: type[Args]
    needs: Permission | None
    run: Callable[[Ask, Args], Awaitable[Reply]]
    asks: bool = False

    def open_to(self, actor: Actor) -> bool:
        """Whether `actor` may run it somewhere in their team."""
        return self.needs is None or actor.may(self.needs, actor.team_id)

    @property
    def name(self) -> str:
        """As typed: `/incident step add`."""
        return "/" + " ".join(self.path)

    @property
    def usage(self) -> str:
        """As typed, with its arguments."""
        return usage(self.name, self.args)


@dataclass(frozen=True, slots=True)
class Answer:
    """What answers a button, a form or a menu entry, as the router runs it.

    Attributes:
        asks: Whether it may answer with a form.
    """

    kind: Literal["click", "form", "menu"]
    action: str
    needs: Permission | None
    run: Callable[[Ask, Any], Awaitable[Reply]]  # pyright: ignore[reportExplicitAny]  # the event of `kind`
    asks: bool = False


class Declared(Generic[G, A]):
    """A method of a group that answers typed words."""

    def __init__(
        self,
        path: str,
        about: str,
        args: type[A],
        needs: Permission | None,
        method: Callable[[G, Ask, A], Awaitable[Reply]],
        *,
        asks: bool,
    ) -> None:
        self._asks = asks
        self._path = tuple(path.split())
        self._about = about
        self._args = args
        self._needs = needs
        self._method = method

    def of(self, group: G) -> Verb:
        """The command as that group answers it."""
        run = cast("Callable[[Ask, Args], Awaitable[Reply]]", partial(self._method, group))
        return Verb(self._path, self._about, self._args, self._needs, run, self._asks)


class DeclaredAnswer(Generic[G, E]):
    """A method of a group that answers a control, a form or a menu entry."""

    def __init__(
        self,
        kind: Literal["click", "form", "menu"],
        action: str,
        needs: Permission | None,
        method: Callable[[G, Ask, E], Awaitable[Reply]],
        *,
        asks: bool,
    ) -> None:
        self._asks = asks
        self._kind: Literal["click", "form", "menu"] = kind
        self._action = action
        self._needs = needs
        self._method = method

    def of(self, group: G) -> Answer:
        """The answer as that group gives it."""
        run = partial(self._method, group)
        return Answer(self._kind, self._action, self._needs, run, self._asks)


def command(
    path: str, about: str, args: type[A], *, needs: Permission | None, asks: bool = False
) -> Callable[[Callable[[G, Ask, A], Awaitable[Reply]]], Declared[G, A]]:
    """Declare that a method answers `/path` followed by what `args` takes.

    One that may answer with a form says that it `asks`.
    """
    return lambda method: Declared(path, about, args, needs, method, asks=asks)


def click(
    action: str, *, needs: Permission | None, asks: bool = False
) -> Callable[[Callable[[G, Ask, Click], Awaitable[Reply]]], DeclaredAnswer[G, Click]]:
    """Declare that a method answers a button or a select, perhaps with a form."""
    return lambda method: DeclaredAnswer("click", action, needs, method, asks=asks)


def form(
    action: str, *, needs: Permission
) -> Callable[
    [Callable[[G, Ask, FormSubmission], Awaitable[Reply]]], DeclaredAnswer[G, FormSubmission]
]:
    """Declare that a method answers a form."""
    return lambda method: DeclaredAnswer("form", action, needs, method, asks=False)


def menu(
    action: str, *, needs: Permission
) -> Callable[[Callable[[G, Ask, MessageMenu], Awaitable[Reply]]], DeclaredAnswer[G, MessageMenu]]:
    """Declare that a method answers an entry of a message's menu, with a form."""
    return lambda method: DeclaredAnswer("menu", action, needs, method, asks=True)


def verbs(group: object) -> Iterator[Verb]:
    """The commands a group declares, in the order of its file."""
    for member in vars(type(group)).values():
        if isinstance(member, Declared):
            yield cast("Declared[object, Args]", member).of(group)


def answers(group: object) -> Iterator[Answer]:
    """The controls, forms and menu entries a group answers."""
    for member in vars(type(group)).values():
        if isinstance(member, DeclaredAnswer):
            yield cast("DeclaredAnswer[object, Event]", member).of(group)
