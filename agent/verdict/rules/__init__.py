"""The rules: what evidence means, as rows one can point at. First match wins within a layer.

Ids are never reused or renamed. A change of meaning is a new id and a new `RULESET_VERSION`.
"""

from __future__ import annotations

from agent.verdict.records import State
from agent.verdict.rules.dns import DNS
from agent.verdict.rules.gate import GATE
from agent.verdict.rules.http import HTTP
from agent.verdict.rules.imported import IMPORTED
from agent.verdict.rules.quic import QUIC
from agent.verdict.rules.rule import Fixed, Rule
from agent.verdict.rules.speed import SPEED
from agent.verdict.rules.tcp import TCP
from agent.verdict.rules.tls import TLS

__all__ = ["IMPORTED", "IN_ORDER_OF_IMPORTS", "LAYERS", "RULES", "RULESET_VERSION", "Fixed", "Rule"]

RULESET_VERSION = 2

#: The order in which layers are asked. A decision of `gate` ends the questions.
LAYERS = ("gate", "dns", "tcp", "tls", "http", "quic", "speed")

RULES: tuple[Rule, ...] = (*GATE, *DNS, *TCP, *TLS, *HTTP, *QUIC, *SPEED)

#: The order in which rules are asked about somebody else's measurement: what settles it alone, what its control says,
#: and then all others.
IN_ORDER_OF_IMPORTS: tuple[Rule, ...] = (
    *(rule for rule in RULES if rule.layer == "gate" or rule.state is State.BLOCKED),
    *IMPORTED,
    *(rule for rule in RULES if rule.layer != "gate" and rule.state is not State.BLOCKED),
)
