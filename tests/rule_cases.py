"""Every case of every rule, from the tables of their parts."""

from __future__ import annotations

from tests.rule_cases_connections import PAGES, TCP, TLS
from tests.rule_cases_filters import FILTERS
from tests.rule_cases_helpers import HELPERS
from tests.rule_cases_names import GATE, NAMES
from tests.rule_cases_quic import QUIC
from tests.rule_cases_speed import SPEED
from tests.rule_cases_triggers import TRIGGERS

CASES = GATE | NAMES | FILTERS | HELPERS | TCP | TLS | PAGES | TRIGGERS | QUIC | SPEED
