"""All commands by their words: which one is meant, and which were probably meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from chat.errors import BadInput
from chat.phrase import Phrase
from commands.command import Verb
from commands.nearest import nearest
from commands.words import words
from security.actor import Actor

SYNONYMS = {
    "close": "end",
    "finish": "end",
    "stop": "end",
    "resolve": "end",
    "reopen": "restart",
    "declare": "start",
    "open": "start",
    "create": "start",
    "run-playbook": "start",
    "ls": "list",
    "status": "info",
    "show": "info",
    "details": "info",
    "done": "check",
    "tick": "check",
    "complete": "check",
    "undo": "uncheck",
    "owner": "commander",
    "lead": "commander",
    "sev": "severity",
    "history": "timeline",
    "log": "timeline",
    "csv": "export",
    "name": "rename",
    "describe": "summary",
    "add": "new",
    "copy": "duplicate",
    "clone": "duplicate",
    "rm": "delete",
    "remove": "delete",
    "change": "edit",
}
"""What people from other tools type for it; suggested, never run."""


@dataclass(slots=True)
class _Node:
    verb: Verb | None = None
    children: dict[str, _Node] = field(default_factory=dict[str, "_Node"])


@dataclass(frozen=True, slots=True)
class Match:
    """A command found in a line.

    Attributes:
        start: Where its arguments begin in the line.
    """

    verb: Verb
    start: int


class Phrasebook:
    """Every command there is, as a tree of words."""

    def __init__(
        self, verbs: Iterable[Verb], off: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        """Plant the tree.

        Args:
            verbs: The commands.
            off: Names of commands that are switched off just now: they say so themselves
                when somebody types them, and are offered to nobody.
        """
        self._off = off
        self._root = _Node()
        self._verbs = tuple(verbs)
        for verb in self._verbs:
            node = self._root
            for word in verb.path:
                node = node.children.setdefault(word, _Node())
            if node.verb is not None:
                raise ValueError(f"{verb.name} is declared twice")
            node.verb = verb

    def find(self, actor: Actor, line: str) -> Match:
        """The command in `line`, the longest one that fits; words in any case.

        A noun alone, such as `/incident`, asks for its help.

        Raises:
            BadInput: There is none; the sentence names the nearest that `actor` may run.
        """
        node, start, said, unknown = self._walk(line)
        helps = node.children.get("help") if unknown is None else None
        verb = node.verb or (helps.verb if helps is not None else None)
        if verb is None:
            raise BadInput(self._unknown(actor, node, said, unknown or ""))
        return Match(verb, start)

    def asks(self, line: str) -> bool:
        """Whether the command in `line` may be answered with a form."""
        verb = self._walk(line)[0].verb
        return verb is not None and verb.asks

    def _walk(self, line: str) -> tuple[_Node, int, list[str], str | None]:
        """How far the line leads, where that ends, its words, and the first that leads nowhere."""
        node, start, said = self._root, 0, list[str]()
        for word in words(line):
            text = word.text.removeprefix("/") if not said else word.text
            child = node.children.get(text.casefold()) if not word.quoted else None
            if child is None:
                return node, start, said, text
            node, start = child, word.end
            said.append(text.casefold())
        return node, start, said, None

    def _unknown(self, actor: Actor, node: _Node, said: list[str], word: str) -> str:
        """A sentence about a word that leads nowhere."""
        before = "/" + "".join(f"{one} " for one in said)
        may = [name for name, child in node.children.items() if self._open(actor, child)]
        if not word:
            return f"{before.strip()} goes on with one of: {', '.join(may)}."
        guess = SYNONYMS.get(word.casefold())
        found = (guess,) if guess in may else nearest(word, may)
        meant = f" Did you mean {before}{found[0]}?" if found else ""
        group = f"/{said[0]} help" if said else "/help"
        return f"There is no {before}{word[:40]}.{meant} {group} shows what there is."

    def _open(self, actor: Actor, node: _Node) -> bool:
        """Whether `actor` may run something at or below `node`."""
        if node.verb is not None and node.verb.open_to(actor):
            return True
        return any(self._open(actor, child) for child in node.children.values())

    def all(self) -> tuple[Phrase, ...]:
        """Every command that is not switched off, in the order they were declared."""
        off = self._off()
        return tuple(
            Phrase(verb.path, verb.about, verb.usage.removeprefix(verb.name).strip())
            for verb in self._verbs
            if verb.name not in off
        )

    def allowed(self, actor: Actor, *path: str) -> Iterator[Verb]:
        """The commands below `path` that `actor` may run, in the order they were declared."""
        off = self._off()
        for verb in self._verbs:
            if verb.name in off:
                continue
            if verb.path[: len(path)] == path and verb.open_to(actor):
                yield verb
