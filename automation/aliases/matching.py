"""Which alias a sentence is for, among thousands.

Each format is kept under three letters that every sentence that fits has in it, the rarest
among all formats; so of a sentence only a few formats are tried.

Source: StackStorm's matching of aliases: formats are tried without regard to order, several
that fit are an error, and those for several places at once come only when no other fits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from automation.aliases.alias import Alias
from automation.aliases.formats import CompiledFormat, Sentence
from automation.templates.expressions import TooSlow, within
from chat.errors import BadInput, NotFound

_LETTERS = 3
_SECONDS = 0.2
"""What a sentence may take, in processor time; bad formats are given up one by one."""
LONGEST = 8000
"""Letters of a sentence that may be for an alias."""
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Match:
    """A format that a sentence fits.

    Attributes:
        display: What help shows for it.
        representation: The format that fits.
        parameters: By execution, what the sentence gives; a parameter that took no part in
            it is None.
    """

    alias: Alias
    display: str
    representation: str
    parameters: tuple[dict[str, str | None], ...]


class AliasAmbiguous(BadInput):
    """A sentence fits several formats.

    Attributes:
        matches: All of them.
    """

    def __init__(self, said: str, matches: tuple[Match, ...]) -> None:
        names = [f"{each.alias.ref} (“{each.display or each.representation}”)" for each in matches]
        listed = ", ".join(names[:_LISTED])
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        super().__init__(
            f"“{said[:80]}” could be {listed}{more}. Say it so that only one fits, or have one of "
            "their formats changed.",
            code="ALIAS_AMBIGUOUS",
            details={each.alias.ref: each.representation for each in matches},
        )
        self.matches = matches


@dataclass(frozen=True, slots=True)
class _Kept:
    """A format with whom it belongs to."""

    alias: Alias
    display: str
    compiled: CompiledFormat


class AliasIndex:
    """Aliases that are switched on, ready for what people say.

    Attributes:
        mistakes: Aliases with a format that cannot be matched, the format, and why.
    """

    def __init__(self, aliases: Iterable[Alias]) -> None:
        """Compile them; those that are off are left out."""
        self.mistakes: list[tuple[Alias, str, str]] = []
        single: list[_Kept] = []
        multiple: list[_Kept] = []
        for alias in aliases:
            for one in alias.formats if alias.enabled else ():
                # What is shown and has no representation is asked for by nothing at all.
                for source in one.representations or ("",):
                    try:
                        kept = _Kept(alias, one.display, CompiledFormat(source))
                    except ValueError as wrong:
                        self.mistakes.append((alias, source, str(wrong)))
                        continue
                    (multiple if one.match_multiple else single).append(kept)
        self._single, self._multiple = _Shelf(single), _Shelf(multiple)

    def matches(self, said: str) -> tuple[Match, ...]:
        """Every format that a sentence fits, in the order of the aliases; none when none does.

        Raises:
            BadInput: The sentence is too long.
        """
        if len(said) > LONGEST:
            raise BadInput(
                f"That is longer than {LONGEST} characters; make it shorter.",
                details={"text": f"has {len(said)} characters; at most {LONGEST} are accepted"},
            )
        with within(_SECONDS):
            try:
                sentence = Sentence.of(said)
            except TooSlow:
                return ()
            found = self._single.fitting(sentence)
            if found:
                return tuple(
                    Match(kept.alias, kept.display, kept.compiled.source, (parameters,))
                    for kept, parameters in found
                )
            return tuple(
                Match(kept.alias, kept.display, kept.compiled.source, _every(kept, sentence))
                for kept, _ in self._multiple.fitting(sentence)
            )

    def match(self, said: str) -> Match:
        """The one format that a sentence fits.

        Raises:
            AliasAmbiguous: Several do.
            NotFound: None does.
            BadInput: The sentence is too long.
        """
        found = self.matches(said)
        if len(found) > 1:
            raise AliasAmbiguous(said, found)
        if not found:
            raise NotFound(f"“{said[:80]}” is for no alias. Ask for help to see what there is.")
        return found[0]


def _every(kept: _Kept, sentence: Sentence) -> tuple[dict[str, str | None], ...]:
    try:
        return tuple(kept.compiled.every(sentence))
    except TooSlow:
        return ()


class _Shelf:
    """Formats, by letters that they want."""

    __slots__ = ("_anything", "_by_letters", "_kept")

    def __init__(self, kept: list[_Kept]) -> None:
        self._kept = kept
        self._anything: list[int] = []
        self._by_letters: dict[str, list[int]] = {}
        wanted = [_letters_of(each.compiled.runs) for each in kept]
        often = Counter(letters for each in wanted for letters in each)
        for place, letters in enumerate(wanted):
            if letters:
                rarest = min(letters, key=lambda each: (often[each], each))
                self._by_letters.setdefault(rarest, []).append(place)
            else:
                self._anything.append(place)

    def fitting(self, sentence: Sentence) -> list[tuple[_Kept, dict[str, str | None]]]:
        """Those that a sentence fits, in order; what cannot be told in time does not."""
        text = sentence.text
        places = list(self._anything)
        for at in {text[begin : begin + _LETTERS] for begin in range(len(text) - _LETTERS + 1)}:
            places += self._by_letters.get(at, ())
        places.sort()
        found: list[tuple[_Kept, dict[str, str | None]]] = []
        for place in places:
            kept = self._kept[place]
            if not all(run in text for run in kept.compiled.runs):
                continue
            try:
                parameters = kept.compiled.parameters(sentence)
            except TooSlow:
                continue
            if parameters is not None:
                found.append((kept, parameters))
        return found


def _letters_of(runs: Iterable[str]) -> set[str]:
    return {
        run[begin : begin + _LETTERS] for run in runs for begin in range(len(run) - _LETTERS + 1)
    }
