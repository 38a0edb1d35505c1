"""What `tocsin doctor` looks at: settings, home, database, clock, sinks, port, environment."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot import neighbour, ownership
from bot.outflow import sinks_set
from bot.settings import Settings, mask
from bot.settings_check import unknown_variables
from chat.clock import Clock
from chat.errors import TocsinError
from chat.health import Finding, State
from chat.text import counted
from integrations.audit.sink import Sink
from security.keys import fingerprint
from storage import migrate, observed
from storage.database import parse_url

_LEAST_SPACE = 200 * 1024 * 1024
_DRIFT = timedelta(seconds=5)
_OLDEST = (3, 11)


def examine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Look at everything; one thing that cannot be looked at hides no other one."""
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("python", _python),
        ("names", _names),
        ("settings", _settings),
        ("home", lambda: _home(settings)),
        ("key", lambda: _key(settings)),
        ("database", lambda: _database(settings)),
        ("clock", lambda: _clock(settings, clock)),
        ("deliveries", lambda: _deliveries(settings)),
        *((name, partial(_sink, name, sink)) for name, sink in sinks_set(settings, clock).items()),
        ("address", lambda: _address(settings)),
        ("port", lambda: _port(settings)),
    )
    for subject, look in looks:
        try:
            yield look()
        except TocsinError as error:
            yield Finding(subject, State.WRONG, error.message)
        except OSError as error:
            yield Finding(subject, State.WRONG, str(error))


def _python() -> Finding:
    found = sys.version.split()[0]
    if sys.version_info < _OLDEST:
        return Finding("python", State.WRONG, f"Python {found}; Tocsin needs 3.11 or newer.")
    return Finding("python", State.OK, f"Python {found}")


def _names() -> Finding:
    clashes = ownership.clashes()
    if clashes:
        told = f"{'; '.join(clashes)}. Install Tocsin in an environment of its own."
        return Finding("names", State.WRONG, told)
    return Finding("names", State.OK, "No other package owns one of our import names.")


def _settings() -> Finding:
    unknown = unknown_variables()
    if unknown:
        return Finding("settings", State.WARNING, f"These mean nothing: {', '.join(unknown)}.")
    return Finding("settings", State.OK, "Every setting is valid.")


def _home(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        return _to_be_made("home", home, f"{home} is made at the first start.")
    if not os.access(home, os.W_OK | os.X_OK):
        return Finding("home", State.WRONG, f"{home} cannot be written by this user.")
    free = shutil.disk_usage(home).free
    told = f"{home}, {free // (1024 * 1024):,} MB free"
    if free < _LEAST_SPACE:
        return Finding("home", State.WARNING, f"{told}: make room before SQLite cannot write.")
    if stat.S_IMODE(home.stat().st_mode) & stat.S_IRWXO:
        return Finding("home", State.WARNING, f"{told}; others may look in. Run: chmod o= {home}")
    return Finding("home", State.OK, told)


def _to_be_made(subject: str, path: Path, told: str) -> Finding:
    """Whether what is not there can be made, without trying it."""
    near = next(folder for folder in path.absolute().parents if folder.exists())
    # Folders such as /proc say that root may write to them, but they hold no files.
    holds_files = near.is_dir() and shutil.disk_usage(near).total > 0
    if path.exists() or (holds_files and os.access(near, os.W_OK | os.X_OK)):
        return Finding(subject, State.OK, told)
    told = f"{path} cannot be made, since {near} cannot be written. Choose another place."
    return Finding(subject, State.WRONG, told)


def _key(settings: Settings) -> Finding:
    if settings.key is None and not settings.key_path.exists():
        return Finding("key", State.OK, f"{settings.key_path} is made at the first start.")
    where = "TOCSIN_KEY" if settings.key is not None else str(settings.key_path)
    told = f"{where}, fingerprint {fingerprint(settings.installation_key())}"
    return Finding("key", State.OK, told)


def _database(settings: Settings) -> Finding:
    shown = mask("database_url", settings.database_url)
    there, needed = migrate.current(settings.database_url), migrate.head()
    if there is None:
        told = f"{shown} is empty; the first start fills it."
        url = parse_url(settings.database_url)
        if url.get_backend_name() == "sqlite":
            return _to_be_made("database", Path(url.database or ""), told)
        return Finding("database", State.OK, told)
    if there != needed:
        told = f"{shown} is at version {there}, not {needed}. Run: tocsin database upgrade"
        return Finding("database", State.WRONG, told)
    return Finding("database", State.OK, f"{shown} at version {there}")


def _clock(settings: Settings, clock: Clock) -> Finding:
    if migrate.current(settings.database_url) != migrate.head():
        return Finding("clock", State.OK, f"{clock.now():%Y-%m-%d %H:%M:%S} UTC")
    now = clock.now()
    seen = observed.clock(settings.database_url)
    if abs(seen.now - now) > _DRIFT:
        told = f"The database's clock differs by {_seconds(seen.now - now)}. Use NTP on both."
        return Finding("clock", State.WRONG, told)
    if seen.newest_record is not None and seen.newest_record - now > _DRIFT:
        ahead = _seconds(seen.newest_record - now)
        told = f"The newest audit record is {ahead} in the future: the clock was set back."
        return Finding("clock", State.WARNING, told)
    return Finding("clock", State.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _deliveries(settings: Settings) -> Finding:
    if migrate.current(settings.database_url) != migrate.head():
        return Finding("deliveries", State.OK, "Nothing was delivered yet.")
    count, why = observed.given_up(settings.database_url)
    if not count:
        return Finding("deliveries", State.OK, "Nothing was given up.")
    told = (
        f"{counted(count, 'message')} could not be delivered, the last one since: "
        f"{' '.join(why.split())[:200].rstrip('.')}. Run: tocsin outbox list"
    )
    return Finding("deliveries", State.WARNING, told)


def _sink(name: str, sink: Sink) -> Finding:
    return Finding(name, State.OK, sink.look())


def _address(settings: Settings) -> Finding:
    if _is_loopback(settings.host):
        return Finding("address", State.OK, settings.url())
    if settings.url().startswith("https:"):
        return Finding("address", State.OK, f"{settings.url()}, behind a proxy")
    told = (
        f"Others reach {settings.host}:{settings.port} without encryption. Put a proxy that speaks "
        "HTTPS before it, and set TOCSIN_PUBLIC_URL to its https address."
    )
    return Finding("address", State.WARNING, told)


def _port(settings: Settings) -> Finding:
    place = f"{settings.host}:{settings.port}"
    if settings.port == 0:
        return Finding("port", State.OK, "any that is free")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, settings.port))
        except OSError as error:
            return _taken(settings, place, error)
    return Finding("port", State.OK, f"{place} is free")


def _taken(settings: Settings, place: str, error: OSError) -> Finding:
    """A port that cannot be had is well where our own server has it."""
    if neighbour.runs(settings):
        return Finding("port", State.OK, f"{place} is served by this installation")
    told = f"{place} cannot be had: {error.strerror}. Set TOCSIN_PORT to another one."
    return Finding("port", State.WRONG, told)


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(span: timedelta) -> str:
    return f"{abs(span.total_seconds()):.0f} s"
