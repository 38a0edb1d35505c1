"""What it takes to draw a panel, beside writing the drawn one as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks.chats.platform import Platform
from benchmarks.figures import Figure, Timings
from chat.capabilities import Limits
from chat.card import Button, ChecklistItem
from chat.person import Person
from chat.text import Mention, Moment
from incidents.incident import Incident, Severity, Status
from incidents.panel import PanelView, StageLine, render

_START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_SHARES = {"median": 0.5, "p99": 0.99}
_FLOOR = "json.dumps of what was drawn"


def drawn(platform: Platform, times: int) -> list[Figure]:
    """A full panel, and that of an incident with 500 steps."""
    figures: list[Figure] = []
    for steps in (10, 500):
        card = render(_view(platform.name, steps), Limits())
        made = platform.draw(card)
        drawing = _timed(lambda card=card: platform.draw(card), times)
        writing = _timed(lambda made=made: json.dumps(made), times)
        figures += [
            Figure(
                f"{platform.title}: drawing the panel of {steps} steps: {name}",
                drawing.percentile(share),
                "ms",
                writing.percentile(share),
                _FLOOR,
            )
            for name, share in _SHARES.items()
        ]
    return figures


def _timed(do: Callable[[], object], times: int) -> Timings:
    """One after another, after some that do not count."""
    for _ in range(20):
        do()
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began)
    return Timings(tuple(taken), sum(taken))


def _view(platform: str, steps: int) -> PanelView:
    """A panel that shows all there is: roles, a summary, steps in every state, stages."""
    ana = Mention(Person(platform, "main", "U0ANA", "ana", "Ana"))
    incident = Incident(
        id="i1",
        number=42,
        team_id="t1",
        name="Checkout returns 500",
        summary="Payments fail for *one in three* customers since 11:52.",
        severity=Severity.CRITICAL,
        status=Status.ONGOING,
        public=True,
        commander_id="a1",
        reporter_id="a1",
        playbook_id="p1",
        playbook_name="Service outage",
        playbook_revision=1,
        started_at=_START,
        update_due_at=_START + timedelta(hours=1),
    )
    return PanelView(
        incident=incident,
        commander=ana,
        roles=(("scribe", ana), ("communications", ana)),
        stages=tuple(StageLine(f"stage-{n}", f"Stage {n}", 1, steps) for n in range(4)),
        active=0,
        items=tuple(_step(number, ana) for number in range(1, steps + 1)),
        overdue=1,
        last_update=_START,
    )


def _step(number: int, ana: Mention) -> ChecklistItem:
    return ChecklistItem(
        id=f"step-{number:032d}",
        number=number,
        text=f"Look at what changed in service {number} within the last hour",
        note=("due ", Moment(_START, "until")) if number % 2 else ("by ", ana),
        detail="See the [deployments](https://deploy.example.org) and **ask** who made them.",
        command="/incident update",
        controls=(
            Button("step.check", "Check", f"step-{number:032d}"),
            Button("step.run", "Run", f"step-{number:032d}"),
        ),
    )
