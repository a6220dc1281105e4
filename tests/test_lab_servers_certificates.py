"""The certificates of the world's servers: what a client that checks them finds wrong, and that only that is wrong."""

import shutil
import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from agent.lab.servers.certificates import FOREIGN, Certificates, Shown
from agent.lab.servers.settings import covers
from agent.lab.world import CERTIFICATES, TRUSTED, Client, Host, Service
from tests.lab_client import get
from tests.lab_served import RESOLVER, SITE, Served, world_of

#: OpenSSL's words for what is wrong, by its code (x509_vfy.h).
EXPIRED, NOT_YET, SELF_SIGNED, NO_ISSUER, OTHER_NAME, OTHER_ADDRESS = 10, 9, 18, 20, 62, 64
#: Browsers' longest (CA/Browser Forum, Baseline Requirements 6.3.2).
LIFE_MAX = timedelta(days=398)
NOW = datetime.now(UTC)


def parsed(certificates: Certificates, shown: Shown) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates.issued(shown, at=NOW).certificate_pem)


def refusal_of(served: Served, name: str = "site.example", *, address: str = SITE, trust: str = "web") -> int:
    """OpenSSL's code for what is wrong; 0 when nothing is."""
    try:
        served.dial_tls(name=name, address=address, trust=trust).close()
    except ssl.SSLCertVerificationError as refusal:
        return refusal.verify_code
    return 0


WRONGS = {
    "valid": 0,
    "expired": EXPIRED,
    "not_yet_valid": NOT_YET,
    "self_signed": SELF_SIGNED,
    "wrong_name": OTHER_NAME,
    "unknown_authority": NO_ISSUER,
}


def test_every_kind_of_certificate_has_its_wrong() -> None:
    assert set(WRONGS) == set(CERTIFICATES)


@pytest.mark.parametrize(("kind", "code"), WRONGS.items())
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_certificate_is_wrong_in_its_own_way(kind: str, code: int, tls: str) -> None:
    with Served(world_of(Service(kind="https", port=443, certificate=kind, tls=tls))) as served:
        assert refusal_of(served) == code


@pytest.mark.parametrize("kind", ["expired", "not_yet_valid", "self_signed", "wrong_name", "unknown_authority"])
def test_nothing_else_is_wrong_with_it(kind: str) -> None:
    """Whoever overlooks the one wrong is served: the name is the host's, but for the wrong name; the dates are right,
    but for the wrong dates; and the signature is its authority's, where it has one."""
    with Served(world_of(Service(kind="https", port=443, certificate=kind))) as served:
        context = ssl.create_default_context(cadata=served.certificates.trust_pem()["web"].decode())
        context.check_hostname = False
        if kind in {"self_signed", "unknown_authority", "expired", "not_yet_valid"}:
            context.verify_mode = ssl.CERT_NONE
        connection = context.wrap_socket(served.dial(443), server_hostname="site.example")
        shown = x509.load_der_x509_certificate(connection.getpeercert(True) or b"")
        assert get(connection, "site.example").startswith(b"HTTP/1.1 200")
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )
    assert (names == ["site.example", "www.site.example"]) is (kind != "wrong_name")
    in_date = shown.not_valid_before_utc < datetime.now(UTC) < shown.not_valid_after_utc
    assert in_date is (kind not in {"expired", "not_yet_valid"})
    assert (shown.issuer == shown.subject) is (kind == "self_signed")


def test_each_trusted_authority_is_trusted_for_its_own() -> None:
    with Served(world_of(Service(kind="https", port=443, trust="signal"))) as served:
        assert refusal_of(served, trust="signal") == 0
        assert refusal_of(served, trust="web") == NO_ISSUER


def test_stated_names_take_the_place_of_the_hosts_own() -> None:
    service = Service(kind="https", port=443, certificate_names=("*.cdn.example", "cdn.example"))
    with Served(world_of(service)) as served:
        assert [refusal_of(served, name) for name in ("a.cdn.example", "cdn.example")] == [0, 0]
        assert refusal_of(served, "site.example") == OTHER_NAME


def test_host_without_a_name_shows_a_certificate_for_its_address() -> None:
    bare = Host(addresses=("44.0.0.7", "2610:44::7"), services=(Service(kind="https", port=443),))
    with Served(world_of(hosts=(bare,))) as served:
        for address in bare.addresses:
            assert refusal_of(served, address, address=address) == 0
        assert refusal_of(served, "44.0.0.8", address="44.0.0.7") == OTHER_ADDRESS


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_newest_tls_is_as_stated(tls: str) -> None:
    with Served(world_of(Service(kind="https", port=443, tls=tls))) as served, served.dial_tls() as connection:
        assert connection.version() == f"TLSv{tls}"


def test_stranger_is_turned_away_with_an_alert_and_who_names_nobody_is_not() -> None:
    service = Service(kind="https", port=443, turns_strangers_away=True, certificate_names=("*.site.example",))
    with Served(world_of(service)) as served:
        for name in ("other.example", "a.b.site.example"):
            with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
                served.dial_tls(name=name)
        for welcome in ("any.site.example", None):
            served.dial_tls(name=welcome).close()
        assert refusal_of(served, "SITE.example") == OTHER_NAME  # let in, as it is the host's own, and shown the other


