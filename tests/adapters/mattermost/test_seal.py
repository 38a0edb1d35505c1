"""What is sealed comes back as it was, or not at all."""

from __future__ import annotations

import base64

import pytest

from adapters.mattermost.seal import Seal
from chat.errors import NotSignedIn

KEY = b"m" * 32


def test_a_seal_holds_what_it_was_given_and_nothing_altered() -> None:
    seal = Seal(KEY)
    sealed = seal.put("action", {"action": "a", "value": "字 \n x"})
    assert seal.open("action", sealed) == {"action": "a", "value": "字 \n x"}
    raw = bytearray(base64.urlsafe_b64decode(sealed))
    for at in range(len(raw)):
        changed = raw.copy()
        changed[at] ^= 1
        with pytest.raises(NotSignedIn):
            seal.open("action", base64.urlsafe_b64encode(bytes(changed)).decode())
