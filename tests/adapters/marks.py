"""Marks of this room's tests."""

from __future__ import annotations

import pytest

on_one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""For what is decided before a database is asked, or by the same statements on each."""
