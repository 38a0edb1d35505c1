"""Discord's settings, and what is loaded without them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters.discord.settings import read
from chat.errors import BadInput


def test_settings_that_are_wrong_are_named() -> None:
    good = {"token": "x", "guild": "123456789"}
    assert read(good).threads is False
    for bad, name in (
        ({"guild": ""}, "GUILD"),
        ({"guild": "my server"}, "GUILD"),
        ({"rooms": "both"}, "ROOMS"),
        ({"rooms": "threads"}, "CHANNEL"),
        ({"message_content": "perhaps"}, "MESSAGE_CONTENT"),
        ({"api_url": "discord.com"}, "API_URL"),
        ({"category": "#incidents"}, "CATEGORY"),
    ):
        with pytest.raises(BadInput, match=f"TOCSIN_DISCORD_{name}"):
            read({**good, **bad})


def test_nothing_of_the_sdk_is_loaded_where_discord_is_not_set_up() -> None:
    code = (
        "import sys; from adapters.discord.entry import connect; "
        "from chat.plugging import AdapterKit; "
        "assert connect(AdapterKit(None, None, {}, '')) is None; "
        "print([name for name in sys.modules if name.split('.')[0] in ('discord', 'aiohttp')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
