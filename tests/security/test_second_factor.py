"""Second factors: set up, asked for, locked, removed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from pyotp.totp import TOTP

from chat.errors import BadInput, Denied, NotFound, NotSignedIn, Refused, UserError
from security.actor import Actor, operator
from security.codes import Enrolment
from security.permissions import Permission
from security.second_factor import FRESH, PAUSE, TRIES, Proof, SecondFactorDesk, consume
from security.secrets import Vault
from tests.security.conftest import House

KEY = b"v" * 32
STEP = timedelta(seconds=30)


@dataclass(frozen=True)
class App:
    """Somebody's authenticator app, on a phone whose clock is ours."""

    house: House
    desk: SecondFactorDesk
    actor: Actor
    enrolment: Enrolment
    recovery: tuple[str, ...]

    def code(self, off: timedelta = timedelta()) -> str:
        return TOTP(self.enrolment.secret).at(self.house.clock.now() + off)

    def wrong(self) -> str:
        """A code that is none of those around now."""
        near = {self.code(STEP * step) for step in range(-2, 3)}
        return next(code for code in ("111111", "222222", "333333") if code not in near)

    async def prove(self, code: str) -> str:
        """How a code is judged: `ok`, or the error's code."""
        try:
            proof = await self.desk.prove(self.actor, code)
        except UserError as error:
            return error.code
        assert proof == Proof(self.actor.account_id or "", self.house.clock.now())
        return "ok"


@pytest.fixture
def desk(house: House) -> SecondFactorDesk:
    return SecondFactorDesk(house.database.acts, house.clock, Vault(KEY))


async def set_up(house: House, desk: SecondFactorDesk, name: str) -> App:
    """An app that is confirmed; the clock then stands two steps further."""
    actor = await house.actor(name)
    begun = App(house, desk, actor, await desk.begin(actor), ())
    recovery = await desk.confirm(actor, begun.code())
    house.clock.advance(STEP * 2)
    return replace(begun, recovery=recovery)


@pytest.fixture
async def ana(house: House, desk: SecondFactorDesk) -> App:
    """@ana, a responder with a second factor."""
    await house.person("ana", "responder")
    return await set_up(house, desk, "ana")


async def test_nothing_counts_before_it_is_confirmed(house: House, desk: SecondFactorDesk) -> None:
    account = await house.person("ana", "responder")
    actor = await house.actor("ana")
    app = App(house, desk, actor, await desk.begin(actor), ())

    assert not await desk.enrolled(account.id)
    assert not (await desk.standing(actor)).enrolled
    assert await app.prove(app.code()) == "SECOND_FACTOR_MISSING"
    with pytest.raises(BadInput) as wrong:
        await desk.confirm(actor, app.wrong())
    assert wrong.value.code == "WRONG_CODE"

    await desk.confirm(actor, app.code())

    assert await desk.enrolled(account.id)
    standing = await desk.standing(actor)
    assert (standing.since, standing.recovery_left) == (house.clock.now(), 10)


async def test_who_has_none_is_told_where_to_get_one(house: House, desk: SecondFactorDesk) -> None:
    await house.person("ana", "responder")

    with pytest.raises(Refused) as missing:
        await desk.prove(await house.actor("ana"), "123456")

    assert missing.value.code == "SECOND_FACTOR_MISSING"
    assert "/account/second-factor" in missing.value.message
    assert "tocsin user second-factor ana" in missing.value.message


async def test_beginning_anew_makes_the_secret_before_useless(
    house: House, desk: SecondFactorDesk
) -> None:
    await house.person("ana", "responder")
    actor = await house.actor("ana")
    first = App(house, desk, actor, await desk.begin(actor), ())
    await desk.begin(actor)

    with pytest.raises(BadInput):
        await desk.confirm(actor, first.code())


async def test_a_confirmed_one_is_not_replaced_by_beginning_or_confirming(ana: App) -> None:
    for again in (ana.desk.begin(ana.actor), ana.desk.confirm(ana.actor, ana.code())):
        with pytest.raises(Refused) as refused:
            await again
        assert refused.value.code == "ALREADY"

    assert await ana.prove(ana.code()) == "ok"


async def test_confirming_what_was_not_begun_is_refused(
    house: House, desk: SecondFactorDesk
) -> None:
    with pytest.raises(Refused, match="Begin anew"):
        await desk.confirm(await house.actor("admin"), "123456")


async def test_a_code_is_good_for_one_step_around_now_and_once(ana: App) -> None:
    assert await ana.prove(ana.code(-STEP * 2)) == "WRONG_CODE"
    assert await ana.prove(ana.code(STEP * 2)) == "WRONG_CODE"
    assert await ana.prove(ana.code(-STEP)) == "ok"
    assert await ana.prove(ana.code(-STEP)) == "WRONG_CODE"
    assert await ana.prove(ana.code()) == "ok"
    assert await ana.prove(ana.code()) == "WRONG_CODE"
    assert await ana.prove(ana.code(STEP)) == "ok"
    assert await ana.prove(ana.code()) == "WRONG_CODE"


