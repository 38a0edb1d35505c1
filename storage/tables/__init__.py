"""Every table, by meaning; importing this room completes `METADATA`."""

from storage.tables import (
    audit,
    automation,
    engine,
    incidents,
    local_chat,
    messages,
    people,
    playbooks,
    proofs,
    second_factors,
)
from storage.tables.metadata import METADATA

__all__ = [
    "METADATA",
    "audit",
    "automation",
    "engine",
    "incidents",
    "local_chat",
    "messages",
    "people",
    "playbooks",
    "proofs",
    "second_factors",
]
