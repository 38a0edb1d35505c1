"""Nothing of a program is left once its time is up or nobody wants it any longer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time

import pytest

from integrations.process import group
from tests.integrations.process.local import LIMITS, Local, called, running, seconds, until

TREES = {
    "one": "sleep {n}",
    "replaced": "exec sleep {n}",
    "children": "sleep {n} & (sleep {n}; sleep {n}) & sh -c 'sleep {n}; true'; sleep {n}",
    "groups of their own": "setsid sleep {n} & setsid sh -c 'sleep {n}; true' & sleep {n}",
    "orphans": "(sleep {n} &); (setsid sleep {n} >/dev/null 2>&1 &); sleep {n}",
    "double-forked": (
        "(setsid sh -c '(setsid sleep {n} &) ; sleep {n}' >/dev/null 2>&1 &); sleep {n}"
    ),
    "without our mark": "env -i /bin/sh -c 'sleep {n}; true' & env -u TOCSIN_CALL sleep {n}",
    "without mark and group": "setsid env -i /bin/sh -c 'sleep {n}; true' & sleep {n}",
    "deaf ones": "trap '' TERM HUP INT; sleep {n} & sleep {n}; sleep {n}",
    "deaf ones without mark and group": (
        "(trap '' TERM HUP INT; exec setsid env -i /bin/sh -c 'sleep {n}; true') & sleep {n}"
    ),
    "somebody who catches": "trap 'echo caught' TERM; sleep {n}; sleep {n}; sleep {n}",
    "stopped ones": "sleep {n} & kill -STOP $!; sleep {n}",
}


def sleeping(tree: str) -> tuple[str, str]:
    """A command line that sleeps as a tree, and how to find all of it."""
    number = seconds()
    return "echo begun; " + TREES[tree].replace("{n}", number), f"sleep {number}"


@pytest.mark.parametrize("tree", TREES)
async def test_time_ends_all_of_it(local: Local, tree: str) -> None:
    line, name = sleeping(tree)

    ran = await local.ended_by_time(lambda limit: local.sh(line, timeout=limit))

    assert running(name) == []
    assert ran.timed_out
    assert ran.status != 0
    assert ran.why == "took too long and was ended"
    assert ran.stdout.startswith("begun")


@pytest.mark.parametrize("tree", TREES)
async def test_cancelling_ends_all_of_it(local: Local, tree: str) -> None:
    line, name = sleeping(tree)
    work = asyncio.create_task(local.sh(line))
    await local.said("begun")
    await until(lambda: running(name))

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert running(name) == []


async def test_who_is_asked_to_end_may_tidy_up(local: Local) -> None:
    line = f"trap 'echo tidy; exit 3' TERM; echo begun; sleep {seconds()} & wait"

    ran = await local.ended_by_time(lambda limit: local.sh(line, timeout=limit))

    assert ran.timed_out
    assert ran.status == 3
    assert ran.stdout == "begun\ntidy\n"


async def test_who_is_deaf_is_killed_after_the_grace(local: Local) -> None:
    code = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\n"
        "time.sleep(600)"
    )
    began = time.monotonic()

    ran = await local.ended_by_time(lambda limit: local.python(code, timeout=limit), "deaf")

    assert ran.timed_out
    assert ran.status == -signal.SIGKILL
    assert ran.stdout == "deaf\n"
    assert time.monotonic() - began >= LIMITS[0] + group.GRACE


async def test_cancelling_twice_ends_it_all_the_same(local: Local) -> None:
    name = f"sleep {seconds()}"
    work = asyncio.create_task(local.sh(f"trap '' TERM; echo begun; {name}; true"))
    await local.said("begun")
    await until(lambda: running(name))

    work.cancel()
    await asyncio.sleep(0.1)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    await until(lambda: not running(name) and len(asyncio.all_tasks()) == 1)


async def test_cancelling_while_it_starts_leaves_nothing(local: Local) -> None:
    name = f"sleep {seconds()}"
    for wait in range(12):
        work = asyncio.create_task(local.sh(f"{name} & {name}"))
        for _ in range(wait):
            await asyncio.sleep(0)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

        assert running(name) == []


async def test_what_is_left_behind_with_our_output_does_not_hold_us_up(local: Local) -> None:
    name = f"sleep {seconds()}"
    began = time.monotonic()

    ran = await local.sh(f"{name} & echo done")

    assert time.monotonic() - began < 15
    assert (ran.status, ran.stdout, ran.timed_out) == (0, "done\n", False)
    assert running(name) == []


async def test_a_service_with_its_own_output_goes_on(local: Local) -> None:
    name = f"sleep {seconds()}"

    ran = await local.sh(f"setsid {name} >/dev/null 2>&1 & echo done")

    assert ran.status == 0
    (service,) = running(name)
    os.kill(service, signal.SIGKILL)


async def test_a_service_in_its_own_session_may_not_hold_our_output(local: Local) -> None:
    name = f"sleep {seconds()}"
    began = time.monotonic()

    ran = await local.sh(f"setsid {name} & echo done")

    assert time.monotonic() - began < 15
    assert (ran.status, ran.stdout) == (0, "done\n")
    for service in running(name):
        os.kill(service, signal.SIGKILL)


async def test_a_fork_bomb_of_one_group_is_ended(local: Local) -> None:
    name = f"sleep {seconds()}"
    line = f"i=0; while [ $i -lt 150 ]; do {name} & i=$((i+1)); done; echo begun; wait"
    work = asyncio.create_task(local.sh(line))
    await local.said("begun")

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    assert running(name) == []


async def test_the_one_that_escapes(local: Local) -> None:
    """No group, no mark, no ancestor: this is as far as we can see, and no further."""
    name = f"sleep {seconds()}"
    work = asyncio.create_task(
        local.sh(f"(setsid env -i {name} >/dev/null 2>&1 &); echo begun; sleep {seconds()}")
    )
    await local.said("begun")
    await until(lambda: called(name))
    (escaped,) = called(name)
    try:
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

        assert called(name) == [escaped]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(escaped, signal.SIGKILL)


async def test_members_are_the_group_the_marked_and_their_descendants(local: Local) -> None:
    inner, outer = f"sleep {seconds()}", f"sleep {seconds()}"
    work = asyncio.create_task(
        local.sh(f"echo $$ $TOCSIN_CALL; setsid env -i /bin/sh -c '{inner}; true' & {outer}; true")
    )
    await until(lambda: called(inner) and called(outer))
    await local.said("\n")
    leader, mark = local.emitted().split()

    alone, all_of_it = group.members(int(leader), ""), group.members(int(leader), mark)

    assert alone == {int(leader), *called(outer)}
    assert all_of_it == {*alone, *called(inner), *called(f"/bin/sh -c {inner}; true")}
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert group.members(int(leader), mark) == frozenset()
