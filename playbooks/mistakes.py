"""Collects what is wrong with something written by people, each mistake with its place."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from chat.errors import BadInput
from chat.text import counted

_LINE_BREAKS = frozenset("\u2028\u2029")
_ONE = {"stages": "stage", "steps": "step", "metrics": "metric"}
"""What one of a list of these is called."""
_WORDS = {
    "announce_in": "list of channels to tell",
    "channel_name": "name for channels",
    "due_after": "due time",
    "invite": "list of people to invite",
    "keywords": "list of keywords",
    "metrics": "list of metrics",
    "stages": "list of stages",
    "steps": "list of steps",
    "update_every": "time between updates",
}
"""What is not called as in the code."""
_BLOCK_CONTROLS = frozenset("\n\r\t")


def _unstorable(char: str) -> bool:
    """Control characters and lone surrogates: no database and no platform wants them."""
    return unicodedata.category(char) in {"Cc", "Cs"}


@dataclass(slots=True)
class Mistakes:
    """Mistakes found so far.

    Attributes:
        found: Place, such as `stages[1].steps[0].title`, to a sentence, in order of finding.
    """

    found: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, place: str, sentence: str) -> None:
        """Note a mistake; the first one of a place is kept."""
        self.found.setdefault(place, sentence)

    def line(self, place: str, text: str, most: int, *, least: int = 1) -> str:
        """`text` as one trimmed line of `least` to `most` characters."""
        clean = text.strip()
        if any(_unstorable(char) or char in _LINE_BREAKS for char in clean):
            self.add(place, "must be one line without control characters")
        elif not clean and least:
            self.add(place, "is empty; write something")
        elif len(clean) > most:
            self.add(place, f"has {len(clean)} characters; at most {most} are accepted")
        return clean

    def block(self, place: str, text: str, most: int) -> str:
        """`text` as lines of at most `most` characters in all; may be empty."""
        clean = text.replace("\r\n", "\n").strip()
        if any(_unstorable(char) and char not in _BLOCK_CONTROLS for char in clean):
            self.add(place, "holds control characters; take them out")
        elif len(clean) > most:
            self.add(place, f"has {len(clean)} characters; at most {most} are accepted")
        return clean

    def refuse(self, thing: str) -> None:
        """Let `thing` pass when nothing was found.

        Raises:
            BadInput: Something was. The message says the first mistake in words, and
                `details` holds all of them by place, for programs.
        """
        if not self.found:
            return
        place, sentence = next(iter(self.found.items()))
        more = len(self.found) - 1
        others = f" And {counted(more, 'more mistake')}." if more else ""
        stop = "" if sentence.endswith((".", "?")) else "."
        raise BadInput(f"{thing}. {in_words(place)} {sentence}{stop}{others}", details=self.found)


def in_words(place: str) -> str:
    """A place as the beginning of a sentence: `stages[2].name` is `Stage 3: the name`."""
    around = [
        f"{_ONE[name]} {int(index) + 1}"
        for name, index in re.findall(r"(\w+)\[([0-9]+)\]", place)
        if name in _ONE
    ]
    last, _, inside = place.rpartition(".")[2].partition("[")
    # Of a list within a list, the outer place is said.
    index = inside.partition("]")[0]
    if last in _ONE and index:
        what = ""
    else:
        what = f"the {_WORDS.get(last, last.replace('_', ' '))}"
        what += f" (number {int(index) + 1})" if index.isdigit() else ""
    told = ": ".join(part for part in (", ".join(around), what) if part)
    return told[:1].upper() + told[1:]


def one_line(place: str, text: str, most: int) -> str:
    """`text` as one trimmed line of 1 to `most` characters.

    Raises:
        BadInput: It is not.
    """
    mistakes = Mistakes()
    clean = mistakes.line(place, text, most)
    if mistakes.found:
        raise BadInput(f"The {place} {mistakes.found[place]}.", details=mistakes.found)
    return clean
