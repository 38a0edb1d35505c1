"""The automation room, wired: actions, runners, desks, drivers, cards."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import cast

from automation.actions.registry import SHIPPED, Registry
from automation.actions.runner import GROUP, MakeRunners, Runner, RunnerKit
from automation.approvals.desk import ApprovalDesk
from automation.approvals.drive import ApprovalDriver, QuestionDriver
from automation.approvals.subjects import APPROVAL_DRIVE, EXECUTION_DRIVE, QUESTION_DRIVE
from automation.executions.desk import ExecutionDesk
from automation.executions.driver import ExecutionDriver
from automation.executions.inside import RUNNERS
from automation.executions.preparing import Preparing
from automation.living import AutomationCards
from automation.packs.overrides import FILE as OVERRIDES
from automation.runbooks.changes import SCHEDULE
from automation.runbooks.desk import RunbookDesk
from automation.triggers.incidents import FOLLOWING, IncidentDriver
from automation.triggers.schedule import ScheduleDriver
from automation.triggers.webhook import WebhookDesk
from automation.workshop import Workshop
from bot.failpoints import VARIABLE, execution_failpoint
from bot.installed import points
from bot.settings import PREFIX, Settings
from chat.clock import Clock
from chat.errors import BadInput
from chat.port import ChatAdapter
from incidents.ports import Driver
from integrations.process.orphans import end_left
from security.keys import Purpose, derive
from security.second_factor import SecondFactorDesk
from security.secrets import Vault
from storage.acts import StoredActs

_log = logging.getLogger("tocsin.runners")
# Of our own: the loop's usual one is the engine's, and gone while that is being closed.
_PACKS = ThreadPoolExecutor(1, thread_name_prefix="tocsin-packs")
_OPTIONS = f"{PREFIX}RUNNER_"


@dataclass(frozen=True, slots=True)
class Automation:
    """Everybody in the automation room.

    Attributes:
        runners: Those that do actions outside of transactions, by name.
        execution_driver: To be wound down before the engine ends.
        drivers: Who drives which kind of durable work.
    """

    workshop: Workshop
    runners: Mapping[str, Runner]
    runbooks: RunbookDesk
    executions: ExecutionDesk
    approvals: ApprovalDesk
    webhooks: WebhookDesk
    cards: AutomationCards
    execution_driver: ExecutionDriver
    drivers: Mapping[str, Driver]

    async def close(self) -> None:
        """End what runners keep warm."""
        for runner in {id(each): each for each in self.runners.values()}.values():
            await runner.close()

    async def watch_packs(self) -> None:
        """Take up changed pack files, when there are any."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(_PACKS, self.workshop.registry.reload_if_changed)


def automation(
    settings: Settings,
    acts: StoredActs,
    key: bytes,
    vault: Vault,
    second_factors: SecondFactorDesk,
    adapters: Mapping[str, ChatAdapter],
    clock: Clock,
    usual_platform: str,
) -> Automation:
    """Make everybody.

    Raises:
        BadInput: A runner's package cannot be loaded.
    """
    runners = load_runners(settings)
    workshop = Workshop(
        registry=Registry(
            {**{name: each.parameters for name, each in runners.items()}, **RUNNERS},
            (SHIPPED, settings.home / "packs"),
        ),
        vault=vault,
        plan_key=derive(key, Purpose.PLAN),
        files=settings.executions_path.resolve(),
        clock=clock,
    )
    preparing = Preparing(acts, workshop, runners, adapters, usual_platform)
    driver = ExecutionDriver(
        acts,
        workshop,
        runners,
        preparing,
        end_left=end_left,
        boundary=execution_failpoint(os.environ.get(VARIABLE)),
    )
    return Automation(
        workshop=workshop,
        runners=runners,
        runbooks=RunbookDesk(acts, workshop, clock),
        executions=ExecutionDesk(acts, workshop, clock),
        approvals=ApprovalDesk(acts, second_factors, clock),
        webhooks=WebhookDesk(acts, workshop),
        cards=AutomationCards(acts),
        execution_driver=driver,
        drivers={
            EXECUTION_DRIVE: driver,
            APPROVAL_DRIVE: ApprovalDriver(acts, clock),
            QUESTION_DRIVE: QuestionDriver(acts, clock),
            SCHEDULE: ScheduleDriver(acts, workshop),
            FOLLOWING: IncidentDriver(acts, workshop),
        },
    )


def load_runners(settings: Settings) -> dict[str, Runner]:
    """Every runner that is installed, ours and those of other packages, by name.

    Raises:
        BadInput: One's package cannot be loaded.
    """
    found: dict[str, Runner] = {}
    for point in points(GROUP):
        try:
            make = cast("MakeRunners", point.load())
        except ImportError as error:
            raise BadInput(
                f"The runners “{point.name}” cannot be loaded from {point.value}: {error}. "
                "Install their package again, or remove it."
            ) from error
        for runner in make(runner_kit(settings, point.name)):
            found[runner.name] = runner
            _log.debug("runner %s: %s", runner.name, point.value)
    return found


def runner_kit(settings: Settings, name: str) -> RunnerKit:
    """What the runners of an entry point are made from."""
    return RunnerKit(
        output_limit=settings.output_limit,
        memory_limit=settings.action_memory_limit or None,
        allowed_networks=tuple(settings.allowed_networks.replace(",", " ").split()),
        environments=settings.environments_path.resolve(),
        overrides=settings.home.resolve() / OVERRIDES,
        options=_options(name, os.environ),
    )


def _options(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """`TOCSIN_RUNNER_<NAME>_<OPTION>` as `{option: value}`."""
    prefix = f"{_OPTIONS}{name.upper().replace('-', '_')}_"
    return {
        variable.removeprefix(prefix).lower(): value
        for variable, value in environment.items()
        if variable.startswith(prefix) and value
    }
