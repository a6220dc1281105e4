"""The catalog that comes with the agent is consistent."""

from __future__ import annotations

import ipaddress
import re
from datetime import date

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from agent.catalog.load import FOLDER, load_catalog, signal_root_pem
from agent.catalog.records import Catalog, Endpoint, Target

DOCUMENT_PLATFORMS = {
    *("signal", "telegram", "instagram", "twitter", "facebook", "youtube"),
    *("whatsapp", "flickr", "gmail", "yahoo", "cloob", "tabnak"),
}
#: The data centres' addresses, from the facts and not from the catalog.
DATA_CENTRES = set("149.154.175.50 149.154.167.51 149.154.175.100 149.154.167.91 149.154.171.5 95.161.76.100".split())


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def target(catalog: Catalog, name: str) -> Target:
    return next(target for _, target in catalog.targets() if target.name == name)


def endpoints(catalog: Catalog) -> list[Endpoint]:
    return [endpoint for _, target in catalog.targets() for endpoint in target.endpoints]


def test_it_holds_the_twelve_platforms_of_the_document_and_no_other(catalog: Catalog) -> None:
    assert {platform.key for platform in catalog.platforms} == DOCUMENT_PLATFORMS
    assert len(catalog.platforms) == 12


def test_every_platform_has_a_needed_target(catalog: Catalog) -> None:
    assert all(any(target.needed for target in platform.targets) for platform in catalog.platforms)


def test_only_mass_platforms_are_in_it(catalog: Catalog) -> None:
    """A volunteer meets no target that ordinary people do not open every day."""
    assert {platform.risk_tier for platform in catalog.platforms} == {"mass"}


def test_ids_are_unique_over_platforms_and_controls(catalog: Catalog) -> None:
    ids = [endpoint.id for endpoint in endpoints(catalog)] + [control.endpoint.id for control in catalog.controls]
    names = [target.name for _, target in catalog.targets()] + [control.name for control in catalog.controls]
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)


def test_a_whole_sweep_is_tens_of_connections(catalog: Catalog) -> None:
    assert len(endpoints(catalog)) < 100


def test_every_endpoint_cites_a_source_with_key_and_address(catalog: Catalog) -> None:
    cited = [endpoint.source for endpoint in endpoints(catalog)] + [c.endpoint.source for c in catalog.controls]
    assert all(re.match(r"[A-Z0-9]+: \S+", source) for source in cited)


def test_every_host_name_lies_in_its_platforms_domains(catalog: Catalog) -> None:
    for platform, item in catalog.targets():
        for endpoint in item.endpoints:
            if endpoint.hostname:
                assert any(f".{endpoint.hostname}".endswith(f".{domain}") for domain in platform.domains)


def test_no_two_platforms_share_a_domain(catalog: Catalog) -> None:
    """A rule for one platform's names must not hit another's."""
    domains = [domain for platform in catalog.platforms for domain in platform.domains]
    assert len(set(domains)) == len(domains)


def test_every_endpoint_has_a_name_or_a_fixed_address_and_never_both(catalog: Catalog) -> None:
    assert all(bool(endpoint.hostname) != bool(endpoint.addresses) for endpoint in endpoints(catalog))


def test_whatsapp_is_sixteen_hosts_on_two_ports_of_which_one_is_enough(catalog: Catalog) -> None:
    pool = target(catalog, "whatsapp/endpoints")
    assert {(endpoint.hostname, endpoint.port) for endpoint in pool.endpoints} == {
        (f"e{number}.whatsapp.net", port) for number in range(1, 17) for port in (443, 5222)
    }
    assert {endpoint.protocol for endpoint in pool.endpoints} == {"tcp"}
    assert pool.combine == "any_of"


def test_telegram_is_six_data_centres_on_two_ports_asked_by_post(catalog: Catalog) -> None:
    pool = target(catalog, "telegram/dc_pool")
    assert {(address, endpoint.port) for endpoint in pool.endpoints for address in endpoint.addresses} == {
        (address, port) for address in DATA_CENTRES for port in (80, 443)
    }
    assert {(endpoint.protocol, endpoint.method) for endpoint in pool.endpoints} == {("http", "POST")}
    assert pool.combine == "any_of"
    assert all(ipaddress.ip_address(address).is_global for address in DATA_CENTRES)


