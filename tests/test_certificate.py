"""Certificates of every kind of wrong, each with its failure, and none that makes the judgement itself fail."""

import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from probes.certificate import Leaf, TrustStore, describe
from tests.loopback import HOST

NOW = datetime.now(UTC)
AUTHORITY = trustme.CA()
TRUST = TrustStore(AUTHORITY.cert_pem.bytes())


def chain(leaf: trustme.LeafCert) -> list[bytes]:
    """The chain as DER, leaf first."""
    pems = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return [
        certificate.public_bytes(serialization.Encoding.DER) for certificate in x509.load_pem_x509_certificates(pems)
    ]


def made(*, usage: x509.ObjectIdentifier | None = None, common_name: str = "", issuer_name: str = "") -> bytes:
    """A certificate by our own hand: signed by the lab authority, or by itself when it has an issuer's name."""
    own_key = ec.generate_private_key(ec.SECP256R1())
    root = x509.load_pem_x509_certificate(AUTHORITY.cert_pem.bytes())
    key = serialization.load_pem_private_key(AUTHORITY.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer_name)]) if issuer_name else root.subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(issuer if issuer_name and not common_name else name)
        .issuer_name(issuer)
        .public_key(own_key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    signed = builder.sign(own_key if issuer_name else key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def test_a_valid_chain() -> None:
    """The right name, a known authority, in time: no failure."""
    assert TRUST.check(chain(AUTHORITY.issue_cert(HOST)), HOST, at=NOW) == ""


def test_a_chain_through_an_intermediate() -> None:
    """The certificates between leaf and root count when the server sends them, and are missed when it does not."""
    leaf = AUTHORITY.create_child_ca().issue_cert(HOST)
    assert TRUST.check(chain(leaf), HOST, at=NOW) == ""
    assert TRUST.check(chain(leaf)[:1], HOST, at=NOW) == "ssl_unknown_authority"


@pytest.mark.parametrize(
    ("names", "asked", "failure"),
    [
        (["*.example.org"], "www.example.org", ""),
        (["*.example.org"], "a.b.example.org", "ssl_invalid_hostname"),
        (["*.example.org"], "example.org", "ssl_invalid_hostname"),
        ([HOST], HOST.upper(), ""),
        (["127.0.0.1"], "127.0.0.1", ""),
        (["2001:db8::1"], "2001:db8:0::1", ""),
        (["127.0.0.1"], "127.0.0.2", "ssl_invalid_hostname"),
        ([HOST], "127.0.0.1", "ssl_invalid_hostname"),
        ([HOST], "", "ssl_invalid_hostname"),
    ],
)
def test_names_and_addresses(names: list[str], asked: str, failure: str) -> None:
    """A wildcard stands for one label; an address must be named as one."""
    assert TRUST.check(chain(AUTHORITY.issue_cert(*names)), asked, at=NOW) == failure


@pytest.mark.parametrize("days", [-30, 800], ids=["not yet valid", "expired"])
def test_dates(days: int) -> None:
    """Outside its dates a certificate of a known authority is invalid; for another name the name is the news."""
    leaf = chain(AUTHORITY.issue_cert(HOST, not_before=NOW, not_after=NOW + timedelta(days=90)))
    at = NOW + timedelta(days=days)
    assert TRUST.check(leaf, HOST, at=NOW + timedelta(days=1)) == ""
    assert TRUST.check(leaf, HOST, at=at) == "ssl_invalid_certificate"
    assert TRUST.check(leaf, "other.example", at=at) == "ssl_invalid_hostname"


def test_unknown_authorities() -> None:
    """Another authority, one of the same name, and a certificate signed by itself are all unknown."""
    assert TRUST.check(chain(trustme.CA().issue_cert(HOST)), HOST, at=NOW) == "ssl_unknown_authority"
    root = x509.load_pem_x509_certificate(AUTHORITY.cert_pem.bytes())
    name = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    unit = root.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)[0].value
    twin = trustme.CA(organization_name=str(name), organization_unit_name=str(unit))
    assert TRUST.check(chain(twin.issue_cert(HOST)), HOST, at=NOW) == "ssl_unknown_authority"
    assert TRUST.check([made(issuer_name="Itself")], HOST, at=NOW) == "ssl_unknown_authority"


def test_a_certificate_that_may_not_serve() -> None:
    """One that its authority made for clients only is no server's."""
    assert TRUST.check([made(usage=ExtendedKeyUsageOID.SERVER_AUTH)], HOST, at=NOW) == ""
    assert TRUST.check([made(usage=ExtendedKeyUsageOID.CLIENT_AUTH)], HOST, at=NOW) == "ssl_invalid_certificate"


def test_a_leaf_is_no_authority() -> None:
    """Who has a true certificate for one name cannot sign one for another."""
    victim, thief = made(common_name=HOST, issuer_name="Thief"), chain(AUTHORITY.issue_cert("thief.example"))
    assert TRUST.check([victim, *thief], HOST, at=NOW) == "ssl_unknown_authority"


def test_what_rows_say_of_a_certificate() -> None:
    """Subject, issuer and end of validity; the first DNS name when there is no common name."""
    leaf = describe(made(common_name="Zahra’s\tserver\x1b[31m"))
    assert leaf.subject == "Zahra’s server[31m"
    assert leaf.expires_at is not None
    assert leaf.expires_at.tzinfo is UTC
    assert describe(made()).subject == HOST
    assert describe(made(issuer_name="An authority")).issuer == "An authority"
    assert len(leaf.sha256) == 64


GENUINE = chain(AUTHORITY.issue_cert(HOST))[0]


@given(st.integers(0, len(GENUINE) - 1), st.binary(min_size=1, max_size=8))
def test_no_mutation_breaks_the_judgement(position: int, change: bytes) -> None:
    """A certificate changed anywhere is never valid, unless the change changed nothing, and never an error."""
    mutated = GENUINE[:position] + change + GENUINE[position + len(change) :]
    failure = TRUST.check([mutated], HOST, at=NOW)
    assert isinstance(describe(mutated), Leaf)
    assert (failure == "") == (mutated == GENUINE)


@pytest.mark.parametrize("absurd", [[], [b""], [b"not a certificate"], [GENUINE, b"junk"]])
def test_absurd_chains(absurd: list[bytes]) -> None:
    """No certificate at all, and bytes that are none, are an invalid certificate."""
    assert TRUST.check(absurd, HOST, at=NOW) == "ssl_invalid_certificate"


def test_the_webs_store_holds_the_public_authorities_and_not_ours() -> None:
    """Every root of the bundle is loaded, once; a lab's certificate means nothing to it."""
    store = TrustStore.web()
    assert store is TrustStore.web()
    assert store.check(chain(AUTHORITY.issue_cert(HOST)), HOST, at=NOW) == "ssl_unknown_authority"
    text = Path(certifi.where()).read_text(encoding="utf-8")
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL)
    roots = [ssl.PEM_cert_to_DER_cert(block) for block in blocks]
    assert len(roots) > 100
    assert "ssl_unknown_authority" not in {store.check([root], HOST, at=NOW) for root in roots}


@pytest.mark.parametrize("pem", [b"", b"no certificate here"])
def test_an_empty_store_is_refused(pem: bytes) -> None:
    """Trusting nobody is a mistake of configuration, and said at once."""
    with pytest.raises(ValueError, match="no PEM certificate"):
        TrustStore(pem)


def test_a_broken_root_is_refused() -> None:
    """A root that cannot be read is named by its place."""
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(ValueError, match="Certificate 2"):
        TrustStore(AUTHORITY.cert_pem.bytes() + broken)
