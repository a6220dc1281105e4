"""What a scenario's sweep looks at: the part of the agent's catalog that it names, and sites of its own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.catalog.address import expand
from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.config.rules import quoted
from agent.lab.scenario.faults import FaultError, KeyPath

#: What stands as the source of a site, which no document vouches for.
SITE_SOURCE = "the scenario's own"


def platforms_named(shipped: Catalog, measure: Mapping[str, Any]) -> tuple[Platform, ...]:
    """The catalog's platforms that `measure` names, with the targets that it names. Raises `FaultError`."""
    names: tuple[str, ...] = measure.get("platforms", ())
    wanted: tuple[str, ...] = measure.get("targets", ())
    known = {platform.key: platform for platform in shipped.platforms}
    for name in names:
        known_or_refused(name, known, "platform", ("measure", "platforms"))
    offered = [target.name for name in names for target in known[name].targets]
    for name in wanted:
        known_or_refused(name, offered, "target of the platforms here", ("measure", "targets"))
    return tuple(with_targets(known[name], wanted) for name in names)


def with_targets(platform: Platform, wanted: Sequence[str]) -> Platform:
    """The platform with those of its targets that are wanted; with all when none is."""
    chosen = tuple(target for target in platform.targets if target.name in wanted)
    if not chosen:
        return platform
    if not any(target.needed for target in chosen):
        needed = next(target.name for target in platform.targets if target.needed)
        raise FaultError(
            ("measure", "targets"),
            f"none of {platform.key}'s is one that decides the platform; add one that does, such as {quoted(needed)}.",
        )
    return replace(platform, targets=chosen)


def platforms_of_sites(shipped: Catalog, sites: Sequence[Mapping[str, Any]]) -> tuple[Platform, ...]:
    """A platform with one target for each key of the sites, in their order. Raises `FaultError`."""
    taken = {platform.key for platform in shipped.platforms}
    gathered: dict[str, list[int]] = {}
    urls: dict[str, int] = {}
    for at, site in enumerate(sites):
        path = ("measure", "site", at)
        if site["key"] in taken:
            raise FaultError((*path, "key"), f"{site['key']} is a platform of the catalog; take another word.")
        if site["url"] in urls:
            raise FaultError((*path, "url"), f"site {urls[site['url']] + 1} has this address too; remove one of them.")
        urls[site["url"]] = at
        gathered.setdefault(site["key"], []).append(at)
    return tuple(platform_of(key, sites, numbers) for key, numbers in gathered.items())


def platform_of(key: str, sites: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> Platform:
    """The platform of one key."""
    own = [sites[at] for at in numbers]
    combines = {site["combine"] for site in own if "combine" in site}
    if len(combines) > 1:
        path = ("measure", "site", numbers[-1], "combine")
        raise FaultError(path, f"the sites of {key} are combined in two ways; write one.")
    combine = next(iter(combines), "all_of")
    if combine == "any_of" and len(own) == 1:
        path = ("measure", "site", numbers[0], "combine")
        raise FaultError(path, f"{key} has a single site; write all_of, or add the others.")
    endpoints = tuple(endpoint_of(sites[at], ("measure", "site", at)) for at in numbers)
    domains = [endpoint.hostname for endpoint in endpoints if endpoint.hostname]
    domains += [domain for site in own for domain in site.get("domains", ())]
    return Platform(
        key=key,
        title=key,
        domains=tuple(dict.fromkeys(domains)),
        targets=(Target(name=f"{key}/site", role="the scenario's own", combine=combine, endpoints=endpoints),),
    )


def endpoint_of(site: Mapping[str, Any], path: KeyPath) -> Endpoint:
    """The endpoint of one site."""
    try:
        endpoint = expand(site["url"], trust="web", source=SITE_SOURCE)
    except ValueError as fault:
        raise FaultError((*path, "url"), f"{quoted(site['url'])} {fault}") from None
    if "addresses" not in site:
        return endpoint
    if not endpoint.hostname:
        raise FaultError((*path, "addresses"), "the url is an address already; leave one of them out.")
    return replace(endpoint, addresses=site["addresses"])


def names_of(platform: Platform) -> tuple[str, ...]:
    """A platform's domains, and its names that lie under none of them."""
    names = [endpoint.hostname for target in platform.targets for endpoint in target.endpoints if endpoint.hostname]
    return tuple(dict.fromkeys((*platform.domains, *names)))


def known_or_refused(name: str, known: Iterable[str], what: str, path: KeyPath) -> None:
    """Raises `FaultError` when `name` is not known, with the nearest that is."""
    words = list(known)
    if name in words:
        return
    near = difflib.get_close_matches(name, words, n=1)
    listed = f"there are {', '.join(words)}" if words else "there is none"
    raise FaultError(path, f"there is no {what} {quoted(name)}; {f'perhaps you mean {near[0]}' if near else listed}.")
