"""Where a redirect may be followed to, as tables: pure decisions over the URL and the way so far."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.catalog.records import Endpoint, Platform, Target
from agent.plan import Task
from agent.redirects import ELSEWHERE, HOPS_MAX, LIMIT, Onward, onward
from probes.failures import FAILURES


def endpoint(protocol: str, hostname: str, *, trust: str = "web") -> Endpoint:
    port = {"http": 80, "https": 443}[protocol]
    return Endpoint(
        id=f"{protocol}://{hostname}/",
        protocol=protocol,
        hostname=hostname,
        port=port,
        trust=trust,
        source="made up",
    )


SECURE, PLAIN = endpoint("https", "site.example"), endpoint("http", "site.example")
OWN_ROOT = endpoint("https", "chat.site.example", trust="signal")
WEB = Target(name="site/web", role="made up", endpoints=(SECURE, PLAIN))
CHAT = Target(name="site/chat", role="made up", endpoints=(OWN_ROOT,))
SITE = Platform(key="site", title="Site", domains=("site.example", "cdn.example"), targets=(WEB, CHAT))
FROM_PLAIN = Task(platform=SITE, target=WEB, endpoint=PLAIN)


def nothing(name: str) -> bool:
    return False


def led(url: str, *, task: Task = FROM_PLAIN, after: tuple[Endpoint, ...] = ()) -> Onward:
    return onward(task, url, (task.endpoint, *after), is_private=nothing)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://www.site.example/", ("https", "www.site.example", 443, "/")),
        ("https://www.site.example:443/", ("https", "www.site.example", 443, "/")),
        ("http://cdn.example/a/b?c=d", ("http", "cdn.example", 80, "/a/b?c=d")),
        ("http://site.example/login", ("http", "site.example", 80, "/login")),
        ("https://site.example/login", ("https", "site.example", 443, "/login")),
    ],
)
def test_a_page_of_the_platform_is_the_next_endpoint(url: str, place: tuple[str, str, int, str]) -> None:
    """Its rows stand under the endpoint that was redirected; fixed addresses are not those of another name."""
    fixed = replace(FROM_PLAIN, endpoint=replace(PLAIN, addresses=("44.1.1.1",)))
    hop = led(url, task=fixed).endpoint
    assert hop is not None
    assert (hop.protocol, hop.hostname, hop.port, hop.path) == place
    assert (hop.id, hop.addresses) == (PLAIN.id, ())


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example/",
        "https://evilsite.example/",
        "https://site.example.other.example/",
        "http://44.1.1.1/",
        "http://192.168.1.1/",
        "http://[2610:44::1]/",
        "http://10.10.34.34/",
        "http://localhost/",
        "https://site.example:8443/x",
        "http://site.example:443/x",
        "https://site.example:22/x",
        "https://under_score.site.example/",
    ],
)
def test_elsewhere_is_not_visited(url: str) -> None:
    """Another's domain, a bare address, a port that is not the web's: the volunteer has agreed to none of these."""
    assert led(url) == Onward(failure=ELSEWHERE)


def test_a_host_that_tells_of_its_visitor_is_not_visited() -> None:
    """Its name would stand in every row of the hop."""
    told = onward(FROM_PLAIN, "https://198-51-100-23.site.example/", (PLAIN,), is_private=lambda name: "198-51" in name)
    assert told == Onward(failure=ELSEWHERE)
    assert onward(FROM_PLAIN, "https://www.site.example/", (PLAIN,), is_private=lambda name: "198-51" in name).endpoint


def test_a_plain_page_that_sends_to_the_targets_own_secure_page_ends_there() -> None:
    """That one is measured anyway. In a pool, where one member that answers is enough, it is the next hop."""
    assert led("https://site.example/") == Onward()
    pool = replace(FROM_PLAIN, target=replace(WEB, combine="any_of"))
    assert led("https://site.example/", task=pool).endpoint == replace(SECURE, id=PLAIN.id)
    alone = replace(FROM_PLAIN, target=replace(WEB, endpoints=(PLAIN,)))
    assert led("https://site.example/", task=alone).endpoint == replace(SECURE, id=PLAIN.id)


def test_what_was_visited_is_not_visited_again() -> None:
    """A page that sets a cookie and sends back looks like a circle to who keeps none: there is nothing to tell."""
    first = led("https://www.site.example/start").endpoint
    assert first is not None
    assert led("http://site.example/") == Onward()
    assert led("https://www.site.example/start", after=(first,)) == Onward()
    assert led("https://www.site.example/next", after=(first,)).endpoint is not None


def test_ten_redirects_are_followed_and_no_more() -> None:
    way = tuple(replace(PLAIN, path=f"/{number}") for number in range(1, HOPS_MAX + 1))
    assert led(f"http://site.example/{HOPS_MAX}", after=way[:-1]).endpoint == way[-1]
    assert led(f"http://site.example/{HOPS_MAX + 1}", after=way) == Onward(failure=LIMIT)


def test_certificates_are_held_against_whom_the_catalog_names_for_the_host() -> None:
    """A host of the app has an authority of its own; one that the catalog does not know has a public one's."""
    from_chat = Task(platform=SITE, target=CHAT, endpoint=OWN_ROOT)
    trusts = [
        hop.trust
        for url in ("https://chat.site.example/x", "https://site.example/x", "https://www.site.example/")
        for task in (FROM_PLAIN, from_chat)
        if (hop := led(url, task=task).endpoint)
    ]
    assert trusts == ["signal", "signal", "web", "web", "web", "web"]


def test_what_is_left_out_has_its_sentence() -> None:
    assert {ELSEWHERE, LIMIT} <= set(FAILURES)
