"""The second factor: codes of an authenticator app, asked for before what is sensitive.

Source: RFC 6238 (TOTP, SHA-1, 6 digits, 30 seconds) as authenticator apps have it.
"""

from __future__ import annotations

import secrets as random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO

import pyotp
import segno
from pyotp.totp import TOTP

from chat.clock import Clock
from chat.errors import BadInput, Denied, NotSignedIn, Refused
from security import lookup
from security.account import Account
from security.actor import Actor
from security.audit import Outcome, record
from security.permissions import Permission
from security.ports import Acts, SecurityStores
from security.proof import SecondFactor, digest
from security.reach import outrank
from security.secrets import Vault

STEP = 30
"""Seconds that one code is good for."""
DRIFT = 1
"""Steps that a phone's clock may be off, each way."""
TRIES = 5
"""Wrong codes in a row until codes are refused for a while."""
PAUSE = timedelta(minutes=5)
"""How long they are refused then."""
FRESH = timedelta(minutes=2)
"""How long a proof counts after the code was checked."""
RECOVERY_CODES = 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What somebody puts into their app; shown this once.

    Attributes:
        uri: `otpauth://totp/…`.
        secret: Base32, for typing.
        qr_svg: The URI as a QR code; an SVG element.
    """

    uri: str
    secret: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That an account has just shown a right code; made only by `SecondFactorDesk.prove`."""

    account_id: str
    at: datetime


