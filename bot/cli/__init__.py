"""The `tocsin` command. Each group is imported when it is called, so that help is fast."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from bot.cli.lazy import LazyGroup
from bot.cli.wording import for_terminal
from chat.errors import TocsinError

COMMANDS = {
    "up": ("bot.cli.running:up", "Migrate, serve and work: everything in one process"),
    "serve": ("bot.cli.running:serve", "Answer people and programs, and work"),
    "worker": ("bot.cli.running:worker", "Only work: deliver, drive, seal"),
    "chat": ("bot.cli.chat:chat", "Say something in the local chat and read the answer"),
    "user": ("bot.cli.user:user", "Accounts, their roles and sign-in links"),
    "team": ("bot.cli.team:team", "Teams"),
    "role": ("bot.cli.role:role", "Roles as sets of permissions"),
    "token": ("bot.cli.token:token", "API tokens"),
    "audit": ("bot.cli.audit:audit", "The audit trail: list and verify it"),
    "incident": ("bot.cli.incident:incident", "List incidents"),
    "playbook": ("bot.cli.playbook:playbook", "List, import and export playbooks"),
    "runbook": ("bot.cli.runbook:runbook", "List, save, plan and run runbooks"),
    "rule": ("bot.cli.rule:rule", "Try rules on samples"),
    "workflow": ("bot.cli.workflow:workflow", "Rehearse workflows on made-up results"),
    "action": ("bot.cli.action:action", "List and run actions"),
    "pack": ("bot.cli.pack:pack", "List packs, look into them, and prepare what they require"),
    "execution": ("bot.cli.execution:execution", "Follow and control executions"),
    "approval": ("bot.cli.approval:approval", "List and answer approvals"),
    "slack": ("bot.cli.slack:slack", "Set up Slack: print the app manifest"),
    "outbox": ("bot.cli.outbox:outbox", "List what could not be delivered, and try it again"),
    "database": ("bot.cli.database:database", "Bring the database up to date, or back"),
    "backup": ("bot.cli.backup:backup", "Copy the database while it is in use"),
    "restore": ("bot.cli.backup:restore", "Put a backup in the database's place"),
    "teams": ("bot.cli.teams:teams", "Microsoft Teams: the app that is uploaded there"),
    "doctor": ("bot.cli.doctor:doctor", "Look for what is wrong with this installation"),
}
"""Name to where it is and what it does, in the order of help."""

_INTERRUPTED = 130


@click.group(
    cls=LazyGroup,
    commands_at=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="tocsin", prog_name="Tocsin", message="%(prog)s %(version)s")
def tocsin() -> None:
    """Run incidents from chat.

    Settings come from TOCSIN_* variables and from tocsin.toml in TOCSIN_HOME.
    Exit codes: 0 done, 1 refused or failed, 2 called or set up wrongly.
    """


def main() -> None:
    """The executable's entry."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what a command line says; what went wrong goes to standard error as one line.

    Returns:
        0 done, 1 refused or failed, 2 called or set up wrongly, 130 interrupted.
    """
    try:
        code = tocsin.main(list(arguments), prog_name="tocsin", standalone_mode=False)
    except (click.ClickException, TocsinError) as error:
        return _explained(error)
    except (KeyboardInterrupt, click.Abort):
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; closing it once more must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


def _explained(error: click.ClickException | TocsinError) -> int:
    """Tell what went wrong; the exit code for it."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return 2
        case click.UsageError():
            where = error.ctx.command_path if error.ctx is not None else "tocsin"
            return _failed(f"{_one_line(error.format_message())} See: {where} --help", 2)
        case click.ClickException():
            return _failed(_one_line(error.format_message()), error.exit_code)
        case TocsinError():
            return _failed(for_terminal(error.message), 2 if error.code == "BAD_SETTINGS" else 1)


def _failed(message: str, code: int) -> int:
    """Tell what went wrong; settings may be wrong in several places, each on its line."""
    for line in message.splitlines() or ["failed"]:
        click.echo(f"tocsin: {line}", err=True)
    return code


def _one_line(text: str) -> str:
    return " ".join(text.split())
