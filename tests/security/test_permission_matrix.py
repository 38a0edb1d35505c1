"""Every role, every permission, every scope: who may do what, written out."""

from __future__ import annotations

import itertools

import pytest

from chat.errors import Denied
from chat.person import Person
from security.account import Grant
from security.actor import ALL_TEAMS, SYSTEM, Actor, operator, require
from security.permissions import BUILT_IN, Permission, Role, roles_granting
from security.reach import hand_out, rights

VIEWER = {
    "chat.use",
    "incident.view",
    "playbook.view",
    "runbook.view",
    "people.view",
    "token.own",
}
RESPONDER = VIEWER | {
    "incident.start",
    "incident.work",
    "incident.command",
    "incident.end",
    "incident.restart",
    "playbook.create",
    "playbook.edit",
    "runbook.run",
}
COMMANDER = RESPONDER | {"incident.export", "playbook.delete"}
WANTED = {
    "viewer": VIEWER,
    "responder": RESPONDER,
    "commander": COMMANDER,
    "engineer": COMMANDER | {"runbook.edit", "action.run"},
    "approver": VIEWER | {"approval.answer"},
    "automation": RESPONDER | {"incident.view_all", "incident.work_all"},
    "admin": {str(permission) for permission in Permission},
}
HOME, OTHER = "team-home", "team-other"
ROLES = [role.name for role in BUILT_IN]
SCOPES: list[str] = ["no limit", "just this", "all but this", "nothing"]


def actor_with(role: str, where: str | None, scopes: frozenset[Permission] | None = None) -> Actor:
    grant = Grant("account-1", role, where)
    return Actor(
        "account-1", "ana", "Ana", rights=rights((grant,), BUILT_IN), via="api", scopes=scopes
    )


def scopes_of(kind: str, permission: Permission) -> frozenset[Permission] | None:
    return {
        "no limit": None,
        "just this": frozenset({permission}),
        "all but this": frozenset(Permission) - {permission},
        "nothing": frozenset[Permission](),
    }[kind]


def test_the_shipped_roles_are_these() -> None:
    assert set(ROLES) == set(WANTED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("granted_in", [HOME, None])
def test_a_role_allows_exactly_its_permissions(role: str, granted_in: str | None) -> None:
    for permission, kind in itertools.product(Permission, SCOPES):
        actor = actor_with(role, granted_in, scopes_of(kind, permission))
        held = str(permission) in WANTED[role] and kind in {"no limit", "just this"}
        everywhere = granted_in is None

        assert actor.may(permission, HOME) is held
        assert actor.may(permission, OTHER) is (held and everywhere)
        assert actor.may(permission, ALL_TEAMS) is (held and everywhere)
        assert actor.may(permission, None) is held


@pytest.mark.parametrize("role", ROLES)
def test_what_is_lacking_is_refused_and_the_sentence_says_so(role: str) -> None:
    actor = actor_with(role, HOME)
    for permission in Permission:
        if str(permission) in WANTED[role]:
            require(actor, permission, team_id=HOME, thing="INC-00042")
            continue
        with pytest.raises(Denied) as refused:
            require(actor, permission, team_id=HOME, thing="INC-00042")
        assert f"“{permission}”" in refused.value.message
        assert "INC-00042" in refused.value.message
        assert "admin" in refused.value.message
        assert refused.value.permission == permission


def test_a_scoped_token_says_that_the_scope_is_missing_and_not_the_role() -> None:
    actor = actor_with("admin", None, frozenset({Permission.INCIDENT_VIEW}))

    with pytest.raises(Denied, match=r"token does not carry the scope “audit.view”"):
        require(actor, Permission.AUDIT_VIEW, team_id=HOME, thing="the audit trail")


def test_somebody_without_a_role_may_do_nothing() -> None:
    nobody = Actor("account-1", "ana", "Ana", via="api")

    assert not any(nobody.may(permission, HOME) for permission in Permission)
    assert not any(nobody.may(permission, None) for permission in Permission)
    assert not nobody.in_team(HOME)


def test_a_role_that_is_gone_gives_nothing() -> None:
    assert rights((Grant("a", "ghost", HOME),), BUILT_IN) == {HOME: frozenset()}


def test_roles_in_one_team_add_up() -> None:
    both = rights((Grant("a", "viewer", HOME), Grant("a", "approver", HOME)), BUILT_IN)

    assert {str(permission) for permission in both[HOME]} == VIEWER | {"approval.answer"}


def test_only_tocsin_itself_and_the_operator_hold_everything() -> None:
    for permission in Permission:
        assert SYSTEM.may(permission, HOME)
        assert operator("root").may(permission, ALL_TEAMS)
    assert operator("root").via == "cli"


def test_an_unlinked_chat_user_learns_how_to_be_linked() -> None:
    stranger = Actor(None, "bo", "Bo", via="chat:slack", person=Person("slack", "T1", "U7", "bo"))

    with pytest.raises(Denied, match=r"--platform slack --workspace T1 --id U7"):
        require(stranger, Permission.INCIDENT_START, team_id=None, thing="incidents")


def test_somebody_of_another_local_team_learns_which_role_they_need() -> None:
    stranger = Actor(None, "bo", "Bo", via="chat:local", person=Person("local", "ops", "u-7", "bo"))

    with pytest.raises(Denied, match=r"user grant bo --role responder --team ops"):
        require(stranger, Permission.INCIDENT_START, team_id=None, thing="incidents")


@pytest.mark.parametrize(("giver", "given"), list(itertools.product(ROLES, ROLES)))
def test_nobody_hands_out_more_than_they_hold(giver: str, given: str) -> None:
    actor = actor_with(giver, HOME)
    wanted = rights((Grant("b", given, HOME),), BUILT_IN)

    assert (not actor.lacks(wanted)) is (WANTED[given] <= WANTED[giver])


def test_rights_in_one_team_are_no_rights_in_all_teams() -> None:
    team_admin = actor_with("admin", HOME)

    with pytest.raises(Denied, match="rights that you do not hold yourself"):
        hand_out(team_admin, rights((Grant("b", "viewer", None),), BUILT_IN), thing="the role")
    with pytest.raises(Denied):
        hand_out(team_admin, rights((Grant("b", "viewer", OTHER),), BUILT_IN), thing="the role")
    hand_out(team_admin, rights((Grant("b", "admin", HOME),), BUILT_IN), thing="the role")


def test_the_roles_that_would_help_are_named_weakest_first() -> None:
    custom = Role("exporter", "", frozenset({Permission.INCIDENT_EXPORT}))

    assert roles_granting(Permission.INCIDENT_EXPORT, (*BUILT_IN, custom)) == (
        "exporter",
        "commander",
        "engineer",
        "admin",
    )