async def test_the_code_that_confirmed_is_used_up(house: House, desk: SecondFactorDesk) -> None:
    await house.person("ana", "responder")
    app = await set_up(house, desk, "ana")
    house.clock.advance(-STEP * 2)

    assert await app.prove(app.code()) == "WRONG_CODE"


async def test_one_code_shown_by_many_at_once_counts_for_one(ana: App) -> None:
    for _ in range(10):
        verdicts = await asyncio.gather(*(ana.prove(ana.code()) for _ in range(5)))
        assert sorted(verdicts) == ["WRONG_CODE"] * 4 + ["ok"]
        assert await ana.prove(ana.code(STEP)) == "ok"
        ana.house.clock.advance(STEP * 2)


async def test_wrong_codes_in_a_row_lock_for_a_while_though_each_is_refused(ana: App) -> None:
    assert [await ana.prove(ana.wrong()) for _ in range(TRIES)] == ["WRONG_CODE"] * TRIES

    assert await ana.prove(ana.code()) == "SECOND_FACTOR_LOCKED"
    assert await ana.prove(ana.recovery[0]) == "SECOND_FACTOR_LOCKED"
    ana.house.clock.advance(PAUSE)
    assert await ana.prove(ana.code()) == "ok"


async def test_the_lock_comes_back_and_a_right_code_ends_the_row(ana: App) -> None:
    for _ in range(2):
        for _ in range(TRIES):
            assert await ana.prove(ana.wrong()) == "WRONG_CODE"
        assert await ana.prove(ana.wrong()) == "SECOND_FACTOR_LOCKED"
        ana.house.clock.advance(PAUSE)
    for _ in range(3):
        assert [await ana.prove(ana.wrong()) for _ in range(4)] == ["WRONG_CODE"] * 4
        assert await ana.prove(ana.code()) == "ok"
        ana.house.clock.advance(STEP)


async def test_no_code_at_all_is_not_a_wrong_one(ana: App) -> None:
    for given in ("", "  ", "-", "é"):
        assert await ana.prove(given) == "CODE_NEEDED"

    assert await ana.house.records("second_factor.failed") == ()


async def test_a_recovery_code_counts_once_however_it_is_typed(ana: App) -> None:
    first, second = ana.recovery[:2]

    assert await ana.prove(first.upper().replace("-", " ")) == "ok"
    assert await ana.prove(first) == "WRONG_CODE"
    assert (await ana.desk.standing(ana.actor)).recovery_left == 9
    assert await ana.prove(second) == "ok"


async def test_one_account_s_codes_are_not_another_s(
    house: House, desk: SecondFactorDesk, ana: App
) -> None:
    await house.person("bo", "responder")
    bo = await set_up(house, desk, "bo")

    assert await bo.prove(ana.code()) == "WRONG_CODE"
    assert await bo.prove(ana.recovery[0]) == "WRONG_CODE"
    assert await ana.prove(ana.code()) == "ok"


async def test_a_proof_is_for_whoever_gave_it_and_for_a_moment(ana: App) -> None:
    proof = await ana.desk.prove(ana.actor, ana.code())
    somebody = await ana.house.actor("admin")
    now = ana.house.clock.now()

    consume(ana.actor, proof, now + FRESH)
    with pytest.raises(Refused, match="too long ago"):
        consume(ana.actor, proof, now + FRESH + timedelta(seconds=1))
    with pytest.raises(Refused):
        consume(somebody, proof, now)


@pytest.mark.parametrize("by", ["", "ana", "@ana", "me", "ANA", "ana@example.org", "id"])
async def test_one_s_own_goes_with_a_code_only_however_one_names_oneself(ana: App, by: str) -> None:
    admin, desk = await ana.house.actor("admin"), ana.desk
    await ana.house.people.edit(admin, "ana", email="ana@example.org")
    ref = {"": None, "id": ana.actor.account_id}.get(by, by)

    with pytest.raises(BadInput) as needed:
        await desk.remove(ana.actor, ref)
    with pytest.raises(BadInput) as wrong:
        await desk.remove(ana.actor, ref, ana.wrong())
    assert (needed.value.code, wrong.value.code) == ("CODE_NEEDED", "WRONG_CODE")
    assert await desk.enrolled(ana.actor.account_id or "")

    await desk.remove(ana.actor, ref, ana.code())
    assert not await desk.enrolled(ana.actor.account_id or "")
    assert await ana.prove(ana.code(STEP)) == "SECOND_FACTOR_MISSING"