class SecondFactorDesk:
    """Second factors for every door."""

    def __init__(self, acts: Acts[SecurityStores], clock: Clock, vault: Vault) -> None:
        self._acts = acts
        self._clock = clock
        self._vault = vault

    async def enrolled(self, actor: Actor) -> bool:
        """Whether `actor` has one that is confirmed."""

        def look(stores: SecurityStores) -> bool:
            found = stores.second_factors.get(actor.account_id or "")
            return found is not None and found.confirmed_at is not None

        return await self._acts.read(look)

    async def begin(self, actor: Actor, account_name: str | None = None) -> Enrolment:
        """A new secret; nothing asks for it before it is confirmed.

        Args:
            actor: Whose it is, or the machine's operator.
            account_name: Whose it is, when `actor` is the operator.

        Raises:
            Refused: There is a confirmed one already.
        """

        def act(stores: SecurityStores) -> Enrolment:
            account = self._whose(stores, actor, account_name)
            old = stores.second_factors.get(account.id)
            if old is not None and old.confirmed_at is not None:
                raise Refused(
                    f"@{account.name} has a second factor already. Remove it first.", code="ALREADY"
                )
            secret = pyotp.random_base32()
            now = self._clock.now()
            stores.second_factors.put(SecondFactor(account.id, self._vault.seal(secret), now))
            uri = str(TOTP(secret).provisioning_uri(name=account.name, issuer_name="Tocsin"))
            return Enrolment(uri, secret, _qr(uri))

        return await self._acts.run(act, actor=actor)

    async def confirm(
        self, actor: Actor, code: str, account_name: str | None = None
    ) -> tuple[str, ...]:
        """Show that the app has the secret; recovery codes, each good once, shown this once.

        Raises:
            Refused: None was begun, or it is confirmed already.
            BadInput: The code is wrong.
        """
        now = self._clock.now()

        def act(stores: SecurityStores) -> tuple[str, ...]:
            account = self._whose(stores, actor, account_name)
            found = stores.second_factors.get(account.id, lock=True)
            if found is None or found.confirmed_at is not None:
                raise Refused("There is no second factor to confirm. Begin anew.", code="NOT_BEGUN")
            step = self._step_of(found, code, now)
            if step is None:
                raise _wrong()
            codes = tuple(random.token_hex(5) for _ in range(RECOVERY_CODES))
            kept = tuple(digest(each) for each in codes)
            stores.second_factors.put(
                replace(found, confirmed_at=now, last_step=step, recovery=kept)
            )
            self._record(stores, actor, account, now, "enabled")
            return codes

        return await self._acts.run(act, actor=actor)

    async def remove(
        self, actor: Actor, account_name: str | None = None, code: str | None = None
    ) -> None:
        """Take it away: one's own with a code, somebody else's by who outranks them.

        Raises:
            Denied: They may not.
            BadInput: The code is wrong or missing.
        """
        if account_name is None or account_name.removeprefix("@") == actor.name:
            await self.prove(actor, code or "")

        def act(stores: SecurityStores) -> None:
            account = (
                lookup.known(stores, account_name)
                if account_name is not None
                else self._whose(stores, actor, None)
            )
            if account.id != actor.account_id:
                outrank(stores, actor, account, Permission.PEOPLE_MANAGE)
            if stores.second_factors.remove(account.id):
                self._record(stores, actor, account, self._clock.now(), "removed")

        await self._acts.run(act, actor=actor)

    async def prove(self, actor: Actor, code: str) -> Proof:
        """Check a code; what comes of it is kept at once, so that guessing gets nobody far.

        Raises:
            Refused: They have no second factor (`SECOND_FACTOR_MISSING`), or gave too many
                wrong codes (`SECOND_FACTOR_LOCKED`).
            BadInput: The code is wrong or was used before (`WRONG_CODE`).
        """
        now = self._clock.now()

        def act(stores: SecurityStores) -> Proof | Refused | BadInput:
            # What is returned and not raised is kept: a wrong code has to be counted.
            found = stores.second_factors.get(actor.account_id or "", lock=True)
            if found is None or found.confirmed_at is None or actor.account_id is None:
                return Refused(
                    "This needs a second factor, and you have none. Set one up on your page "
                    f"“Second factor”, or run: tocsin user second-factor {actor.name}",
                    code="SECOND_FACTOR_MISSING",
                )
            if found.locked_until is not None and found.locked_until > now:
                return Refused(
                    f"{TRIES} wrong codes in a row. Try again at "
                    f"{found.locked_until:%H:%M:%S} UTC.",
                    code="SECOND_FACTOR_LOCKED",
                )
            return self._judged(stores, actor, found, code, now)

        verdict = await self._acts.run(act)
        if isinstance(verdict, Proof):
            return verdict
        raise verdict

    def _judged(
        self, stores: SecurityStores, actor: Actor, found: SecondFactor, code: str, now: datetime
    ) -> Proof | BadInput:
        account = stores.people.account(found.account_id)
        step, recovery = self._step_of(found, code, now), digest(_plain(code))
        if step is not None:
            after = replace(found, last_step=step, failures=0, locked_until=None)
        elif recovery in found.recovery:
            left = tuple(each for each in found.recovery if each != recovery)
            after = replace(found, recovery=left, failures=0, locked_until=None)
        else:
            failures = found.failures + 1
            locked = now + PAUSE if failures % TRIES == 0 else None
            stores.second_factors.put(replace(found, failures=failures, locked_until=locked))
            self._record(stores, actor, account, now, "failed", Outcome.DENIED)
            return _wrong()
        stores.second_factors.put(after)
        self._record(stores, actor, account, now, "used")
        return Proof(found.account_id, now)

    def _step_of(self, found: SecondFactor, code: str, now: datetime) -> int | None:
        """The time step that a code belongs to; None for one that is wrong or was used."""
        totp = TOTP(self._vault.open(found.sealed), interval=STEP)
        present = int(now.timestamp()) // STEP
        given = _plain(code)
        for step in range(present - DRIFT, present + DRIFT + 1):
            good = random.compare_digest(totp.generate_otp(step).encode(), given.encode())
            if good and step > found.last_step:
                return step
        return None

    @staticmethod
    def _whose(stores: SecurityStores, actor: Actor, account_name: str | None) -> Account:
        """The actor's own account, or, for the machine's operator, anybody's."""
        if account_name is not None:
            account = lookup.known(stores, account_name)
            if account.id == actor.account_id or actor.via in {"cli", "system"}:
                return account
            raise Denied(
                "Everybody sets up their own second factor.",
                permission=Permission.PEOPLE_MANAGE,
                thing=f"@{account.name}",
            )
        account = stores.people.account(actor.account_id or "")
        if account is None:
            raise NotSignedIn("Only somebody with an account has a second factor.")
        return account

    @staticmethod
    def _record(
        stores: SecurityStores,
        actor: Actor,
        account: Account | None,
        now: datetime,
        what: str,
        outcome: Outcome = Outcome.OK,
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
            )
        )


def consume(actor: Actor, proof: Proof, now: datetime) -> None:
    """Let `actor` pass who has just shown a right code.

    Raises:
        Refused: It was somebody else's, or is too old.
    """
    if proof.account_id != actor.account_id or now - proof.at > FRESH:
        raise Refused("That code was checked too long ago. Give a new one.", code="PROOF_OVER")


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").casefold()


def _wrong() -> BadInput:
    return BadInput(
        "That code is wrong, or was used before. Wait for the next one and type its six digits.",
        code="WRONG_CODE",
        details={"second_factor_code": "is wrong"},
    )


def _qr(uri: str) -> str:
    out = BytesIO()
    segno.make(uri, error="m").save(out, kind="svg", xmldecl=False, scale=5, border=2)
    return out.getvalue().decode()
