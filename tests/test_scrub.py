"""No row holds the volunteer; the evidence stays."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.store.scrub import Private, scrub, scrub_text, spellings
from probes.observation import Observation
from tests.store_rows import observation, sweep, verdict

OWN_V4, OWN_V6 = "203.0.113.7", "2001:db8:5::17"
PRIVATE = Private(
    strings=spellings(OWN_V4) | spellings(OWN_V6) | {"/srv/maryam"}, words=frozenset({"maryam", "kitchen-pc"})
)


def scrubbed(**values: object) -> Observation:
    """The row after scrubbing. It must not be withheld."""
    clean = scrub(observation(**values), PRIVATE)
    assert isinstance(clean, Observation)
    return clean


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Your address is 198.51.100.9.", "Your address is [address]."),
        ("198.51.100.9:8080", "[address]:8080"),
        ("ip-198-51-100-9.example", "ip-[address].example"),
        ("you: ۱۹۸.۵۱.۱۰۰.۹", "you: [address]"),
        ("you: 198.51.100.9", "you: [address]"),
        ("198.51%2E100.9", "[address]"),
        ("198&#46;51.100.9", "[address]"),
        ("198.\u200b51.100.9", "[address]"),
        ("v6 2001:DB8:0:0::9 seen", "v6 [address] seen"),
        ("http://[2001:db8::9]", "http://[[address]]"),
        ("::ffff:198.51.100.9", "[address]"),
        ("station 00:1A:2b:3c:4d:5e", "station [address]"),
        ("station 00-1A-2b-3c-4d-5e", "station [address]"),
        ("write to admin@isp.example now", "write to [e-mail] now"),
        ("Hello Maryam!", "Hello [private]!"),
        ("portal of KITCHEN-PC", "portal of [private]"),
        ("file:///srv/maryam/x", "file://[private]/x"),
    ],
)
def test_text_from_the_network_loses_everything_private(text: str, kept: str) -> None:
    """Anybody's address in any spelling that a reader would see through, and the names of this computer."""
    assert scrubbed(title=text).title == kept


@pytest.mark.parametrize("own", sorted(PRIVATE.strings))
def test_own_addresses_go_in_every_spelling(own: str) -> None:
    """Dashed, hexadecimal, as one number, reversed, upper case: each known string goes."""
    assert own.casefold() not in scrubbed(title=f"<{own.upper()}>").title.casefold()


@pytest.mark.parametrize(
    "text",
    [
        "M1-6",
        "12:30:45",
        "Signal :: Home",
        "ISRG Root X1",
        "maryamabad news",
        "HTTP/1.1 301",
        "2026-11-24",
        "http://10.10.34.34",
        "https://[d0::11]",
        "https://[2001:4188:2:600:10:10:34:36]",
        "D0:0:0:0:0:0:0:11",
        "10.10.34.33",
    ],
)
def test_evidence_stays(text: str) -> None:
    """Times, titles, longer words that contain a name, and the filter's own addresses are not touched."""
    assert scrubbed(title=text, location=text).title == text
    assert scrubbed(location=text).location == text


def test_a_redirect_to_an_address_loses_it_unless_it_is_the_filters() -> None:
    """A captive portal's address would tell the network; the filter's is the finding."""
    assert scrubbed(location="http://192.168.1.1").location == "http://[address]"
    assert scrubbed(location="http://10.10.34.34").location == "http://10.10.34.34"


def test_header_names_are_scrubbed_one_by_one() -> None:
    """A list stays a list."""
    assert scrubbed(header_names=("server", f"x-{OWN_V4}")).header_names == ("server", "x-[private]")


def test_an_answer_that_is_the_own_address_is_marked_and_the_others_stay() -> None:
    """Structural columns keep the addresses that are evidence."""
    assert scrubbed(answers=("192.0.2.1", OWN_V4, "2001:0db8:0005::0017")).answers == (
        "192.0.2.1",
        "[own_address]",
        "[own_address]",
    )
    assert scrubbed(address="192.0.2.1").address == "192.0.2.1"


@pytest.mark.parametrize("endpoint", [f"https://{OWN_V4}/", "tcp://[2001:DB8:5:0:0:0:0:17]:443", "tcp://192.0.2.1:443"])
def test_a_structural_column_that_still_holds_one_withholds_the_row(endpoint: str) -> None:
    """It fails closed; and the clean case passes."""
    held = scrub(observation(endpoint=endpoint), PRIVATE)
    assert (held is None) == (endpoint != "tcp://192.0.2.1:443")


def test_a_longer_number_is_not_the_own_address() -> None:
    """203.0.113.77 and 1203.0.113.7 are not 203.0.113.7, nor is a digest that happens to hold its hexadecimal form."""
    digest = "ab" * 20 + "cb007107" + "cd" * 8
    row = observation(answers=("203.0.113.77", "20.203.0.113"), certificate_sha256=digest)
    assert scrub(row, PRIVATE) == row


def test_sweeps_and_verdicts_are_scrubbed_too() -> None:
    """Every table passes the same door."""
    assert scrub(sweep(), PRIVATE) == sweep()
    assert scrub(verdict(), PRIVATE) == verdict()
    assert scrub(sweep(because=f"the route leaves from {OWN_V4}"), PRIVATE) is None


@given(
    st.text(max_size=40),
    st.sampled_from(sorted(PRIVATE.strings | {"198.51.100.9", "2001:db8::9"})),
    st.text(max_size=40),
)
def test_whatever_stands_around_it_an_address_is_never_written(before: str, secret: str, after: str) -> None:
    """Either the row is withheld, or the secret is not in it (joined to letters or digits it is another string)."""
    clean = scrub(observation(title=f"{before} {secret} {after}"), PRIVATE)
    assert clean is None or isinstance(clean, Observation)
    assert clean is None or f" {secret.casefold()} " not in f" {clean.title.casefold()} "


@given(st.text(max_size=80))
def test_scrubbing_twice_changes_nothing(text: str) -> None:
    """What is kept is clean by the same measure."""
    once = scrub_text(text, PRIVATE)
    assert scrub_text(once, PRIVATE) == once


def test_this_computer_is_known_without_the_name_system() -> None:
    """Host, user and addresses are private; loopback, and names that name nobody, are not."""
    private = Private.of_this_computer([OWN_V4, OWN_V6, "127.0.0.1", "::1"])
    assert {OWN_V4, OWN_V6} <= private.strings
    assert not {"127.0.0.1", "::1"} & private.strings
    host = socket.gethostname()
    assert private.words <= {host, host.partition(".")[0], getpass.getuser(), Path.home().name}
    assert "root" not in private.words
