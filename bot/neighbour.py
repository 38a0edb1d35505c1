"""Whether the server of this installation runs at the configured address."""

from __future__ import annotations

import http.client
import json

from bot.settings import Settings
from security.keys import fingerprint

_PATIENCE = 2.0


def near_host(host: str) -> str:
    """Where to reach, from this machine, a server that listens at `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def runs(settings: Settings) -> bool:
    """Whether a server with this installation's key answers there.

    Goes straight there, whatever proxies the environment names, and writes nothing.

    Raises:
        BadInput: The key file is not one, or others may read it.
    """
    if settings.key is None and not settings.key_path.exists():
        return False
    connection = http.client.HTTPConnection(
        near_host(settings.host), settings.port, timeout=_PATIENCE
    )
    try:
        connection.request("GET", "/healthz")
        health = json.loads(connection.getresponse().read())
        installation = health["installation"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return False
    finally:
        connection.close()
    return installation == fingerprint(settings.installation_key())
