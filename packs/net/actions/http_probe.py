"""The action `net.http_probe`: whether a web address answers as it should, and how fast."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from lib.certificate import days
from lib.http_timing import Exchange, Timing
from lib.tls import strict, tolerant, unchecked, verdict

_REDIRECTS = {301, 302, 303, 307, 308}
_GOOD = range(200, 400)
_PARTS = {
    "dns": "DNS",
    "connect": "connect",
    "tls": "TLS",
    "first_byte": "first byte",
    "total": "total",
}


@dataclass
class Wish:
    """What is wanted of a probe."""

    method: str
    headers: Mapping[str, str]
    verify: bool
    authorities: str
    patience: float
    most: int


@dataclass
class Went:
    """How a probe went.

    Attributes:
        url: The last that was asked for.
        redirects: What was asked for before that: `{url, code, milliseconds}` each.
        broke: Why there is no whole answer; empty with one.
        trusted: None without TLS.
    """

    url: str
    exchange: Exchange = field(default_factory=Exchange)
    redirects: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    broke: str = ""
    trusted: bool | None = None


def run(
    *,
    url: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    expected_codes: list[int] | None = None,
    expected_text: str = "",
    max_redirects: int = 5,
    verify: bool = True,
    ca_file: str = "",
    slow_seconds: float = 5.0,
    warn_days: float = 21,
    wait_seconds: float = 15.0,
    max_bytes: int = 1024 * 1024,
    fail_on: str = "never",
) -> tuple[bool, Any]:
    """Ask, follow redirects, and judge.

    Args:
        url: http or https.
        method: GET, HEAD or OPTIONS.
        headers: Besides those that HTTP needs; not sent on to another host.
        expected_codes: Of the last answer; 200 to 399 when none are given.
        expected_text: Must stand in the body's beginning.
        max_redirects: How many are followed.
        verify: Whether a certificate has to be trusted.
        ca_file: File of authorities to trust besides the machine's.
        slow_seconds: What takes longer is worth a warning.
        warn_days: The same for so many days that a certificate has left.
        wait_seconds: Seconds for each request.
        max_bytes: Of the body that are read.
        fail_on: The status from which on the step fails.
    """
    mistake = _mistake(url)
    if mistake:
        return False, mistake
    wish = Wish(method, headers or {}, verify, ca_file, wait_seconds, max_bytes)
    went = _followed(url.strip(), wish, max_redirects)
    bad, odd = _problems(went, expected_codes or [], expected_text, warn_days)
    total = sum(each["milliseconds"] for each in went.redirects)
    total += went.exchange.took.get("total", 0.0)
    if not bad and total > slow_seconds * 1000:
        odd.append(f"took {total / 1000:.1f} seconds")
    status = "critical" if bad else "warning" if odd else "ok"
    fails = {"never": (), "critical": ("critical",), "warning": ("critical", "warning")}[fail_on]
    return status not in fails, _told(url, went, status, bad or odd, total)


def _mistake(url: str) -> str:
    """Why nothing can be asked for at this address, as a sentence; empty when it can."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return f"“{url[:80]}” is no web address; give one such as https://example.org/health."
        parts.hostname.encode("idna")
    except ValueError as wrong:
        return f"“{url[:80]}” is no web address: {wrong}."
    if parts.username is not None or parts.password is not None:
        return "An address must not hold a login; put it into “headers”, which stay secret."
    return ""


def _followed(url: str, wish: Wish, redirects: int) -> Went:
    went = Went(url)
    headers: Mapping[str, str] = wish.headers
    while True:
        parts = urlsplit(went.url)
        _ask(went, parts, wish, headers)
        exchange = went.exchange
        target = exchange.headers.get("location", "")
        if went.broke or exchange.code not in _REDIRECTS or not target or redirects <= 0:
            return went
        following = _joined(went.url, target)
        if _mistake(following):
            went.broke = f"it redirects to “{target[:80]}”, which is no web address"
            return went
        passed = exchange.took.get("total", 0.0)
        went.redirects.append(
            {"url": went.url, "code": exchange.code, "milliseconds": round(passed, 1)}
        )
        if _origin(urlsplit(following)) != _origin(parts):
            headers = {}
        went.url, redirects = following, redirects - 1


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        return ""


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port


