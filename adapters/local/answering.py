"""Waiting, briefly, for what comes of an event that was handed in."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from adapters.local.bell import Bell
from adapters.local.feed import pause
from adapters.local.looking import place_of
from adapters.local.outbound import as_of
from adapters.local.ports import LocalStores
from chat.clock import Clock
from chat.inbound import Inbound
from chat.port import Receipt
from chat.reply import AskForm, FormErrors, Private, PrivateFile, Public, Quiet, Reply
from chat.rooms import Answered
from security.ports import Acts

PATIENCE = 10.0
"""Seconds that a person waits for an answer before they are told that it will follow."""
_MOMENT = 1.0
"""Seconds allowed to the delivery of an answer whose event was handed in before."""
_LOOK_EVERY = 1.0


class Answers:
    """Finds what was delivered in answer to an event.

    Args:
        acts: The door to stored state.
        bell: Rings when an answer was posted.
        clock: What durations in an answer are counted to.
        patience: Seconds to wait at most.
    """

    def __init__(
        self, acts: Acts[LocalStores], bell: Bell, clock: Clock, patience: float = PATIENCE
    ) -> None:
        self._acts = acts
        self._bell = bell
        self._clock = clock
        self._patience = patience

    async def to(self, inbound: Inbound, receipt: Receipt) -> Answered:
        """What came of the event in time; `pending` when more will follow."""
        work = asyncio.ensure_future(receipt.reply)
        with self._bell.waiting(receipt.id) as rung:
            if work.done():
                # What was posted before we listened has rung for nobody.
                rung.set()
            try:
                async with asyncio.timeout(self._patience):
                    # Shielded: the work goes on, whether or not somebody waits for it.
                    reply = await asyncio.shield(work)
                    match reply:
                        case FormErrors(errors):
                            return Answered(errors=errors)
                        case None if receipt.fresh:
                            return Answered()
                        case _:
                            return await self._delivered(inbound, receipt, reply, rung)
            except TimeoutError:
                return replace(await self._look(inbound, receipt), pending=True)

    async def _delivered(
        self, inbound: Inbound, receipt: Receipt, reply: Reply | None, rung: asyncio.Event
    ) -> Answered:
        if reply is not None:
            return await self._awaited(inbound, receipt, reply, rung)
        # Answered when it was handed in first; how, and whether at all, is not told again.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT):
                return await self._awaited(inbound, receipt, None, rung)
        return Answered()

    async def _awaited(
        self, inbound: Inbound, receipt: Receipt, reply: Reply | None, rung: asyncio.Event
    ) -> Answered:
        """Look until the answer is there."""
        if isinstance(reply, Private | Public | PrivateFile):
            await pause(rung, _LOOK_EVERY)
        while True:
            rung.clear()
            found = await self._look(inbound, receipt)
            there = found.form is not None if isinstance(reply, AskForm) else bool(found.replies)
            if isinstance(reply, Private):
                found = replace(found, code=reply.code)
            if there or isinstance(reply, Quiet) or (reply is None and found.form is not None):
                return found
            # Another process may have posted it, and then no bell rings here.
            await pause(rung, _LOOK_EVERY)

    async def _look(self, inbound: Inbound, receipt: Receipt) -> Answered:
        who, now = inbound.person, self._clock.now()

        def look(stores: LocalStores) -> Answered:
            found = stores.local.messages.answers(receipt.id)
            form = None if found else stores.local.forms.for_ticket(inbound.ticket)
            mine = form is not None and form.person.id == who.id and form.open
            return Answered(
                replies=tuple(as_of(each, now) for each in found if place_of(stores, who, each)),
                form=form if mine else None,
            )

        return await self._acts.read(look)
