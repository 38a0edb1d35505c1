"""Requests that other sites make a browser send are told apart from our own."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from security.csrf import safe


@pytest.mark.parametrize("method", ["GET", "head", "OPTIONS"])
def test_looking_is_always_safe(method: str) -> None:
    assert safe(method, {"Sec-Fetch-Site": "cross-site"})


@pytest.mark.parametrize("method", ["POST", "put", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://t:8420", "Host": "t:8420"}, False),
        ({"Origin": "http://T:8420", "Host": "t:8420"}, True),
        ({"Origin": "http://evil", "Host": "t:8420"}, False),
        ({"Origin": "http://t:8421", "Host": "t:8420"}, False),
        ({"Origin": "null", "Host": "t:8420"}, False),
        ({"Origin": "file://", "Host": ""}, False),
        ({"Host": "t:8420"}, False),
        ({}, False),
    ],
)
def test_changing_needs_the_browsers_word(
    method: str, headers: dict[str, str], passes: bool
) -> None:
    assert safe(method, headers) is passes
    assert safe(method, CIMultiDict({key.upper(): it for key, it in headers.items()})) is passes


def test_behind_a_proxy_the_public_address_counts() -> None:
    headers = {"Origin": "https://tocsin.example.org", "Host": "10.0.0.7:8420"}

    assert not safe("POST", headers)
    assert safe("POST", headers, public_url="https://tocsin.example.org")
