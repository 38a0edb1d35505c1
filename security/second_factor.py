"""The second factor: codes of an authenticator app, asked for before what is sensitive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chat.clock import Clock
from chat.errors import BadInput, Denied, NotSignedIn, Refused
from security import lookup
from security.account import Account
from security.actor import Actor
from security.audit import Outcome, record
from security.codes import Enrolment, new_enrolment, new_recovery_codes, plain, step_of
from security.permissions import Permission
from security.ports import Acts, SecurityStores
from security.proof import SecondFactor, digest
from security.reach import outrank
from security.secrets import Vault

TRIES = 5
"""Wrong codes in a row until codes are refused for a while."""
PAUSE = timedelta(minutes=5)
"""How long they are refused then."""
FRESH = timedelta(minutes=2)
"""How long a proof counts after the code was checked."""
_FIELD = "second_factor_code"
_MISSING = "SECOND_FACTOR_MISSING"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account's second factor stands; nothing of it is secret.

    Attributes:
        since: When it was confirmed; None without one.
        recovery_left: Recovery codes not used yet.
    """

    since: datetime | None = None
    recovery_left: int = 0

    @property
    def enrolled(self) -> bool:
        """Whether there is one that is confirmed."""
        return self.since is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """That an account has just shown a right code; made only by `SecondFactorDesk.prove`.

    It never leaves the process, so nobody outside can show the same one twice.
    """

    account_id: str
    at: datetime


