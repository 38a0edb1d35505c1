"""Every right there is, and the roles shipped as sets of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """One right. A role is a set of them."""

    CHAT_USE = "chat.use"
    INCIDENT_VIEW = "incident.view"
    INCIDENT_START = "incident.start"
    INCIDENT_WORK = "incident.work"
    INCIDENT_COMMAND = "incident.command"
    INCIDENT_END = "incident.end"
    INCIDENT_RESTART = "incident.restart"
    INCIDENT_EXPORT = "incident.export"
    INCIDENT_VIEW_ALL = "incident.view_all"
    INCIDENT_WORK_ALL = "incident.work_all"
    PLAYBOOK_VIEW = "playbook.view"
    PLAYBOOK_CREATE = "playbook.create"
    PLAYBOOK_EDIT = "playbook.edit"
    PLAYBOOK_DELETE = "playbook.delete"
    PLAYBOOK_VIEW_ALL = "playbook.view_all"
    RUNBOOK_VIEW = "runbook.view"
    RUNBOOK_RUN = "runbook.run"
    RUNBOOK_EDIT = "runbook.edit"
    RUNBOOK_VIEW_ALL = "runbook.view_all"
    ACTION_RUN = "action.run"
    APPROVAL_ANSWER = "approval.answer"
    PEOPLE_VIEW = "people.view"
    PEOPLE_MANAGE = "people.manage"
    TOKEN_OWN = "token.own"  # noqa: S105 - the name of a right
    TOKEN_MANAGE = "token.manage"  # noqa: S105 - the name of a right
    AUDIT_VIEW = "audit.view"
    SETTINGS_VIEW = "settings.view"


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of rights.

    Attributes:
        name: Lower-case word.
        built_in: Shipped; cannot be changed or deleted.
    """

    name: str
    description: str
    permissions: frozenset[Permission]
    built_in: bool = False


P = Permission
_VIEWER = frozenset(
    {
        P.CHAT_USE,
        P.INCIDENT_VIEW,
        P.PLAYBOOK_VIEW,
        P.RUNBOOK_VIEW,
        P.PEOPLE_VIEW,
        P.TOKEN_OWN,
    }
)
_RESPONDER = _VIEWER | {
    P.INCIDENT_START,
    P.INCIDENT_WORK,
    P.INCIDENT_COMMAND,
    P.INCIDENT_END,
    P.INCIDENT_RESTART,
    P.PLAYBOOK_CREATE,
    P.PLAYBOOK_EDIT,
    P.RUNBOOK_RUN,
}
_COMMANDER = _RESPONDER | {P.INCIDENT_EXPORT, P.PLAYBOOK_DELETE}

BUILT_IN: tuple[Role, ...] = (
    Role("viewer", "Reads incidents and playbooks", _VIEWER, built_in=True),
    Role("responder", "Starts and works on incidents", _RESPONDER, built_in=True),
    Role("commander", "Also exports incidents and deletes playbooks", _COMMANDER, built_in=True),
    Role(
        "engineer",
        "Also writes runbooks, and so decides what is run on your machines",
        _COMMANDER | {P.RUNBOOK_EDIT, P.ACTION_RUN},
        built_in=True,
    ),
    Role("approver", "Answers approvals", _VIEWER | {P.APPROVAL_ANSWER}, built_in=True),
    Role(
        "automation",
        "For programs: starts, works on and ends any incident",
        _RESPONDER | {P.INCIDENT_VIEW_ALL, P.INCIDENT_WORK_ALL},
        built_in=True,
    ),
    Role("admin", "Everything", frozenset(Permission), built_in=True),
)


def roles_granting(permission: Permission, roles: tuple[Role, ...] = BUILT_IN) -> tuple[str, ...]:
    """Names of the roles that hold `permission`, the weakest first."""
    holders = [role for role in roles if permission in role.permissions]
    return tuple(role.name for role in sorted(holders, key=lambda role: len(role.permissions)))
