"""Executions of private runbooks in the list: left out for all but those who see the runbook."""

from __future__ import annotations

from automation.execution import ExecutionFilter, Eyes
from security.page import Slice
from storage.database import Database
from storage.stores import Stores
from tests.make import town
from tests.make_automation import execution, runbook

MAIN = frozenset({"main"})
OWNERS = {"mine": "bo", "hers": "ana", "nobodys": None}
BEGUN = (
    ("open", None),
    ("mine", None),
    ("hers", None),
    ("hers", "bo"),
    ("nobodys", "ana"),
    (None, None),
    ("gone", "ana"),
)
"""Runbook and who asked, of the executions 1 to 7."""


async def test_a_list_leaves_out_what_is_of_a_hidden_runbook(database: Database) -> None:
    await database.acts.run(town("ops", "web"))

    def seen(to: Stores, account: str | None, private: frozenset[str] | None) -> list[int]:
        wanted = ExecutionFilter(MAIN, Eyes(None, None, account, private))
        page = to.executions.page(wanted, Slice())
        rest = to.executions.page(wanted, Slice(limit=2, offset=1))
        assert page.total == rest.total == len(page.items)
        assert rest.items == page.items[1:3]
        return sorted(one.number for one in page.items)

    def act(to: Stores) -> None:
        to.runbooks.add(runbook("open"))
        for handle, owner in OWNERS.items():
            to.runbooks.add(runbook(handle, is_public=False, created_by=owner))
        for number, (of, who) in enumerate(BEGUN, start=1):
            to.executions.add(execution(number, runbook_id=of, requested_by=who), ())

        assert seen(to, "bo", frozenset()) == [1, 2, 4, 6, 7]
        assert seen(to, "ana", frozenset()) == [1, 3, 4, 5, 6, 7]
        assert seen(to, None, frozenset()) == [1, 6, 7]
        assert seen(to, "bo", frozenset({"ops"})) == [1, 2, 4, 6, 7]
        assert seen(to, "bo", MAIN) == seen(to, "bo", None) == [1, 2, 3, 4, 5, 6, 7]

    await database.acts.run(act)