class SecondFactorDesk:
    """Second factors for every door."""

    def __init__(self, acts: Acts[SecurityStores], clock: Clock, vault: Vault) -> None:
        self._acts = acts
        self._clock = clock
        self._vault = vault

    async def enrolled(self, account_id: str) -> bool:
        """Whether an account has one that is confirmed."""
        return (await self._acts.read(lambda stores: _standing(stores, account_id))).enrolled

    async def standing(self, actor: Actor) -> Standing:
        """How `actor`'s own one stands.

        Raises:
            NotSignedIn: They act without an account.
        """
        return await self._acts.read(
            lambda stores: _standing(stores, _own(stores, actor).id), actor=actor
        )

    async def begin(self, actor: Actor, account_name: str | None = None) -> Enrolment:
        """A new secret; nothing asks for it before it is confirmed.

        Args:
            actor: Whose it is, or the machine's operator.
            account_name: Whose it is when `actor` is the operator; None for one's own.

        Raises:
            Denied: It is somebody else's, or their token is limited to some rights.
            Refused: There is a confirmed one already.
        """

        def act(stores: SecurityStores) -> Enrolment:
            account = _to_set_up(stores, actor, account_name)
            made = new_enrolment(account.name)
            fresh = SecondFactor(account.id, self._vault.seal(made.secret), self._clock.now())
            if not stores.second_factors.add(fresh):
                # Locked, so that nobody confirms the old secret while it is replaced.
                old = stores.second_factors.get(account.id, lock=True)
                if old is not None and old.confirmed_at is not None:
                    raise _there_already(account)
                stores.second_factors.put(fresh)
            return made

        return await self._acts.run(act, actor=actor)

    async def confirm(
        self, actor: Actor, code: str, account_name: str | None = None
    ) -> tuple[str, ...]:
        """Show that the app has the secret; recovery codes, each good once, shown this once.

        Args:
            actor: As in `begin`.
            code: What the app shows.
            account_name: As in `begin`.

        Raises:
            Denied: As in `begin`.
            Refused: None was begun, or it is confirmed already.
            BadInput: The code is wrong.
        """
        now = self._clock.now()

        def act(stores: SecurityStores) -> tuple[str, ...]:
            account = _to_set_up(stores, actor, account_name)
            found = stores.second_factors.get(account.id, lock=True)
            if found is None:
                raise Refused("There is no second factor to confirm. Begin anew.", code="NOT_BEGUN")
            if found.confirmed_at is not None:
                raise _there_already(account)
            step = self._step_of(found, plain(code), now)
            if step is None:
                raise _wrong()
            codes = new_recovery_codes()
            kept = tuple(digest(plain(each)) for each in codes)
            stores.second_factors.put(
                replace(found, confirmed_at=now, last_step=step, recovery=kept)
            )
            _record(stores, actor, account, now, "enabled")
            return codes

        return await self._acts.run(act, actor=actor)

    async def remove(
        self, actor: Actor, account_name: str | None = None, code: str | None = None
    ) -> None:
        """Take it away: one's own with a code, somebody else's by who outranks them.

        Args:
            actor: Who takes it away.
            account_name: Whose it is, by anything `PeopleDesk.find` takes; None for one's own.
            code: Of the app, or a recovery code; needed for one's own.

        Raises:
            Denied: They may not.
            NotFound: There is no such account for their eyes.
            Refused: There is none to take away, or too many codes were wrong.
            BadInput: The code is wrong or missing.
        """

        def named(stores: SecurityStores) -> Account:
            if account_name is None:
                return _own_to_change(stores, actor)
            account = lookup.account(stores, actor, account_name)
            # By id: nobody gets round their code by another way of naming themselves.
            return _own_to_change(stores, actor) if account.id == actor.account_id else account

        account = await self._acts.read(named, actor=actor)
        own = account.id == actor.account_id
        proof = await self.prove(actor, code or "") if own else None
        now = self._clock.now()

        def act(stores: SecurityStores) -> None:
            if proof is not None:
                consume(actor, proof, now)
            else:
                outrank(stores, actor, account, Permission.PEOPLE_MANAGE)
            found = stores.second_factors.get(account.id, lock=True)
            if found is None or found.confirmed_at is None:
                raise Refused(f"@{account.name} has no second factor.", code=_MISSING)
            stores.second_factors.remove(account.id)
            _record(stores, actor, account, now, "removed")

        await self._acts.run(act, actor=actor)

    async def prove(self, actor: Actor, code: str) -> Proof:
        """Check a code; what comes of it is kept at once, so that guessing gets nobody far.

        Args:
            actor: Who gives it.
            code: Of their app, or one of their recovery codes, which is then used up.

        Raises:
            Refused: They have no second factor (`SECOND_FACTOR_MISSING`), or gave too many
                wrong codes (`SECOND_FACTOR_LOCKED`).
            BadInput: The code is wrong or was used before (`WRONG_CODE`), or there is none
                (`CODE_NEEDED`).
        """
        now, given = self._clock.now(), plain(code)

        def act(stores: SecurityStores) -> Proof | Refused | BadInput:
            # What is returned and not raised is kept: a wrong code has to be counted.
            found = stores.second_factors.get(actor.account_id or "", lock=True)
            if found is None or found.confirmed_at is None:
                return _missing(actor)
            if found.locked_until is not None and found.locked_until > now:
                return _locked(found.locked_until)
            if not given:
                return BadInput(
                    "Give a code of your second factor: the six digits that your app shows, or "
                    "a recovery code.",
                    code="CODE_NEEDED",
                    details={_FIELD: "is needed"},
                )
            return self._judged(stores, actor, found, given, now)

        verdict = await self._acts.run(act)
        if isinstance(verdict, Proof):
            return verdict
        raise verdict

    def _judged(
        self, stores: SecurityStores, actor: Actor, found: SecondFactor, given: str, now: datetime
    ) -> Proof | BadInput:
        account = stores.people.account(found.account_id)
        step, recovery = self._step_of(found, given, now), digest(given)
        right = replace(found, failures=0, locked_until=None)
        if step is not None:
            stores.second_factors.put(replace(right, last_step=step))
            _record(stores, actor, account, now, "used", by="app")
        elif recovery in found.recovery:
            left = tuple(each for each in found.recovery if each != recovery)
            stores.second_factors.put(replace(right, recovery=left))
            _record(stores, actor, account, now, "used", by="recovery code", left=str(len(left)))
        else:
            failures = found.failures + 1
            locked = now + PAUSE if failures % TRIES == 0 else None
            stores.second_factors.put(replace(found, failures=failures, locked_until=locked))
            _record(stores, actor, account, now, "failed", Outcome.DENIED, in_a_row=str(failures))
            return _wrong()
        return Proof(found.account_id, now)

    def _step_of(self, found: SecondFactor, given: str, now: datetime) -> int | None:
        return step_of(self._vault.open(found.sealed), given, now, after=found.last_step)


