"""Whether one rule leaves anything to another that comes later."""

from __future__ import annotations

import ipaddress

from agent.lab.rules import Match, Rule


def takes_all_of(earlier: Rule, later: Rule) -> bool:
    """Whether `earlier` matches everything that `later` could ever match, every time."""
    if earlier.where == "border" and later.where == "line":
        return False  # on the line more is seen
    first, then = earlier.match, later.match
    return (
        first.at == then.at
        and always_acts(first)
        and takes_names(first, then)
        and takes_addresses(first, then)
        and (not first.ports or (bool(then.ports) and set(then.ports) <= set(first.ports)))
        and first.ip_version in (None, then.ip_version)
        and first.direction in ("", then.direction)
        and (not first.query_types or (bool(then.query_types) and set(then.query_types) <= set(first.query_types)))
        and first.transport in ("", then.transport)
        and then.path.startswith(first.path)
        and takes_keywords(first, then)
    )


def always_acts(match: Match) -> bool:
    """Whether occasion, time, other rules and chance never hold it back."""
    unbound = match.last_occasion is None and match.until_s is None and match.from_s == 0
    return unbound and match.first_occasion == 1 and not match.after and match.probability >= 1


def takes_names(first: Match, then: Match) -> bool:
    """Whether every name of `then` meets one of `first`."""
    if not first.names:
        return True
    return bool(then.names) and all(
        any(takes_name(wanted, first.names_test, name, then.names_test) for wanted in first.names)
        for name in then.names
    )


def takes_name(wanted: str, wanted_test: str, name: str, test: str) -> bool:
    """Whether whatever meets `name` by `test` meets `wanted` too."""
    wanted, name = wanted.rstrip(".").lower(), name.rstrip(".").lower()
    match wanted_test:
        case "substring":
            return wanted in name
        case "exact":
            return test == "exact" and wanted == name
    return test != "substring" and f".{name}".endswith(f".{wanted}")


def takes_addresses(first: Match, then: Match) -> bool:
    """Whether every address of `then` is one of `first`'s."""
    if not first.addresses:
        return True
    return bool(then.addresses) and all(
        any(holds(prefix, address) for prefix in first.addresses) for address in then.addresses
    )


def holds(prefix: str, address: str) -> bool:
    """Whether `address`, itself perhaps a prefix, lies in `prefix`."""
    outer, inner = ipaddress.ip_network(prefix), ipaddress.ip_network(address)
    return (
        outer.version == inner.version
        and int(outer.network_address) <= int(inner.network_address)
        and int(inner.broadcast_address) <= int(outer.broadcast_address)
    )


def takes_keywords(first: Match, then: Match) -> bool:
    """Whether every keyword of `then` holds one of `first`."""
    if not first.keywords:
        return True
    return bool(then.keywords) and all(
        any(wanted.lower() in word.lower() for wanted in first.keywords) for word in then.keywords
    )
