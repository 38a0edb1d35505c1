"""The installation's key: made once, kept private, one derived key for each purpose."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chat.errors import BadInput, Unavailable
from security.keys import Purpose, derive, hkdf, home_key, parse_key


def test_hkdf_gives_what_the_rfc_gives() -> None:
    """RFC 5869, appendix A.1."""
    output = hkdf(
        bytes.fromhex("0b" * 22),
        salt=bytes.fromhex("000102030405060708090a0b0c"),
        info=bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        length=42,
    )

    assert output.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_each_purpose_has_a_key_of_its_own() -> None:
    derived = {derive(b"k" * 32, purpose) for purpose in Purpose}

    assert len(derived) == len(Purpose)
    assert all(len(key) == 32 for key in derived)
    assert b"k" * 32 not in derived


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"

    first = home_key(path)

    assert len(first) == 32
    assert home_key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_many_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(home_key, [tmp_path / "key"] * 64))

    assert len(keys) == 1


def test_a_key_that_others_may_read_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "key"
    home_key(path)
    path.chmod(0o644)

    with pytest.raises(BadInput, match=f"mode 0644.*chmod 600 {path}"):
        home_key(path)


@pytest.mark.parametrize("content", ["", "ab", "zz" * 32, "ab" * 31, "ab" * 33])
def test_a_broken_key_is_refused_and_not_repeated(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(BadInput, match="64 hexadecimal digits") as refused:
        home_key(path)
    assert not content or content not in refused.value.message


def test_a_home_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Unavailable, match="cannot be used"):
        home_key(tmp_path / "file" / "key")


def test_spaces_around_a_key_are_ignored() -> None:
    assert parse_key(b" " + b"ab" * 32 + b"\n", where="key") == b"\xab" * 32
