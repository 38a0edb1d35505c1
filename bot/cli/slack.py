"""`tocsin slack`: what Slack has to be told of the bot."""

from __future__ import annotations

from urllib.parse import urlsplit

import click
import yaml

from adapters.slack.manifest import manifest as app_manifest
from bot.cli.output import json_option, show_json
from chat.errors import BadInput
from commands.wiring import phrases


@click.group()
def slack() -> None:
    """Set up Slack."""


@slack.command()
@click.option("--url", default="", help="Have Slack call us here (HTTP); without it: Socket Mode.")
@click.option("--name", default="Tocsin", help="How the app is called in Slack.")
@click.option("--archive", is_flag=True, help="Ask whoever installs it for what archiving needs.")
@json_option
def manifest(url: str, name: str, *, archive: bool, as_json: bool) -> None:
    """Print the app manifest to paste at https://api.slack.com/apps.

    It is YAML, or JSON with --json. Nothing is read or written.
    """
    address, shown = url.strip().rstrip("/"), name.strip()
    parts = urlsplit(address)
    if address and (parts.scheme != "https" or not parts.hostname or parts.query):
        raise BadInput(
            f"--url is “{address[:80]}”, but Slack calls only addresses such as "
            "https://tocsin.example.org.",
            details={"url": "an https address"},
        )
    if not 0 < len(shown) <= 35:  # noqa: PLR2004 - Slack's limit of an app's name
        raise BadInput(
            f"--name has {len(shown)} characters; Slack takes 1 to 35.",
            details={"name": "1 to 35 characters"},
        )
    made = app_manifest(phrases(), address, shown, archive=archive)
    if as_json:
        show_json(made)
    else:
        click.echo(_yaml(made), nl=False)


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)  # pyright: ignore[reportUnknownMemberType] - its stubs are partly typed