def consume(actor: Actor, proof: Proof, now: datetime) -> None:
    """Let `actor` pass who has just shown a right code.

    Raises:
        Refused: It was somebody else's, or is too old.
    """
    if proof.account_id != actor.account_id or now - proof.at > FRESH:
        raise Refused("That code was checked too long ago. Give a new one.", code="PROOF_OVER")


def _standing(stores: SecurityStores, account_id: str) -> Standing:
    found = stores.second_factors.get(account_id)
    if found is None or found.confirmed_at is None:
        return Standing()
    return Standing(found.confirmed_at, len(found.recovery))


def _own(stores: SecurityStores, actor: Actor) -> Account:
    found = stores.people.account(actor.account_id) if actor.account_id is not None else None
    if found is None:
        raise NotSignedIn("Only somebody with an account has a second factor. Say whose.")
    return found


def _own_to_change(stores: SecurityStores, actor: Actor) -> Account:
    account = _own(stores, actor)
    if actor.scopes is not None:
        # Whoever finds such a token must not get more by it than it was made for.
        raise Denied(
            "This token is limited to some rights, so it cannot change a second factor. Use the "
            "page /account/second-factor, or a token that may do all that you may.",
            thing=f"the second factor of @{account.name}",
        )
    return account


def _to_set_up(stores: SecurityStores, actor: Actor, account_name: str | None) -> Account:
    """The actor's own account, or, for the machine's operator, anybody's."""
    if account_name is None:
        return _own_to_change(stores, actor)
    account = lookup.account(stores, actor, account_name)
    if account.id == actor.account_id:
        return _own_to_change(stores, actor)
    if actor.account_id is None and actor.via in {"cli", "system"}:
        return account
    raise Denied("Everybody sets up their own second factor.", thing=f"@{account.name}")


def _record(
    stores: SecurityStores,
    actor: Actor,
    account: Account | None,
    now: datetime,
    what: str,
    outcome: Outcome = Outcome.OK,
    **details: str,
) -> None:
    stores.audit.append(
        record(
            actor,
            now,
            f"second_factor.{what}",
            kind="account",
            id=account.id if account else "",
            name=account.name if account else "",
            outcome=outcome,
            **details,
        )
    )


def _there_already(account: Account) -> Refused:
    return Refused(f"@{account.name} has a second factor already. Remove it first.", code="ALREADY")


def _missing(actor: Actor) -> Refused:
    if actor.account_id is None:
        return Refused(
            "This needs a second factor, which only somebody with an account has.", code=_MISSING
        )
    return Refused(
        "This needs a second factor, and you have none. Set one up on the page "
        f"/account/second-factor, or have an administrator run: tocsin user second-factor "
        f"{actor.name}",
        code=_MISSING,
    )


def _locked(until: datetime) -> Refused:
    return Refused(
        f"{TRIES} wrong codes in a row, so no code is looked at before {until:%H:%M:%S} UTC. "
        "Try again then.",
        code="SECOND_FACTOR_LOCKED",
        details={_FIELD: f"is not looked at before {until:%H:%M:%S} UTC"},
    )


def _wrong() -> BadInput:
    return BadInput(
        "That code is wrong, or was used before. Wait for the next one and type its six digits.",
        code="WRONG_CODE",
        details={_FIELD: "is wrong, or was used before"},
    )