async def test_a_recovery_code_removes_it_when_the_phone_is_lost(ana: App) -> None:
    await ana.desk.remove(ana.actor, code=ana.recovery[3])

    assert not await ana.desk.enrolled(ana.actor.account_id or "")
    again = await set_up(ana.house, ana.desk, "ana")
    assert await again.prove(again.code()) == "ok"
    assert await again.prove(ana.recovery[4]) == "WRONG_CODE"


async def test_only_who_manages_and_outranks_somebody_removes_theirs(ana: App) -> None:
    house, desk, admin = ana.house, ana.desk, await ana.house.actor("admin")
    await house.people.save_role(admin, "clerk", "", ["people.view", "people.manage"])
    await house.person("bo", "commander")
    await house.person("cy", "clerk")
    await house.person("di", "admin")

    with pytest.raises(Denied, match=r"people\.manage"):
        await desk.remove(await house.actor("bo"), "ana", "123456")
    with pytest.raises(Denied, match="rights that you do not hold"):
        await desk.remove(await house.actor("cy"), "ana")
    assert await desk.enrolled(ana.actor.account_id or "")
    assert len(await house.records("denied")) == 2

    await desk.remove(await house.actor("di"), "ana")
    assert not await desk.enrolled(ana.actor.account_id or "")
    with pytest.raises(Refused, match="@ana has no second factor"):
        await desk.remove(await house.actor("di"), "ana")
    (removed,) = await house.records("second_factor.removed")
    assert (removed.record.actor_name, removed.record.object_name) == ("di", "ana")


async def test_an_administrator_needs_a_code_for_their_own(
    house: House, desk: SecondFactorDesk
) -> None:
    app = await set_up(house, desk, "admin")

    with pytest.raises(BadInput):
        await desk.remove(app.actor, "admin")
    await desk.remove(app.actor, "admin", app.code())


async def test_nobody_sets_one_up_for_somebody_else_but_the_operator(
    house: House, desk: SecondFactorDesk
) -> None:
    account = await house.person("ana", "responder")
    admin = await house.actor("admin")
    for call in (desk.begin(admin, "ana"), desk.confirm(admin, "123456", "ana")):
        with pytest.raises(Denied):
            await call
    # A program that the operator lets act for an account is that account, not the operator.
    with pytest.raises(Denied):
        await desk.begin(replace(admin, via="cli"), "ana")

    # Whose name is the account's by chance.
    root = operator("ana")
    made = App(house, desk, root, await desk.begin(root, "ana"), ())
    await desk.confirm(root, made.code(), "@ana")
    assert await desk.enrolled(account.id)
    await desk.remove(root, "ana")
    assert not await desk.enrolled(account.id)
    with pytest.raises(NotFound):
        await desk.begin(root, "nobody")


async def test_who_has_no_account_has_no_second_factor(desk: SecondFactorDesk) -> None:
    root = operator("root")
    for call in (desk.begin(root), desk.standing(root), desk.remove(root)):
        with pytest.raises(NotSignedIn):
            await call
    with pytest.raises(Refused, match="only somebody with an account"):
        await desk.prove(root, "123456")


async def test_a_limited_token_changes_no_second_factor(ana: App) -> None:
    limited = replace(ana.actor, via="api", scopes=frozenset({Permission.INCIDENT_VIEW}))
    await ana.house.person("bo", "responder")
    other = replace(await ana.house.actor("bo"), scopes=frozenset({Permission.TOKEN_OWN}))

    with pytest.raises(Denied, match="limited"):
        await ana.desk.remove(limited, None, ana.code())
    with pytest.raises(Denied, match="limited"):
        await ana.desk.begin(other)
    assert (await ana.desk.standing(limited)).enrolled


async def test_everything_is_audited_and_nothing_secret_is(ana: App) -> None:
    await ana.prove(ana.code())
    await ana.prove(ana.recovery[0])
    await ana.prove(ana.wrong())
    await ana.desk.remove(ana.actor, code=ana.recovery[1])

    found = [sealed.record for sealed in await ana.house.records()]
    mine = [entry for entry in found if entry.action.startswith("second_factor.")]

    assert [entry.action.partition(".")[2] for entry in mine] == [
        "enabled", "used", "used", "failed", "used", "removed",
    ]  # fmt: skip
    assert {(entry.object_name, entry.actor_name) for entry in mine} == {("ana", "ana")}
    assert mine[1].details == {"by": "app"}
    assert mine[2].details == {"by": "recovery code", "left": "9"}
    assert mine[3].outcome == "denied"
    said = await ana.house.stored_text()
    assert not [text for text in (ana.enrolment.secret, *ana.recovery) if text in said]


async def test_another_key_cannot_open_what_is_kept(ana: App) -> None:
    elsewhere = SecondFactorDesk(ana.house.database.acts, ana.house.clock, Vault(b"x" * 32))

    with pytest.raises(Refused, match="does not have"):
        await elsewhere.prove(ana.actor, ana.code())
    assert await ana.prove(ana.code()) == "ok"
