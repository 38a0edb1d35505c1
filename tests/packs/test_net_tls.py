"""Certificates of real servers: good ones, ended ones, and those that nobody trusts."""

from __future__ import annotations

import contextlib
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from packs.net.actions.lib import certificate
from tests.integrations.http.certificates import Identity, authority, issued
from tests.packs.acting import Acting, told
from tests.packs.servers import listening

DAY = timedelta(days=1)
HOME = "127.0.0.1"


@pytest.fixture(scope="module")
def root() -> Identity:
    return authority("Root of the tests")


@pytest.fixture
def trusted(root: Identity, tmp_path: Path) -> str:
    file = tmp_path / "root.pem"
    file.write_bytes(root.pem(with_key=False))
    return str(file)


async def test_a_good_certificate(
    act: Acting, root: Identity, trusted: str, tmp_path: Path
) -> None:
    own = issued(root, HOME, "localhost", until=60 * DAY)

    with listening(None, own.server(tmp_path)) as port:
        found = await act.well("net.tls_expiry", host=HOME, port=port, ca_file=trusted)

    assert (found["status"], found["verified"], found["verification"]) == ("ok", True, "ok")
    assert 59 < found["days_left"] <= 60
    assert found["subject"] == f"CN={HOME}"
    assert found["issuer"] == "CN=Root of the tests"
    assert found["names"] == [HOME, "localhost"]
    assert found["protocol"] == "TLSv1.3"
    assert found["not_after"] == own.certificate.not_valid_after_utc.isoformat()
    assert found["chain"][0]["serial"].lstrip("0") == f"{own.certificate.serial_number:x}"


async def test_one_that_ends_soon_is_worth_a_warning(
    act: Acting, root: Identity, trusted: str, tmp_path: Path
) -> None:
    with listening(None, issued(root, HOME, until=5 * DAY).server(tmp_path)) as port:
        given = {"host": HOME, "port": port, "ca_file": trusted}
        soon = await act.well("net.tls_expiry", **given)
        fine = await act.well("net.tls_expiry", warn_days=3, **given)
        strict = await act.outcome("net.tls_expiry", fail_on="warning", **given)

    assert soon["status"] == "warning"
    assert "ends in 5 days" in soon["text"]
    assert fine["status"] == "ok"
    assert not strict.ok
    assert told(strict)["status"] == "warning"


async def test_one_that_has_ended(
    act: Acting, root: Identity, trusted: str, tmp_path: Path
) -> None:
    ended = issued(root, HOME, since=-9 * DAY, until=-2 * DAY)

    with listening(None, ended.server(tmp_path)) as port:
        found = await act.well("net.tls_expiry", host=HOME, port=port, ca_file=trusted)

    assert (found["status"], found["verified"]) == ("critical", False)
    assert -3 < found["days_left"] < -1
    assert "ended 2 days ago" in found["text"]
    assert "expired" in found["verification"]


async def test_one_that_is_signed_by_itself(act: Acting, tmp_path: Path) -> None:
    with listening(None, issued(None, HOME, until=60 * DAY).server(tmp_path)) as port:
        found = await act.well("net.tls_expiry", host=HOME, port=port)

    assert (found["status"], found["verified"]) == ("critical", False)
    assert "self-signed" in found["verification"]
    assert found["days_left"] > 59
    assert found["subject"] == found["issuer"]


async def test_one_of_a_stranger_and_one_for_another_name(
    act: Acting, root: Identity, trusted: str, tmp_path: Path
) -> None:
    with listening(None, issued(root, "example.org", until=60 * DAY).server(tmp_path)) as port:
        stranger = await act.well("net.tls_expiry", host=HOME, port=port)
        wrong = await act.well("net.tls_expiry", host=HOME, port=port, ca_file=trusted)
        right = await act.well(
            "net.tls_expiry",
            host=HOME,
            port=port,
            ca_file=trusted,
            server_name="example.org",
        )

    assert "issuer" in stranger["verification"]
    assert "not valid for '127.0.0.1'" in wrong["verification"]
    assert right["verified"]


async def test_the_whole_chain_is_shown(
    act: Acting, root: Identity, trusted: str, tmp_path: Path
) -> None:
    own = issued(root, HOME, until=60 * DAY)
    context = own.server(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(own.pem() + root.pem(with_key=False))
    context.load_cert_chain(both)

    with listening(None, context) as port:
        found = await act.well("net.tls_expiry", host=HOME, port=port, ca_file=trusted)

    assert [each["subject"] for each in found["chain"]] == [f"CN={HOME}", "CN=Root of the tests"]
    # The root is trusted by itself: that it ends in 9 days says nothing.
    assert found["status"] == "ok"


async def test_who_shows_none_is_told(act: Acting) -> None:
    with socket.create_server((HOME, 0)) as gone:
        nobody = gone.getsockname()[1]
    with listening(None) as hangs_up:
        for host, port in ((HOME, hangs_up), (HOME, nobody), ("no.invalid", 443)):
            found = await act.well("net.tls_expiry", host=host, port=port, wait_seconds=2)
            assert found["status"] == "critical"
            assert found["chain"] == []
            assert f"{host}:{port} shows no certificate: " in found["text"]


async def test_a_file_of_authorities_that_is_not_there_is_told(act: Acting, tmp_path: Path) -> None:
    with listening(None, issued(None, HOME).server(tmp_path)) as port:
        found = await act.well("net.tls_expiry", host=HOME, port=port, ca_file="/no/such")

    assert "No such file" in found["verification"]


MOMENTS = st.datetimes(datetime(1951, 1, 1), datetime(2400, 1, 1))  # noqa: DTZ001 - UTC follows


@given(MOMENTS, st.lists(st.sampled_from(["a.example", "192.0.2.1", "2001:db8::1"]), min_size=1))
def test_certificates_are_read_as_a_library_reads_them(moment: datetime, names: list[str]) -> None:
    until = moment.replace(microsecond=0, tzinfo=UTC) - datetime.now(UTC)
    theirs = issued(None, *names, since=until - DAY, until=until).certificate
    ours = certificate.read(theirs.public_bytes(Encoding.DER))

    assert ours.until == theirs.not_valid_after_utc
    assert ours.since == theirs.not_valid_before_utc
    assert ours.names == tuple(names)
    assert int(ours.serial, 16) == theirs.serial_number
    assert ours.subject == f"CN={names[0]}"


def test_names_of_many_parts_are_read() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only here
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - only here

    oid = x509.NameOID
    parts = {
        oid.COUNTRY_NAME: "DE",
        oid.ORGANIZATION_NAME: "Bücher & Söhne",
        oid.COMMON_NAME: "x.example",
        oid.GIVEN_NAME: "Ana",
    }
    name = x509.Name([x509.NameAttribute(kind, text) for kind, text in parts.items()])
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + DAY)
        .sign(key, SHA256())
    )

    found = certificate.read(made.public_bytes(Encoding.DER))

    assert found.subject == "C=DE, O=Bücher & Söhne, CN=x.example, 2.5.4.42=Ana"
    assert found.names == ()


WHOLE = issued(None, "a.example", "192.0.2.1").certificate.public_bytes(Encoding.DER)


@given(st.data())
def test_a_certificate_that_was_tampered_with_is_read_or_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(WHOLE) - 1))
    changed = WHOLE[:at] + data.draw(st.binary(max_size=3)) + WHOLE[at + 1 :]
    with contextlib.suppress(certificate.Malformed):
        certificate.read(changed)


@given(st.binary(max_size=100))
def test_noise_is_no_certificate(noise: bytes) -> None:
    with pytest.raises(certificate.Malformed):
        certificate.read(noise)
