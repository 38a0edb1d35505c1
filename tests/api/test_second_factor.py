"""Second factors over HTTP."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.api.caller import Caller, calling
from tests.authenticator import code, wrong_code
from tests.bench import Bench

PATH = "users/me/second-factor/"


async def begin(caller: Caller) -> dict[str, Any]:
    begun = await caller.post(PATH)
    assert begun.status == 201
    return begun.ok()


async def test_one_is_set_up_looked_at_and_removed(bench: Bench, ana: Caller) -> None:
    assert (await ana.get(PATH)).ok() == {
        "enrolled": False, "since": None, "recovery_codes_left": 0,
    }  # fmt: skip
    made = await begin(ana)
    assert made["uri"].startswith("otpauth://totp/Tocsin:ana?")
    assert made["secret"] in made["uri"]
    assert made["qr_svg"].startswith("<svg")

    wrong = await ana.post(f"{PATH}confirm/", second_factor_code=wrong_code(made["secret"]))
    assert (wrong.status, wrong.code) == (400, "WRONG_CODE")
    assert set(wrong.body["details"]) == {"second_factor_code"}
    done = await ana.post(f"{PATH}confirm/", second_factor_code=code(made["secret"]))
    assert len(set(done.ok()["recovery_codes"])) == 10

    stands = (await ana.get(PATH)).ok()
    assert (stands["enrolled"], stands["recovery_codes_left"]) == (True, 10)
    again = await ana.post(PATH)
    assert (again.status, again.code) == (409, "ALREADY")
    needed = await ana.delete(PATH)
    assert (needed.status, needed.code) == (400, "CODE_NEEDED")
    gone = await ana.delete(PATH, second_factor_code=code(made["secret"], 1))
    assert gone.status == 204
    assert not (await ana.get(PATH)).ok()["enrolled"]
    missing = await ana.delete(PATH, second_factor_code="123456")
    assert (missing.status, missing.code) == (409, "SECOND_FACTOR_MISSING")


async def test_wrong_codes_lock_it_though_each_is_refused(ana: Caller) -> None:
    made = await begin(ana)
    await ana.post(f"{PATH}confirm/", second_factor_code=code(made["secret"]))

    guesses = [
        await ana.delete(PATH, second_factor_code=wrong_code(made["secret"])) for _ in range(5)
    ]
    locked = await ana.delete(PATH, second_factor_code=code(made["secret"], 1))

    assert [got.code for got in guesses] == ["WRONG_CODE"] * 5
    assert (locked.status, locked.code) == (409, "SECOND_FACTOR_LOCKED")
    assert (await ana.get(PATH)).ok()["enrolled"]


async def test_somebody_else_s_goes_by_an_administrator_only(
    bench: Bench, admin: Caller, ana: Caller
) -> None:
    made = await begin(ana)
    (await ana.post(f"{PATH}confirm/", second_factor_code=code(made["secret"]))).ok()

    async with calling(bench, "bo") as bo:
        refused = await bo.delete("users/ana/second-factor/", second_factor_code="123456")
    assert (refused.status, refused.code) == (403, "PERMISSION_DENIED")
    assert (await ana.get(PATH)).ok()["enrolled"]

    assert (await admin.delete("users/ana/second-factor/")).status == 204
    assert not (await ana.get(PATH)).ok()["enrolled"]
    none = await admin.delete("users/ana/second-factor/")
    assert (none.status, none.code) == (409, "SECOND_FACTOR_MISSING")
    own = await admin.delete("users/admin/second-factor/")
    assert (own.status, own.code) == (409, "SECOND_FACTOR_MISSING")


async def test_a_limited_token_sets_none_up(bench: Bench, ana: Caller) -> None:
    token = (await ana.post("tokens/", name="ci", scopes=["incident.view"])).ok()["secret"]
    headers = {"Authorization": f"Token {token}"}

    async with ClientSession(await bench.serve(), headers=headers) as session:
        refused = await Caller(session).post(PATH)
        seen = await Caller(session).get(PATH)

    assert (refused.status, refused.code) == (403, "PERMISSION_DENIED")
    assert seen.ok()["enrolled"] is False


async def test_what_is_secret_is_shown_once_and_written_nowhere(
    bench: Bench, admin: Caller, ana: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = await begin(ana)
    done = await ana.post(f"{PATH}confirm/", second_factor_code=code(made["secret"]))
    codes = done.ok()["recovery_codes"]
    await ana.delete(PATH, second_factor_code=wrong_code(made["secret"]))

    shown = await ana.get(PATH)
    trail = await admin.get("audit/", limit=100)

    actions = {record["action"] for record in trail.ok()["results"]}
    assert {"second_factor.enabled", "second_factor.failed"} <= actions
    for said in (repr(shown.body), repr(trail.body), caplog.text):
        assert not [secret for secret in (made["secret"], *codes) if secret in said]
    assert bench
