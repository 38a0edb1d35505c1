"""Which certificates a Mattermost server is believed with."""

from __future__ import annotations

import ssl

from adapters.mattermost.settings import MattermostSettings


def tls(settings: MattermostSettings) -> ssl.SSLContext | None:
    """The usual ones and those of the operator's file; None where the server speaks no TLS."""
    if settings.server.scheme != "https":
        return None
    context = ssl.create_default_context()
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return context
