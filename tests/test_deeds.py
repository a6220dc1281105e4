"""What was done to a try: read off its failure, the same for who plans and for who judges; and how it is named."""

from __future__ import annotations

from itertools import product

import pytest

from agent.verdict.deeds import DEEDS, deed, mechanism_of
from agent.verdict.records import MECHANISMS
from agent.verdict.seen import Try
from probes.observation import Observation

CONNECT = Observation(operation="connect")


def shaken(**columns: object) -> Try:
    tls = Observation(operation="tls_handshake", **columns)  # type: ignore[arg-type] # its columns, named by the caller
    return Try(variation="first", address="44.1.1.1", connect=CONNECT, tls=tls)


@pytest.mark.parametrize(
    ("tried", "done"),
    [
        (shaken(), ""),
        (shaken(failure="ssl_invalid_hostname"), ""),
        (shaken(failure="ssl_invalid_certificate"), ""),
        (shaken(failure="connection_reset"), "reset"),
        (shaken(failure="generic_timeout_error"), "timeout"),
        (shaken(failure="generic_timeout_error", bytes_received=0), "timeout"),
        (shaken(failure="generic_timeout_error", bytes_received=90), "stall"),
        (shaken(failure="tls_alert_112", bytes_received=7), "alert 112"),
        (shaken(failure="ssl_unknown_authority", certificate_issuer="National Trust"), "forge"),
        (shaken(failure="ssl_unknown_authority", certificate_issuer="FortiGate CA"), ""),
        (shaken(failure="hostname_invalid"), ""),
    ],
)
def test_a_failure_that_somebody_on_the_path_may_cause_is_a_deed(tried: Try, done: str) -> None:
    assert deed(tried, "tls") == done


def test_what_is_said_within_tls_nobody_can_act_on() -> None:
    answer = Observation(operation="http_round_trip", failure="connection_reset")
    within = Try(variation="first", address="44.1.1.1", connect=CONNECT, tls=CONNECT, http=answer)
    in_clear = Try(variation="first", address="44.1.1.1", connect=CONNECT, http=answer)
    assert (deed(within, "http"), deed(in_clear, "http")) == ("", "reset")


@pytest.mark.parametrize(("layer", "triggers"), [("tls", ("sni",)), ("http", ("host", ""))])
def test_every_deed_by_every_trigger_has_a_mechanism_of_the_list(layer: str, triggers: tuple[str, ...]) -> None:
    """A forgery has its own two; a certificate is a trigger of ends alone."""
    done = {*DEEDS.values(), "stall", *(["alert 40"] if layer == "tls" else [])} - (
        {"plaintext"} if layer == "http" else set()
    )
    assert {mechanism_of(layer, *pair) for pair in product(done, triggers)} <= MECHANISMS


def test_of_an_answer_that_begins_and_never_ends_no_more_is_said_than_its_layer() -> None:
    """What is slowed down enough looks the same as what is dropped."""
    assert mechanism_of("tls", "stall", "sni") == "tls"
    assert mechanism_of("http", "stall", "host") == "http"
