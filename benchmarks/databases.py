"""Databases to measure on."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from tests.postgres import NoPostgres, server


@contextmanager
def postgresql() -> Generator[Callable[[], str] | None]:
    """Makes empty databases in a private PostgreSQL, by URL; None where none is installed."""
    with ExitStack() as stack:
        try:
            private = stack.enter_context(server(durable=True))
        except NoPostgres as missing:
            print(f"Left out: {missing}")
            yield None
            return
        yield lambda: private.create().render_as_string(hide_password=False)
