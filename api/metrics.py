"""Numbers about ourselves, in Prometheus' text format.

Whoever has something to count is given a `Metrics` or registers a source; nothing is
global, so two servers in one process count apart.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS: tuple[float, ...] = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """One number, read when somebody asks.

    Attributes:
        name: Beginning with `tocsin_`; a counter's ends in `_total`.
        kind: A counter only grows; a gauge goes both ways.
        about: One line.
        labels: Few, with few values.
    """

    name: str
    kind: Literal["counter", "gauge"]
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


Source = Callable[[], Iterable[Sample]]


@dataclass(slots=True)
class _Timing:
    """How long requests of one route took; `buckets` counts up to each bound, not beyond."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    seconds: float = 0.0
    count: int = 0


class Metrics:
    """Counts requests, and collects what others count."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._timings: dict[tuple[str, str], _Timing] = {}
        self._sources: list[Source] = []

    def add(self, source: Source) -> None:
        """Ask `source` for its numbers at each look."""
        self._sources.append(source)

    def served(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered.

        Args:
            method: `GET`, …
            route: The route's path with its places, never the path asked for.
            status: Of the answer.
            seconds: From its arrival to the end of the answer.
        """
        counted = (method, route, status)
        self._requests[counted] = self._requests.get(counted, 0) + 1
        timing = self._timings.setdefault((method, route), _Timing())
        timing.buckets[bisect.bisect_left(_BOUNDS, seconds)] += 1
        timing.seconds += seconds
        timing.count += 1

    def text(self) -> str:
        """Everything, for Prometheus."""
        lines = [*self._request_lines(), *self._timing_lines(), *self._source_lines()]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> Iterable[str]:
        name = "tocsin_http_requests_total"
        yield from _head(name, "counter", "Requests answered.")
        for (method, route, status), count in sorted(self._requests.items()):
            labels = {"method": method, "route": route, "status": str(status)}
            yield f"{name}{_labels(labels)} {count}"

    def _timing_lines(self) -> Iterable[str]:
        name = "tocsin_http_request_seconds"
        yield from _head(name, "histogram", "How long answering a request took.")
        for (method, route), timing in sorted(self._timings.items()):
            labels = {"method": method, "route": route}
            reached = 0
            for bound, count in zip((*map(str, _BOUNDS), "+Inf"), timing.buckets, strict=True):
                reached += count
                yield f"{name}_bucket{_labels(labels | {'le': bound})} {reached}"
            yield f"{name}_sum{_labels(labels)} {timing.seconds:.6f}"
            yield f"{name}_count{_labels(labels)} {timing.count}"

    def _source_lines(self) -> Iterable[str]:
        """A name's samples stand together, under one heading, whichever sources they are from."""
        by_name: dict[str, list[Sample]] = {}
        for source in self._sources:
            for sample in source():
                by_name.setdefault(sample.name, []).append(sample)
        for name, samples in sorted(by_name.items()):
            yield from _head(name, samples[0].kind, samples[0].about)
            for sample in samples:
                yield f"{name}{_labels(sample.labels)} {sample.value:g}"


def _head(name: str, kind: str, about: str) -> tuple[str, str]:
    text = about.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {text}", f"# TYPE {name} {kind}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
