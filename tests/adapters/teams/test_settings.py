"""The settings, and that nothing of the SDK is loaded where there are none."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.teams.options import read
from chat.errors import BadInput
from tests.adapters.teams.standin import APP, Standin
from tests.clock import SetClock

_LOADED = """
import sys
from adapters.teams.entry import connect
from chat.clock import SystemClock
from chat.plugging import AdapterKit
assert connect(AdapterKit(None, SystemClock(), {}, "")) is None
names = ("botbuilder", "botframework", "msal", "msrest", "jwt", "requests")
print([name for name in names if name in sys.modules])
"""


def test_where_it_is_not_set_up_nothing_of_the_sdk_is_loaded() -> None:
    got = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )

    assert got.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"app_id": ""}, "APP_ID is missing"),
        ({"app_id": " "}, "APP_ID is missing"),
        ({"app_id": "tocsin"}, "APP_ID is “tocsin”"),
        ({"app_password": ""}, "APP_PASSWORD is missing"),
        ({"tenant_id": ""}, "TENANT_ID is “”"),
        ({"team": "Operations"}, "TEAM is “Operations”"),
        ({"channel": "ops"}, "CHANNEL is “ops”"),
        ({"graph": "maybe"}, "GRAPH is “maybe”"),
        ({"owner": "ana"}, "OWNER is “ana”"),
        ({"service_url": "ftp://x"}, "SERVICE_URL is “ftp://x”"),
        ({"teem": "x"}, "TEEM is not a setting"),
    ],
)
async def test_wrong_settings_say_what_is_wrong(change: dict[str, str], said: str) -> None:
    given = Standin(SetClock().now).options() | {
        "service_url": "https://x/",
        "login_url": "https://x",
    }
    given |= {"openid_url": "https://x", "graph_url": "https://x"}
    assert read(given) is not None

    with pytest.raises(BadInput, match=said):
        read(given | change)


async def test_a_link_copied_in_teams_is_a_setting() -> None:
    link = (
        "https://teams.microsoft.com/l/team/19%3Aabc_1-X%40thread.tacv2/conversations"
        "?groupId=22222222-2222-4222-8222-222222222222&tenantId=11111111-1111-4111-8111-111111111111"
    )
    options = read({"app_id": APP, "app_password": "x", "team": link})

    assert options is not None
    assert (options.team, options.channel) == ("19:abc_1-X@thread.tacv2",) * 2
    assert options.group == "22222222-2222-4222-8222-222222222222"
    assert options.tenant == "11111111-1111-4111-8111-111111111111"
