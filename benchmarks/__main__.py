"""Run every measurement: `python -m benchmarks [--json] [--quick]`, or `make bench`."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks import floors
from benchmarks.databases import postgresql
from benchmarks.executions import executions
from benchmarks.figures import Figure, Timings, as_json, latencies, table
from benchmarks.listing import COUNT, fill
from benchmarks.load import measure
from benchmarks.platforms import platforms
from benchmarks.product import Product, free_port, prepare, running
from benchmarks.python_actions import python_actions
from benchmarks.rules import rules
from benchmarks.workflows import workflows

LISTS = {
    "newest": "/api/incidents/?limit=25",
    "ongoing": "/api/incidents/?limit=25&ongoing=true",
    "critical ones by name": "/api/incidents/?limit=25&severity=CRITICAL&ordering=name",
    "search": "/api/incidents/?limit=25&search=billing",
    "page 2000": "/api/incidents/?limit=25&offset=50000",
}


async def commands(product: Product, echo: Timings, label: str, times: int) -> list[Figure]:
    """Reading and changing commands, as a person types them."""
    await product.say("general", "/incident start --playbook outage --name bench")
    key = (await product.get("/api/incidents/"))["results"][0]["key"]

    async def look(_: int) -> None:
        await product.say("general", f"/incident info {key}")

    async def change(number: int) -> None:
        await product.say("general", f"/incident summary {key} state {number}")

    figures: list[Figure] = []
    floor_is = "bare aiohttp echo"
    for what, call in (("reading command", look), ("changing command", change)):
        for at_once in (1, 8):
            timings = await measure(call, times=times, at_once=at_once)
            name = f"{label}: {what}, {at_once} at once"
            figures.extend(latencies(name, timings, echo, floor_is))
    return figures


async def lists(product: Product, echo: Timings, label: str, times: int) -> list[Figure]:
    """Lists out of many incidents, through the API."""
    figures: list[Figure] = []
    for name, path in LISTS.items():

        async def call(_: int, path: str = path) -> None:
            await product.get(path)

        timings = await measure(call, times=times)
        what = f"{label}: list of {COUNT:,}, {name}"
        figures.extend(latencies(what, timings, echo, "bare aiohttp echo")[1:])
    return figures


def memory(what: str, product: Product, bare: floors.Echo) -> Figure:
    """What the product holds in memory now."""
    return Figure(what, product.memory(), "MiB", bare.memory, "a bare aiohttp server")


async def one_database(
    url: str, folder: Path, label: str, commits: Timings, *, quick: bool
) -> list[Figure]:
    """Everything that is measured on one database."""
    home = folder / label.lower()
    home.mkdir()
    times = 100 if quick else 500
    await prepare(home, url)
    figures: list[Figure] = []
    async with floors.echo_server(port := free_port()) as bare:
        echo = await floors.echo(port, times=2 * times, at_once=1)
        async with running(home, url) as product:
            figures.append(
                Figure(
                    f"{label}: process start to first answered command",
                    product.started_in,
                    "s",
                    bare.started_in,
                    "start of a bare aiohttp server to its first answer",
                )
            )
            figures.append(memory(f"{label}: memory after the start", product, bare))
            figures.extend(await commands(product, echo, label, times))
            changing = next(f for f in figures if "changing command, 8 at once: a s" in f.what)
            figures.append(
                Figure(
                    f"{label}: changing commands, 8 at once",
                    changing.value,
                    "/s",
                    commits.rate,
                    "bare commits, one after another",
                )
            )
            figures.append(memory(f"{label}: memory after the load", product, bare))
        figures.extend(await executions(url, home, label, commits, quick=quick))
        await fill(url, 5_000 if quick else COUNT)
        async with running(home, url) as product:
            figures.extend(await lists(product, echo, label, times))
    return figures


async def everything(*, quick: bool) -> list[Figure]:
    """Measure what needs no database, and then on both, where PostgreSQL is installed."""
    figures: list[Figure] = rules(quick=quick)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as place:
        folder = Path(place)
        figures.extend(await python_actions(folder, quick=quick))
        figures.extend(workflows(quick=quick))
        url = f"sqlite:///{folder / 'bench.db'}"
        commits = floors.sqlite_commits(folder)
        figures.extend(await one_database(url, folder, "SQLite", commits, quick=quick))
        with postgresql() as other:
            if other is not None:
                commits = floors.postgresql_commits(url := other())
                figures.extend(await one_database(url, folder, "PostgreSQL", commits, quick=quick))
            figures.extend(await platforms(folder, other, quick=quick))
    return figures


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--json", action="store_true", help="print the figures as JSON")
    options.add_argument("--quick", action="store_true", help="few calls and few incidents")
    chosen = options.parse_args()
    figures = asyncio.run(everything(quick=chosen.quick))
    print(as_json(figures) if chosen.json else table(figures))


if __name__ == "__main__":
    main()
