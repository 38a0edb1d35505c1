"""Chat platforms: panels drawn, commands acknowledged under load, and what importing costs.

A platform is measured when it stands in `benchmarks.chats.PLATFORMS`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.acknowledging import acknowledged
from benchmarks.chats import PLATFORMS
from benchmarks.drawing import drawn
from benchmarks.figures import Figure
from benchmarks.importing import imported


async def platforms(
    folder: Path, postgresql: Callable[[], str] | None, *, quick: bool
) -> list[Figure]:
    """Every platform, one after another.

    Args:
        folder: An empty directory.
        postgresql: Makes empty databases; None where PostgreSQL is not installed.
        quick: Whether to measure only roughly.
    """
    figures = [each for platform in PLATFORMS for each in drawn(platform, 100 if quick else 1000)]
    for platform in PLATFORMS:
        figures += await imported(platform, 2 if quick else 5)
    for platform in PLATFORMS:
        for way in platform.ways:
            figures += await acknowledged(way, folder, postgresql, 2 if quick else 5)
    return figures
