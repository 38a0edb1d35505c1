"""The output of several hosts in one stream, each line behind its host's name."""

from __future__ import annotations

from automation.actions.runner import Emit, Stream
from security.secrets import Masker

_LONGEST = 4096
"""Characters of a line after which a new one is begun."""


class NamedLines:
    """Takes one host's output in pieces and hands it on in whole lines.

    Secrets are masked here already: behind, the lines of several hosts follow one another,
    so that nobody could put together again what came in two pieces.
    """

    def __init__(self, name: str, emit: Emit, secrets: frozenset[str]) -> None:
        self._name = name
        self._emit = emit
        masker = Masker(secrets)
        self._masks = {"stdout": masker.stream(), "stderr": masker.stream()}
        self._begun = {"stdout": "", "stderr": ""}

    def emit(self, stream: Stream, text: str) -> None:
        """Take the next piece."""
        self._take(stream, self._masks[stream].feed(text))

    def end(self) -> None:
        """Hand on what is left; nothing more comes."""
        streams: tuple[Stream, Stream] = ("stdout", "stderr")
        for stream in streams:
            self._take(stream, self._masks[stream].end())
            if self._begun[stream]:
                self._emit(stream, f"{self._name}: {self._begun[stream]}\n")
                self._begun[stream] = ""

    def _take(self, stream: Stream, text: str) -> None:
        *whole, begun = (self._begun[stream] + text).split("\n")
        while len(begun) > _LONGEST:
            whole.append(begun[:_LONGEST])
            begun = begun[_LONGEST:]
        self._begun[stream] = begun
        if whole:
            self._emit(stream, "".join(f"{self._name}: {line}\n" for line in whole))
