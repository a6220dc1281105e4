"""Hosts and a client that contradict themselves are refused with the place and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario_texts import ROOM, SITE, loaded, said_of

WRONG_NAME = 'service = [{ kind = "https", port = 443, certificate = "wrong_name", certificate_names = ["NAME"] }]\n'
#: Behind SITE: what makes it impossible, a part of what is said of it, and what makes the same thing possible.
HOSTS = {
    "two hosts on one address": (
        ROOM.replace("44.1.1.1", "93.184.216.34"),
        "host 2 (room.example), addresses: 93.184.216.34 is host 1's already; give each host its own.",
        ROOM,
    ),
    "two spellings of one address": (
        ROOM.replace("44.1.1.1", "2606:2800:220:1:0:0:0:1"),
        "host 2 (room.example), addresses: 2606:2800:220:1::1 is host 1's already; give each host its own.",
        ROOM.replace("44.1.1.1", "2606:2800:220:1:0:0:0:2"),
    ),
    "two hosts of one name": (
        ROOM.replace("room.example", "www.shop.example"),
        "host 2 (www.shop.example), names: www.shop.example is host 1's already; give each host its own.",
        ROOM,
    ),
    "a host on loopback": (
        ROOM.replace("44.1.1.1", "127.0.0.1"),
        "addresses: 127.0.0.1 is a loopback address, where no host can stand; take another.",
        ROOM.replace("44.1.1.1", "10.0.0.1"),
    ),
    "a host on an IPv4 address that is written as one of IPv6": (
        ROOM.replace("44.1.1.1", "::ffff:44.1.1.1"),
        "addresses: ::ffff:2c01:101 is an IPv4 address in the notation of IPv6, where no host can stand; take another.",
        ROOM.replace("44.1.1.1", "2610:44::1:1"),
    ),
    "a host on a link-local address": (
        ROOM.replace("44.1.1.1", "fe80::1"),
        "addresses: fe80::1 is a link-local address, where no host can stand; take another.",
        ROOM,
    ),
    "a host on a multicast address": (
        ROOM.replace("44.1.1.1", "224.0.0.1"),
        "addresses: 224.0.0.1 is a multicast address, where no host can stand; take another.",
        ROOM,
    ),
    "a host nowhere": (
        ROOM.replace("44.1.1.1", "0.0.0.0"),
        "addresses: 0.0.0.0 is no computer's address, where no host can stand; take another.",
        ROOM + 'published = ["0.0.0.0"]\n',
    ),
    "published addresses of no name": (
        '\n[[host]]\naddresses = ["44.1.1.1"]\npublished = ["44.1.1.2"]\n',
        "published: the host has no name to publish them of; add names.",
        '\n[[host]]\naddresses = ["44.1.1.1"]\n',
    ),
    "two services on one TCP port": (
        ROOM + 'service = [{ kind = "https", port = 443 }, { kind = "silent", port = 443 }]\n',
        "service 2 (silent), port: TCP port 443 is taken by service 1 (https); take another port.",
        ROOM + 'service = [{ kind = "https", port = 443 }, { kind = "quic", port = 443 }]\n',
    ),
    "a resolver and HTTP/3 on one UDP port": (
        ROOM + 'service = [{ kind = "dns", port = 53 }, { kind = "quic", port = 53 }]\n',
        "service 2 (quic), port: UDP port 53 is taken by service 1 (dns); take another port.",
        ROOM + 'service = [{ kind = "dns", port = 53 }, { kind = "quic", port = 54 }]\n',
    ),
    "a certificate on a plain service": (
        ROOM + 'service = [{ kind = "http", port = 80, certificate = "expired" }]\n',
        "certificate: a service of kind http has none; take it out, or use doh, dot, https, proxy, quic, test_helper.",
        ROOM + 'service = [{ kind = "https", port = 80, certificate = "expired" }]\n',
    ),
    "a certificate for no name": (
        ROOM + 'service = [{ kind = "https", port = 443, certificate_names = [""] }]\n',
        'holds "", which is not a host name in lower case',
        ROOM + 'service = [{ kind = "https", port = 443, certificate_names = ["*.room.example"] }]\n',
    ),
    "a wrong name that is right": (
        ROOM + WRONG_NAME.replace("NAME", "room.example"),
        "certificate_names: one of them is the host's own, so it is not wrong; change it.",
        ROOM + WRONG_NAME.replace("NAME", "other.example"),
    ),
    "answers of a web server": (
        ROOM + 'service = [{ kind = "https", port = 443, answers = { "a.example" = [] } }]\n',
        "answers: a service of kind https has none; take it out, or use dns, dot, doh.",
        ROOM + 'service = [{ kind = "doh", port = 443, answers = { "a.example" = [] } }]\n',
    ),
    "answers behind an rcode": (
        ROOM + 'service = [{ kind = "dns", port = 53, rcode = "REFUSED", answers = { "a.example" = [] } }]\n',
        "answers: with an rcode every question is answered by it; take one of them out.",
        ROOM + 'service = [{ kind = "dns", port = 53, rcode = "REFUSED" }]\n',
    ),
    "QUIC of TLS 1.2": (
        ROOM + 'service = [{ kind = "quic", port = 443, tls = "1.2" }]\n',
        "tls: QUIC has TLS 1.3 inside (RFC 9001); take it out.",
        ROOM + 'service = [{ kind = "https", port = 443, tls = "1.2" }]\n',
    ),
    "a location without a redirect": (
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ location = "http://x.example/" }] }]\n',
        "page 1, location: only an answer of status 3xx leads elsewhere; set status, say 302.",
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ status = 301, location = "http://x.example/" }] }]\n',
    ),
    "two pages under one path": (
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ path = "/" }, { title = "x" }] }]\n',
        "page 2, path: page 1 is shown under / too; change one.",
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ path = "/" }, { path = "/x" }] }]\n',
    ),
    "a body that is longer than its size": (
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ body = "four", size_bytes = 3 }] }]\n',
        "page 1, size_bytes: the body has 4 bytes already; raise it to more.",
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ body = "four", size_bytes = 5 }] }]\n',
    ),
    "a cut behind the end": (
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ body = "four", cut_after_bytes = 4 }] }]\n',
        "page 1, cut_after_bytes: the body ends after 4 bytes anyway; take fewer.",
        ROOM + 'service = [{ kind = "http", port = 80, page = [{ body = "four", cut_after_bytes = 3 }] }]\n',
    ),
    "a client at a host's address": (
        '\n[client]\naddresses = ["93.184.216.34"]\n',
        "line 19, client.addresses: 93.184.216.34 is the address of www.shop.example too; take another.",
        '\n[client]\naddresses = ["93.184.216.35"]\n',
    ),
    "a client with two addresses of a kind": (
        '\n[client]\naddresses = ["93.184.216.35", "93.184.216.36"]\n',
        "client.addresses: there are two of IPv4; leave one.",
        '\n[client]\naddresses = ["93.184.216.35", "2610:44::1"]\n',
    ),
    "a client of no country": (
        '\n[client]\ncountry = ""\n',
        "client.country: without a country no border is anywhere; write its two letters.",
        '\n[client]\ncountry = "DE"\n',
    ),
    "a resolver that answers nobody": (
        ROOM + '[client]\nresolver = "room.example"\n',
        "client.resolver: room.example has no service of kind dns on port 53, so nobody answers there; add it.",
        ROOM + 'service = [{ kind = "dns", port = 53 }]\n[client]\nresolver = "room.example"\n',
    ),
    "a resolver that is nowhere": (
        '\n[client]\nresolver = "44.1.1.1"\n',
        "client.resolver: no host is called 44.1.1.1 or stands there with an IPv4 address; add one as [[host]].",
        ROOM + 'service = [{ kind = "dns", port = 53 }]\n[client]\nresolver = "44.1.1.1"\n',
    ),
    "the provider's resolver, replaced by what is none": (
        ROOM.replace("room.example", "resolver.provider.ir"),
        "client.resolver: resolver.provider.ir has no service of kind dns on port 53",
        ROOM.replace("room.example", "resolver.provider.ir") + 'service = [{ kind = "dns", port = 53 }]\n',
    ),
    "a captive portal that is nobody's": (
        '\n[client]\ncaptive_portal = "room.example"\n',
        "client.captive_portal: no host is called room.example; add one as [[host]].",
        "",
    ),
    "two things on one line": (
        ROOM + '\n[client]\ncaptive_portal = "room.example"\nnational_only = true\n',
        "client.national_only: a captive portal stands before it; take one of them out.",
        "",
    ),
}


@pytest.mark.parametrize("case", HOSTS)
def test_hosts_and_clients_that_cannot_be_are_refused(tmp_path: Path, case: str) -> None:
    """And the same with the one thing mended is not."""
    impossible, sentence, possible = HOSTS[case]
    assert sentence in said_of(tmp_path, SITE + impossible)
    assert loaded(tmp_path, SITE + possible).world.hosts
