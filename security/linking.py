"""People on several platforms are one person: by verified e-mail, or by a code typed in both."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.address import Address
from chat.card import Card, Text
from chat.clock import Clock, new_id
from chat.errors import BadInput, NotFound, Refused, TocsinError
from chat.outbox import DirectCard, Outgoing
from chat.person import Person
from chat.port import ChatAdapter
from chat.text import Bold, Code
from security import names
from security.account import Account, Identity
from security.actor import SYSTEM, Actor
from security.audit import record
from security.granting import wanted_grant
from security.ports import Acts, SecurityStores
from security.proof import LinkCode, digest
from security.residence import LOCAL

_log = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=10)
"""How long a code is good for."""
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without letters and digits that are taken for one another."""
_LENGTH = 10
_ASK_AGAIN = timedelta(minutes=5)
_REMEMBERED = 10_000
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Pairing:
    """What a code would link.

    Attributes:
        person: The platform's user who becomes the account's.
        account: Whom they become.
    """

    person: Person
    account: Account


class Linking:
    """Finds out, or is told, which account a platform's user is."""

    def __init__(
        self,
        acts: Acts[SecurityStores],
        clock: Clock,
        adapters: Mapping[str, ChatAdapter],
        *,
        newcomers: str = "",
        team: str = "main",
    ) -> None:
        """Wire it.

        Args:
            acts: Where people are.
            clock: For the expiry of codes.
            adapters: By platform name; asked for people's e-mail addresses.
            newcomers: Role, in `team`, of those whom nobody has made an account for; empty
                leaves strangers strangers.
            team: Where newcomers get that role.
        """
        self._acts = acts
        self._clock = clock
        self._adapters = adapters
        self._newcomers = newcomers
        self._team = team
        self._strangers: dict[tuple[str, str, str], datetime] = {}

    async def meet(self, person: Person) -> bool:
        """Link a stranger to the account with their verified e-mail, or make them one.

        Asks the platform at most every few minutes for each stranger.

        Returns:
            Whether they are somebody now.
        """
        key, now = _place(person), self._clock.now()
        if person.platform == LOCAL or person.is_bot:
            return False
        if await self._acts.read(lambda stores: stores.people.identity(*key)) is not None:
            return True
        asked = self._strangers.get(key)
        if asked is not None and now - asked < _ASK_AGAIN:
            return False
        if len(self._strangers) > _REMEMBERED:
            self._strangers.clear()
        self._strangers[key] = now
        found = await self._described(person)
        if found is None or not await self._welcomed(found, now):
            return False
        self._strangers.pop(key, None)
        return True

    async def _described(self, person: Person) -> Person | None:
        """The platform's own description of somebody, where it is of any use."""
        adapter = self._adapters.get(person.platform)
        if adapter is None or not (adapter.capabilities.verified_email or self._newcomers):
            return None
        try:
            found = await adapter.find_person(person.workspace, person.id)
        except TocsinError as error:
            _log.warning("%s does not say who %s is: %s", person.platform, person.id, error)
            return None
        same = found is not None and found.id == person.id and not found.is_bot
        return found if same else None

    async def _welcomed(self, person: Person, now: datetime) -> bool:
        vouched = self._adapters[person.platform].capabilities.verified_email
        try:
            return await self._acts.run(
                lambda stores: self._welcome(stores, person, now, vouched=vouched)
            )
        except NotFound as missing:
            _log.error("TOCSIN_NEWCOMER_ROLE: %s", missing.message)
            return False

    def _welcome(
        self, stores: SecurityStores, person: Person, now: datetime, *, vouched: bool
    ) -> bool:
        """Link them inside an act; whether they are somebody now."""
        if stores.people.identity(person.platform, person.workspace, person.id) is not None:
            return True
        email = _email(person) if vouched else None
        account = stores.people.by_email(email) if email else None
        if account is not None and not account.active:
            return False
        if account is None:
            if not self._newcomers:
                return False
            account = self._newcomer(stores, person, email, now)
        stores.people.link(Identity(account.id, person))
        _note(stores, SYSTEM, account, person, now, how="e-mail" if email else "newcomer")
        return True

    def _newcomer(
        self, stores: SecurityStores, person: Person, email: str | None, now: datetime
    ) -> Account:
        account = Account(
            id=new_id(),
            name=_free_name(stores, person),
            display=_display(person),
            email=email,
            active=True,
            created_at=now,
        )
        grant = wanted_grant(stores, account.id, self._newcomers, self._team)
        stores.people.add(account)
        stores.people.grant(grant)
        stores.audit.append(
            record(
                SYSTEM, now, "account.created", kind="account", id=account.id,
                name=account.name, team_id=grant.team_id, role=grant.role, team=self._team,
            )
        )  # fmt: skip
        return account

    async def bring(
        self, account_ids: Iterable[str], platform: str, workspace: str
    ) -> tuple[Person, ...]:
        """The accounts' users on a platform; those not linked yet are looked for by e-mail.

        Whoever is not found there is left out.

        Raises:
            Unavailable: The platform did not answer.
        """
        wanted = tuple(account_ids)

        def look(stores: SecurityStores) -> tuple[dict[str, Person], dict[str, Account]]:
            known = stores.people.persons(wanted, platform, workspace)
            missing = (one for one in wanted if one not in known)
            return known, stores.people.accounts(missing)

        known, missing = await self._acts.read(look)
        adapter = self._adapters.get(platform)
        if platform != LOCAL and adapter is not None and adapter.capabilities.verified_email:
            for account in missing.values():
                if account.active and account.email:
                    found = await adapter.find_person(workspace, account.email)
                    if found is not None:
                        await self.meet(found)
            known, _ = await self._acts.read(look)
        return tuple(known[one] for one in wanted if one in known)

    async def code(self, actor: Actor, person: Person) -> str:
        """A code for `person`, to be typed in a chat where they are somebody else."""
        word = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        until = self._clock.now() + LIFETIME
        kept = LinkCode(person, actor.account_id, until)
        await self._acts.run(lambda stores: stores.proofs.add_link_code(kept, digest(word)))
        return f"{word[: _LENGTH // 2]}-{word[_LENGTH // 2 :]}"

    async def pairing(self, actor: Actor, person: Person, code: str) -> Pairing:
        """What the code would link; from now on it is good for `person` alone.

        Raises:
            NotFound: The code is not one, was used, or is over.
            Refused: Both are known already, or neither is.
        """
        now = self._clock.now()

        def act(stores: SecurityStores) -> Pairing:
            found = _pairing(stores, actor, person, stores.proofs.link_code(_digest(code), now))
            stores.proofs.type_link_code(_digest(code), person)
            return found

        return await self._acts.run(act, actor=actor)

    async def pair(self, actor: Actor, person: Person, code: str) -> Pairing:
        """Link what the code links; it is used up.

        The account is told directly in every chat where it was known before, so that whoever
        was talked into typing a code hears of it.

        Raises:
            NotFound: As in `pairing`.
            Refused: As in `pairing`.
        """
        now = self._clock.now()

        def act(stores: SecurityStores) -> Pairing:
            made = _pairing(stores, actor, person, stores.proofs.use_link_code(_digest(code), now))
            _tell(stores, made)
            stores.people.link(Identity(made.account.id, made.person))
            _note(stores, actor, made.account, made.person, now, how="code")
            return made

        return await self._acts.run(act, actor=actor)


