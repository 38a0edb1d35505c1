"""The runner `http-request`."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass

from automation.actions.action import Parameter
from automation.actions.runner import Call, Emit, Outcome, RunnerKit
from automation.values import Json
from chat.clock import Clock, SystemClock
from chat.errors import BadInput, TocsinError
from integrations.http.errors import TimedOut, Unreachable
from integrations.http.parameters import PARAMETERS, Plan, planned
from integrations.http.request import Answer
from integrations.http.retries import PASSING, pause, retry_after
from integrations.http.session import HttpSession

_SHOWN = 300
"""Characters of an unexpected answer that its error repeats."""


@dataclass(frozen=True, slots=True)
class _Try:
    """What came of sending a request once.

    Attributes:
        again: Whether it may help to send it again.
        asked: Seconds to wait before that, as the other side wants; None when it did not say.
    """

    outcome: Outcome
    again: bool
    asked: float | None = None


class HttpRequest:
    """Sends a request and takes its answer."""

    name = "http-request"
    parameters: tuple[Parameter, ...] = PARAMETERS

    def __init__(self, kit: RunnerKit, clock: Clock | None = None) -> None:
        """Get ready.

        Raises:
            BadInput: An allowed network is none, or the option `ca_file` cannot be read.
        """
        self._session = HttpSession(kit.allowed_networks, tls=_authorities(kit))
        self._clock = clock or SystemClock()

    async def run(self, call: Call, emit: Emit) -> Outcome:
        """Send it, and again where that is allowed and may help."""
        try:
            plan = planned(call)
        except BadInput as wrong:
            return Outcome(ok=False, error=wrong.message)
        until = asyncio.get_running_loop().time() + call.timeout
        try:
            async with asyncio.timeout_at(until):
                return await self._tries(plan, emit, until)
        except TimeoutError:
            error = f"It took longer than {call.timeout:g} seconds and was ended."
            return Outcome(ok=False, error=error, timed_out=True)

    async def _tries(self, plan: Plan, emit: Emit, until: float) -> Outcome:
        tries = 0
        while True:
            tries += 1
            done = await self._once(plan, emit)
            if not done.again or tries >= plan.tries:
                return done.outcome
            wait = pause(tries, done.asked)
            if asyncio.get_running_loop().time() + wait >= until:
                emit("stdout", f"Not trying again: waiting {wait:.1f} s would take too long.\n")
                return done.outcome
            emit("stdout", f"Trying again in {wait:.1f} s.\n")
            await asyncio.sleep(wait)

    async def _once(self, plan: Plan, emit: Emit) -> _Try:
        what = f"{plan.request.method} {plan.request.url}"
        begun = time.monotonic()
        try:
            answer = await self._session.send(plan.request)
        except TocsinError as wrong:
            emit("stdout", f"{what}: {wrong.message}\n")
            late = isinstance(wrong, TimedOut)
            outcome = Outcome(ok=False, error=wrong.message, timed_out=late)
            return _Try(outcome, again=isinstance(wrong, Unreachable))
        took = round((time.monotonic() - begun) * 1000)
        emit("stdout", f"{what}: {answer.status} {answer.reason} in {took} ms\n")
        outcome = _outcome(plan, answer, took)
        asked = retry_after(answer.header("Retry-After"), self._clock)
        return _Try(outcome, not outcome.ok and answer.status in PASSING, asked)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


def _authorities(kit: RunnerKit) -> ssl.SSLContext | None:
    """The machine's authorities and the operator's; None when the operator has none."""
    file = kit.options.get("ca_file")
    if not file:
        return None
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=file)
    except OSError as error:
        raise BadInput(
            f"TOCSIN_RUNNER_HTTP_CA_FILE is “{file}”, which cannot be read: "
            f"{error.strerror or error}. Give a file of certificates in PEM."
        ) from None
    return context


def _outcome(plan: Plan, answer: Answer, took: int) -> Outcome:
    body, parsed = _read(answer)
    output: dict[str, Json] = {
        "status_code": answer.status,
        "body": body,
        "parsed": parsed,
        "headers": dict(answer.headers),
        "elapsed_ms": took,
        "url": str(answer.url),
    }
    if plan.is_expected(answer.status):
        return Outcome(ok=True, output=output)
    text = " ".join(answer.text[: 2 * _SHOWN].split())[:_SHOWN]
    error = (
        f"{answer.url.host} answered {answer.status} {answer.reason}".rstrip()
        + f", and {plan.wanted} was expected{': ' + text if text else '.'}"
    )
    return Outcome(ok=False, output=output, error=error)


def _read(answer: Answer) -> tuple[Json, bool]:
    """The body as it is put out, and whether it was JSON."""
    try:
        return answer.json(), True
    except ValueError:
        return answer.text, False
