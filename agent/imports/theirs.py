"""What OONI's own probe concluded, in a word and its reason. It is kept beside our verdict and decides nothing."""

from __future__ import annotations

from typing import Any

from agent.imports.fields import Table, text

#: Keys that say of a part of a messenger that it does not work, and the value that does.
FAULTS: dict[str, dict[str, Any]] = {
    "signal": {"signal_backend_status": "blocked"},
    "telegram": {"telegram_tcp_blocking": True, "telegram_http_blocking": True, "telegram_web_status": "blocked"},
    "whatsapp": {
        "whatsapp_endpoints_status": "blocked",
        "registration_server_status": "blocked",
        "whatsapp_web_status": "blocked",
    },
    "facebook_messenger": {"facebook_dns_blocking": True, "facebook_tcp_blocking": True},
}
#: The words, in the order of a table.
WORDS = ("accessible", "down", "blocked", "none")


def theirs(test_name: str, test_keys: Table) -> str:
    """accessible, down, blocked and how, or none: no conclusion."""
    if test_name != "web_connectivity":
        return _of_messenger(FAULTS[test_name], test_keys)
    blocking, accessible = test_keys.get("blocking"), test_keys.get("accessible")
    if isinstance(blocking, str):
        return f"blocked {text(blocking)[:20]}"
    if blocking is False and accessible is not None:
        return "accessible" if accessible is True else "down"
    return "none"


def _of_messenger(faults: Table, test_keys: Table) -> str:
    told = [key for key, wrong in faults.items() if test_keys.get(key) == wrong]
    if told:
        return "blocked " + ",".join(key.removesuffix("_blocking").removesuffix("_status") for key in told)
    return "accessible" if any(test_keys.get(key) is not None for key in faults) else "none"