def _ask(went: Went, parts: SplitResult, wish: Wish, headers: Mapping[str, str]) -> None:
    """Do one request of a probe."""
    timing = Timing(parts, wish.patience, wish.most)
    went.exchange, went.broke, went.trusted = timing.exchange, "", None
    secured = parts.scheme == "https"
    try:
        context = None
        if secured:
            context = strict(wish.authorities) if wish.verify else unchecked()
        timing.request(wish.method, headers, context)
        went.trusted = wish.verify if secured else None
    except ssl.SSLCertVerificationError as error:
        went.trusted = False
        went.broke = f"its certificate is not trusted: {verdict(error)}"
        _look(went, parts, wish)
    except http.client.IncompleteRead:
        went.broke = "the answer broke off"
    except http.client.HTTPException as error:
        went.broke = f"the answer is no HTTP: {str(error)[:120] or type(error).__name__}"
    except (OSError, ValueError) as error:
        went.broke = verdict(error)


def _look(went: Went, parts: SplitResult, wish: Wish) -> None:
    """See which certificate it is that nobody trusts; nothing is sent."""
    looking = Timing(parts, wish.patience, 0)
    try:
        went.exchange.certificate = looking.certificate(tolerant())
    except (OSError, ValueError):
        return


def _problems(
    went: Went, codes: list[int], text: str, warn_days: float
) -> tuple[list[str], list[str]]:
    """What is wrong, and what is merely worth a warning, as ends of sentences."""
    exchange, bad, odd = went.exchange, list[str](), list[str]()
    if went.broke:
        bad.append(f"gives no whole answer: {went.broke}")
    elif exchange.code not in (codes or _GOOD):
        bad.append(f"answers {exchange.code} {exchange.reason[:80]}".rstrip())
    elif text and text not in exchange.body.decode("utf-8", "replace"):
        bad.append(f"answers {exchange.code}, but without “{text[:60]}”")
    if exchange.certificate is not None:
        left = exchange.certificate.days_left(datetime.now(UTC))
        if left <= warn_days:
            when = f"ended {days(-left)} ago" if left < 0 else f"ends in {days(left)}"
            odd.append(f"has a certificate that {when}")
    return bad, odd


def _told(url: str, went: Went, status: str, problems: list[str], total: float) -> dict[str, Any]:
    exchange = went.exchange
    took = {part: round(exchange.took[part], 1) for part in _PARTS if part in exchange.took}
    said = f"{url} {' and '.join(problems)}." if problems else ""
    split = ", ".join(f"{_PARTS[part]} {each:.0f} ms" for part, each in took.items())
    return {
        "error": said,
        "status": status,
        "url": url,
        "final_url": went.url,
        "code": exchange.code or None,
        "reason": exchange.reason,
        "address": exchange.address,
        "milliseconds": took,
        "total_milliseconds": round(total, 1),
        "redirects": went.redirects,
        "bytes": len(exchange.body),
        "whole": exchange.whole,
        "certificate": _certificate(went),
        "text": f"{said or f'{url} answers {exchange.code} {exchange.reason}'.rstrip() + '.'}"
        + (f"\n{split}." if split else ""),
    }


def _certificate(went: Went) -> dict[str, Any] | None:
    found = went.exchange.certificate
    if found is None:
        return None
    return {
        "subject": found.subject,
        "issuer": found.issuer,
        "names": list(found.names),
        "not_after": found.until.isoformat(),
        "days_left": round(found.days_left(datetime.now(UTC)), 2),
        "verified": went.trusted is True,
        "protocol": went.exchange.protocol,
    }
