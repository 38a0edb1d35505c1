"""`tocsin chat`: say something in the local chat and read the answer."""

from __future__ import annotations

import click

from bot.cli.chat_deed import Answer, Deed, FillIn, Press, Read, Say
from bot.cli.output import json_option, show_json
from bot.settings import Settings
from bot.settings_check import load


@click.command()
@click.option("--as", "user", required=True, help="Who says it.")
@click.option("--channel", default=None, help="Name or id of the channel.")
@click.option("--team", default=None, help="In which team's chat; theirs without it.")
@click.option("--thread", type=int, default=None, help="Id of the message it answers.")
@click.option("--message", type=int, default=None, help="Id of the message with the button.")
@click.option("--action", default=None, help="The button to press, or the select to choose in.")
@click.option("--value", default=None, help="The button's value, or what to choose.")
@click.option("--form", default=None, help="Id of the form to fill in.")
@click.option("--set", "values", multiple=True, metavar="FIELD=VALUE", help="An answer to it.")
@click.option("--last", type=click.IntRange(1, 200), default=20, help="Messages to read.")
@json_option
@click.argument("text", required=False)
def chat(
    user: str,
    channel: str | None,
    team: str | None,
    thread: int | None,
    message: int | None,
    action: str | None,
    value: str | None,
    form: str | None,
    values: tuple[str, ...],
    last: int,
    text: str | None,
    *,
    as_json: bool,
) -> None:
    """Say TEXT in a channel, or run a command such as "/incident list".

    Without TEXT it reads the channel. With --message and --action it presses a button, with
    --form it fills in a form. A running server does it; where none runs, this process does.
    Exit code 1 when the answer is an error.
    """
    if form is not None:
        deed: Deed = FillIn(form, dict(_pair(each) for each in values))
    elif action is not None or message is not None:
        deed = _press(message, action, value)
    elif channel is None:
        raise click.UsageError("Missing option '--channel'.")
    else:
        deed = Read(channel, last) if text is None else Say(channel, text, thread)
    settings = load()
    answer = _ask(settings, user.strip().removeprefix("@"), team, deed)
    if as_json:
        show_json(answer)
    else:
        _show(answer, user, settings.url())
    if answer.get("code"):
        raise click.exceptions.Exit(1)


def _show(answer: Answer, user: str, url: str) -> None:
    from bot.cli.chat_show import show  # noqa: PLC0415 - programs that ask for JSON need it not

    show(answer, user, url)


def _ask(settings: Settings, user: str, team: str | None, deed: Deed) -> Answer:
    """Have it done by a running server, otherwise here."""
    from bot.cli.chat_server import ServerDoor  # noqa: PLC0415 - after the settings are known good

    answer = ServerDoor(settings).do(user, team, deed)
    if answer is not None:
        return answer
    from bot.cli.chat_here import HereDoor  # noqa: PLC0415 - loads the whole house

    answer = HereDoor(settings).do(user, team, deed)
    return {} if answer is None else answer


def _press(message: int | None, action: str | None, value: str | None) -> Press:
    if message is None or action is None:
        raise click.UsageError("Pressing a button takes both --message and --action.")
    return Press(message, action, value)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.UsageError(f"“{text[:40]}” is no answer; write --set FIELD=VALUE.")
    return name.strip(), value
