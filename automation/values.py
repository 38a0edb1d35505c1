"""JSON, as it comes from documents, triggers and actions."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""A value that JSON can hold: text, number, truth value, nothing, list, object."""