def _pairing(
    stores: SecurityStores, actor: Actor, person: Person, code: LinkCode | None
) -> Pairing:
    """The two ends of a code: one of them must be known, the other a stranger."""
    if code is None or (code.typed_by is not None and _place(code.typed_by) != _place(person)):
        raise NotFound(
            "That code is not one of mine, was used, or is over: codes are good for ten minutes. "
            "Type /link where you want to be known, and try its code here."
        )
    if _place(code.person) == _place(person):
        raise Refused(
            "You typed the code where you got it. Type it in the other chat, the one where I know "
            "you already.",
            code="SAME_CHAT",
        )
    began = stores.people.identity(*_place(code.person))
    first = began.account_id if began else None
    if first is not None and actor.account_id is not None:
        same = first == actor.account_id
        raise Refused(
            "These two are one person already."
            if same
            else "Each of these two has an account of its own, so I cannot make them one. "
            "An administrator can unlink one of them first.",
            code="ALREADY" if same else "TWO_ACCOUNTS",
        )
    owner = stores.people.account(first or actor.account_id or "")
    if owner is None or not owner.active:
        raise Refused(
            "I know you in neither of these chats. Ask an administrator to make you an account.",
            code="NOBODY_KNOWN",
        )
    return Pairing(person if first is not None else code.person, owner)


def _tell(stores: SecurityStores, made: Pairing) -> None:
    """A direct message to everybody that the account was until now."""
    new = made.person
    words = Text(
        (
            f"The {new.platform} user ",
            Bold(new.display or new.name),
            f" (@{new.name}, {new.id} of {new.workspace}) acts as ",
            Bold(f"@{made.account.name}"),
            " from now on, with all of your rights. ",
            "If that is not you, tell an administrator at once: they take it back with ",
            Code(
                f"tocsin user identify {made.account.name} --platform {new.platform} "
                f"--workspace {new.workspace} --id {new.id} --remove"
            ),
            ".",
        )
    )
    card = Card("You are known in one more chat", (words,), tone="warning")
    for identity in stores.people.identities(made.account.id):
        known = identity.person
        place = Address(known.platform, known.workspace, f"@{known.id}")
        stores.outbox.put(Outgoing(place, DirectCard(known, card), key=f"linked:{new_id()}"))


def _place(person: Person) -> tuple[str, str, str]:
    return person.platform, person.workspace, person.id


def _digest(code: str) -> str:
    return digest("".join(letter for letter in code.upper() if letter.isalnum()))


def _email(person: Person) -> str | None:
    try:
        return names.email(person.email or "")
    except BadInput:
        return None


def _display(person: Person) -> str:
    try:
        return names.line((person.display or person.name)[:80], "display name", longest=80)
    except BadInput:
        return ""


def _free_name(stores: SecurityStores, person: Person) -> str:
    """A handle like the one they have there, that nobody has here."""
    cleaned = _NOT_IN_NAMES.sub("-", person.name.casefold()).strip("._-")[:34] or "person"
    number = 1
    while True:
        wanted = cleaned if number == 1 else f"{cleaned}-{number}"
        number += 1
        try:
            name = names.handle(wanted, "account")
        except BadInput:
            continue
        if stores.people.by_name(name) is None:
            return name


def _note(
    stores: SecurityStores,
    actor: Actor,
    account: Account,
    person: Person,
    now: datetime,
    *,
    how: str,
) -> None:
    done = record(
        actor, now, "identity.linked", kind="account", id=account.id, name=account.name,
        platform=person.platform, workspace=person.workspace, person=person.id,
    )  # fmt: skip
    stores.audit.append(replace(done, details={**done.details, "by": how}))