def test_everybody_else_is_shown_the_hosts_certificate_whatever_name_is_asked_for() -> None:
    with Served(world_of(Service(kind="https", port=443))) as served:
        assert refusal_of(served, "other.example") == OTHER_NAME


@pytest.mark.parametrize(
    ("kind", "code"), [("valid", 0), ("unknown_authority", NO_ISSUER), ("self_signed", SELF_SIGNED)]
)
def test_proxy_hands_on_the_sites_certificate_or_breaks_in_with_its_own(kind: str, code: int) -> None:
    proxy = Host(
        names=("proxy.example",),
        addresses=("44.0.0.8",),
        services=(Service(kind="proxy", port=443, certificate=kind),),
    )
    with Served(world_of(Service(kind="https", port=443), hosts=(proxy,))) as served:
        assert refusal_of(served, "site.example", address="44.0.0.8") == code
        unknown = refusal_of(served, "gone.example", address="44.0.0.8")
        assert unknown == (OTHER_NAME if kind == "valid" else code)


def test_proxy_hands_on_what_is_wrong_with_the_site() -> None:
    proxy = Host(names=("proxy.example",), addresses=("44.0.0.8",), services=(Service(kind="proxy", port=443),))
    with Served(world_of(Service(kind="https", port=443, certificate="expired"), hosts=(proxy,))) as served:
        assert refusal_of(served, "site.example", address="44.0.0.8") == EXPIRED


@pytest.mark.parametrize(
    ("days_ahead", "code"), [(0, 0), (20, 0), (-20, 0), (400, EXPIRED), (-400, NOT_YET), (4000, EXPIRED)]
)
def test_clock_that_is_wrong_by_too_much_finds_sound_certificates_out_of_date(days_ahead: int, code: int) -> None:
    """The client's clock is this computer's: the world's is the one that is moved."""
    client = Client(resolver=RESOLVER, clock_error_s=days_ahead * 86_400.0)
    with Served(world_of(Service(kind="https", port=443), client=client)) as served:
        assert refusal_of(served) == code


@pytest.mark.parametrize("kind", ["unknown_authority", "self_signed"])
def test_foreign_certificate_is_for_the_name_that_was_asked_for(kind: str) -> None:
    certificates = Certificates()
    shown = parsed(certificates, Shown(names=("blocked.example",), kind=kind))
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["blocked.example"]
    assert (shown.issuer == shown.subject) is (kind == "self_signed")
    assert certificates.foreign_context(kind, "blocked.example") is certificates.foreign_context(
        kind, "blocked.example"
    )


@pytest.mark.parametrize(
    "name", ["under_score.example", "-", "a..b", "x" * 64 + ".example", "44.0.0.1", "*", "", "a@b", "x" * 300]
)
def test_whatever_name_a_client_gives_a_foreign_certificate_is_found_for_it(name: str) -> None:
    assert Certificates().foreign_context("unknown_authority", name).get_ca_certs() == []


def test_long_names_have_certificates_too() -> None:
    long = f"{'a' * 60}.{'b' * 60}.example"
    assert parsed(Certificates(), Shown(names=(long,))).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    ).value.get_values_for_type(x509.DNSName) == [long]


@pytest.mark.parametrize("kind", sorted(CERTIFICATES))
def test_certificates_are_such_as_browsers_take(kind: str) -> None:
    certificate = parsed(Certificates(), Shown(names=("site.example",), kind=kind))
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.SERVER_AUTH in usage
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc <= LIFE_MAX


def test_one_labs_roots_are_no_other_labs() -> None:
    roots = [Certificates().trust_pem() for _ in range(2)]
    assert set(roots[0]) == set(TRUSTED)
    assert FOREIGN not in roots[0]
    assert not set(roots[0].values()) & set(roots[1].values())


def test_key_hash_is_what_openssl_says() -> None:
    """The browser's allow-list takes the base64 of the SHA-256 of the key's DER."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("There is no openssl here.")
    certificates, shown = Certificates(), Shown(names=("site.example",))
    pem = certificates.issued(shown, at=NOW).certificate_pem
    key = subprocess.run([openssl, "x509", "-pubkey", "-noout"], input=pem, capture_output=True, check=True).stdout
    der = subprocess.run([openssl, "pkey", "-pubin", "-outform", "DER"], input=key, capture_output=True, check=True)
    digest = subprocess.run([openssl, "dgst", "-sha256", "-binary"], input=der.stdout, capture_output=True, check=True)
    text = subprocess.run([openssl, "base64"], input=digest.stdout, capture_output=True, check=True).stdout
    assert certificates.spki_hash(shown, at=NOW) == text.decode().strip()


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("site.example", "SITE.example", True),
        ("*.site.example", "a.site.example", True),
        ("*.site.example", "site.example", False),
        ("*.site.example", "a.b.site.example", False),
        ("site.example", "a.site.example", False),
    ],
)
def test_asterisk_stands_for_one_label(pattern: str, name: str, fits: bool) -> None:
    assert covers(pattern, name) is fits


@pytest.mark.parametrize("said", [b"", b"\x16", b"\x16\x03\x01\x00\x05hello", b"GET / HTTP/1.1\r\n\r\n"])
def test_handshake_that_fails_disturbs_nobody(said: bytes) -> None:
    with Served(world_of(Service(kind="https", port=443))) as served:
        with served.dial(443) as connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        assert refusal_of(served) == 0
