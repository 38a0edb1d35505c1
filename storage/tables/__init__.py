"""Every table, by meaning; importing this room completes `METADATA`."""

from storage.tables import (
    audit,
    engine,
    incidents,
    local_chat,
    messages,
    people,
    playbooks,
    proofs,
)
from storage.tables.metadata import METADATA

__all__ = [
    "METADATA",
    "audit",
    "engine",
    "incidents",
    "local_chat",
    "messages",
    "people",
    "playbooks",
    "proofs",
]
