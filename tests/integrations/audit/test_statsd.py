"""Counters as statsd daemons take them."""

from __future__ import annotations

import logging
import re
import socket
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from integrations.audit.sink import SinkAway
from integrations.audit.statsd import Statsd
from integrations.audit.targets import Place
from security.audit import Outcome
from tests.clock import SetClock
from tests.integrations.audit.receivers import HOME, free_port, udp
from tests.integrations.audit.records import hostile, sealed


def test_each_record_counts_for_its_action_and_its_outcome(clock: SetClock) -> None:
    with udp() as taking:
        sink = Statsd(Place(HOME, taking.port), clock, tags=False)
        sink.send([sealed(1), sealed(2, outcome=Outcome.DENIED)])
        (content,) = taking.take(1)

    assert content.decode().split("\n") == [
        "tocsin.audit.incident.started:1|c",
        "tocsin.audit.incident.started.ok:1|c",
        "tocsin.audit.incident.started:1|c",
        "tocsin.audit.incident.started.denied:1|c",
    ]


def test_tags_say_the_outcome_where_they_are_understood(clock: SetClock) -> None:
    with udp() as taking:
        Statsd(Place(HOME, taking.port), clock, tags=True).send([sealed()])

        assert taking.take(1) == [
            b"tocsin.audit.incident.started:1|c|#outcome:ok,via:web,object:incident"
        ]


@pytest.mark.parametrize("tags", [False, True])
def test_hostile_names_stay_one_line(clock: SetClock, *, tags: bool) -> None:
    odd = sealed(1, "a:1|c\nb|#x,y z" + "ü" * 500)
    with udp() as taking:
        Statsd(Place(HOME, taking.port), clock, tags=tags).send([odd, hostile()])
        (content,) = taking.take(1)

    plain = re.compile(rb"[A-Za-z0-9_.-]{1,125}:1\|c(\|#[A-Za-z0-9_.:,-]+)?")
    assert all(plain.fullmatch(line) for line in content.split(b"\n"))
    assert content.count(b"\n") == (1 if tags else 3)


def test_many_counters_go_in_few_datagrams(clock: SetClock) -> None:
    with udp() as taking:
        sink = Statsd(Place(HOME, taking.port), clock, tags=False)
        sink.send([sealed(number) for number in range(1, 101)])
        taken = taking.take(5)
        assert taking.nothing_more()

    assert max(map(len, taken)) <= 1432
    assert sum(content.count(b"started.ok:1|c") for content in taken) == 100


def test_what_is_old_is_not_counted_as_if_it_were_now(clock: SetClock) -> None:
    old = sealed(1)
    fresh = replace(old.record, at=clock.now() + timedelta(minutes=15))
    clock.advance(minutes=15)
    with udp() as taking:
        sink = Statsd(Place(HOME, taking.port), clock, tags=True)
        sink.send([old])
        sink.send([old, replace(old, record=fresh)])
        (content,) = taking.take(1)
        assert taking.nothing_more()

    assert content.count(b":1|c") == 1


def test_nobody_waits_for_a_daemon_that_is_away(
    clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    sink = Statsd(Place(HOME, free_port(socket.SOCK_DGRAM)), clock, tags=False)

    # That nobody is there is known only after the first datagram was sent.
    for number in range(1, 40):
        sink.send([sealed(number)])
        time.sleep(0.01)

    assert caplog.text.count("counts nothing") == 1


def test_a_host_that_nobody_knows_is_told(clock: SetClock) -> None:
    sink = Statsd(Place("nowhere.invalid", 8125), clock, tags=False)

    sink.send([sealed()])
    with pytest.raises(SinkAway, match=r"nowhere\.invalid:8125 cannot be found"):
        sink.look()
