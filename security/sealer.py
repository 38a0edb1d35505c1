"""Sealing audit records into their chain, and walking along it."""

from __future__ import annotations

from dataclasses import replace

from security.audit import Sealed, Verdict, link, verify
from security.ports import Acts, SecurityStores

_BATCH = 500
_MOST_WAITING = 1000
_EMPTIED = (
    "The trail is empty, and this installation has left records: somebody emptied it. "
    "Restore a backup from before."
)


class Sealer:
    """Writes the chain behind the acts, so that no act waits for another one's hash.

    Any number of them may run: the trail lets one seal at a time.
    """

    def __init__(self, acts: Acts[SecurityStores], key: bytes) -> None:
        self._acts = acts
        self._key = key

    async def seal_waiting(self) -> int:
        """Seal every record that waits; how many there were."""
        # Mostly nothing does, and a look costs a fraction of an act.
        if not await self._acts.read(lambda stores: stores.audit.any_unsealed()):
            return 0
        sealed = 0
        while True:
            count = await self._acts.run(self._seal_some)
            sealed += count
            if count < _BATCH:
                return sealed

    def _seal_some(self, stores: SecurityStores) -> int:
        number, before = stores.audit.head(lock=True)
        entries: list[Sealed] = []
        for waiting in stores.audit.unsealed(_BATCH):
            number += 1
            before = link(self._key, before, number, waiting.record)
            entries.append(replace(waiting, number=number, hash=before))
        if entries:
            stores.audit.seal(tuple(entries))
        return len(entries)

    async def head(self) -> tuple[int, str]:
        """Number and hash of the last record: note them elsewhere, as an anchor."""
        return await self._acts.read(lambda stores: stores.audit.head())

    async def verify(self, anchor: tuple[int, str] | None = None) -> Verdict:
        """Walk the whole chain; about 50,000 records a second.

        An installation that has a team was founded, and that left records: a trail without
        any is one that somebody emptied.
        """

        def look(stores: SecurityStores) -> Verdict:
            found = verify(self._key, stores.audit.chain(), anchor=anchor)
            waiting = len(stores.audit.unsealed(_MOST_WAITING))
            if found.checked == 0 and not waiting and stores.people.teams():
                return Verdict(0, found.head, 1, _EMPTIED)
            return replace(found, waiting=waiting)

        return await self._acts.read(look)