def test_signals_app_hosts_are_held_to_signals_own_root_and_its_web_site_to_the_public_ones(catalog: Catalog) -> None:
    trusts = {item.name: {endpoint.trust for endpoint in item.endpoints} for item in catalog.platform("signal").targets}
    assert {name for name, trust in trusts.items() if trust == {"signal"}} == {
        *("signal/chat", "signal/storage", "signal/contacts", "signal/calls"),
    }
    assert trusts["signal/web"] == {"web"}
    assert all(endpoint.trust == "web" for endpoint in endpoints(catalog) if "signal.org" not in endpoint.hostname)


def test_every_platform_is_looked_at_by_secure_and_by_plain_http(catalog: Catalog) -> None:
    """Blocking by the Host header shows on plain HTTP alone."""
    for platform in catalog.platforms:
        named = {endpoint.protocol for item in platform.targets for endpoint in item.endpoints if endpoint.hostname}
        assert {"https", "http"} <= named, platform.key


def test_names_that_are_only_resolved_never_decide_a_platform(catalog: Catalog) -> None:
    resolved_only = {item.name: item.needed for _, item in catalog.targets() if item.endpoints[0].protocol == "dns"}
    assert resolved_only == {"signal/status": False, "facebook/call_setup": False}


def test_twitter_is_measured_under_both_its_names(catalog: Catalog) -> None:
    hosts = {endpoint.hostname for item in catalog.platform("twitter").targets for endpoint in item.endpoints}
    assert {"twitter.com", "x.com"} <= hosts


def test_cloob_alone_is_retired_with_its_day_and_source(catalog: Catalog) -> None:
    assert {p.key: p.retired_at for p in catalog.platforms if p.retired_at} == {"cloob": date(2017, 10, 16)}
    assert "AFP" in catalog.platform("cloob").retired_source


def test_controls_are_unrelated_and_never_one_company_alone(catalog: Catalog) -> None:
    platforms = [domain for platform in catalog.platforms for domain in platform.domains]
    for scope, least in (("domestic", 3), ("foreign", 3), ("portal", 1)):
        controls = catalog.controls_of(scope)
        assert len(controls) >= least
        assert len({control.network for control in controls}) == len(controls)
        for control in controls:
            assert not any(f".{control.endpoint.hostname}".endswith(f".{domain}") for domain in platforms)
    foreign = [control.endpoint.hostname for control in catalog.controls_of("foreign")]
    # Whole suffixes of these are blocked in Iran, and Google is rewritten there (IRBlock, USENIX Security 2025).
    assert not any(host.endswith((".il", ".com.mx")) or "google" in host for host in foreign)


def test_domestic_controls_do_not_hang_on_a_registry_abroad(catalog: Catalog) -> None:
    assert sum(control.endpoint.hostname.endswith(".ir") for control in catalog.controls_of("domestic")) >= 2


def test_the_portal_control_is_plain_http_with_known_words(catalog: Catalog) -> None:
    (portal,) = catalog.controls_of("portal")
    assert portal.endpoint.protocol == "http"
    assert portal.expected_body == "success"


def test_signals_root_is_the_documented_one() -> None:
    """Fingerprint and dates as OONI's root of the same name has them."""
    root = x509.load_pem_x509_certificate(signal_root_pem())
    fingerprint = root.fingerprint(hashes.SHA256()).hex().upper()
    assert fingerprint.startswith("DDB0F92B")
    assert fingerprint.endswith("F65A")
    assert root.not_valid_before_utc.date() == date(2022, 1, 26)
    assert root.not_valid_after_utc.date() == date(2032, 1, 24)
    assert root.subject == root.issuer


def test_the_data_files_are_beside_the_loader() -> None:
    """They are found wherever the package is installed."""
    assert {"catalog.toml", "signal-root.pem"} <= {path.name for path in FOLDER.iterdir()}
