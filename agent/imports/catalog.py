"""What an imported sweep measured, as a catalog of its own: the page it was of, or the parts of a messenger tried.

It is made anew from the sweep's row and its observations, so that verdicts can be recomputed from the files alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from agent.catalog.address import expand
from agent.catalog.records import Catalog, Endpoint, Platform, Target
from agent.imports.address import Url, url_of
from agent.records import Sweep
from probes.observation import Observation

SOURCE = "an imported measurement"


def imported_catalog(sweep: Sweep, observations: Iterable[Observation], catalog: Catalog) -> Catalog:
    """The platform of one imported sweep, with no endpoint that the measurement did not try."""
    if sweep.source_input:
        platform = platform_of_page(sweep.source_input, catalog)
    else:
        platform = platform_of_rows(sweep.platforms[0] if sweep.platforms else "", observations, catalog)
    return replace(catalog, platforms=(platform,))


def platform_of_page(url: str, catalog: Catalog) -> Platform:
    """The platform of a page: the catalog's when the page is one of its endpoints, else one named for its host."""
    for platform, target in catalog.targets():
        for endpoint in target.endpoints:
            if endpoint.id == url:
                return replace(platform, targets=(replace(target, endpoints=(endpoint,), needed=True),))
    place = url_of(url)
    host = place.host if place else "unknown"
    target = Target(name=f"{host}/page", role="an imported page", endpoints=(_page(url, place),))
    return Platform(key=host, title=host, targets=(target,))


def _page(url: str, place: Url | None) -> Endpoint:
    if place is None:
        return Endpoint(id=url, protocol="https", port=443, source=SOURCE)
    return Endpoint(
        id=url,
        protocol=place.scheme,
        hostname="" if place.is_address else place.host,
        addresses=(place.host,) if place.is_address else (),
        port=place.port,
        source=SOURCE,
    )


def platform_of_rows(key: str, observations: Iterable[Observation], catalog: Catalog) -> Platform:
    """The platform as far as rows of it tell: the catalog's, if it has one, with the endpoints that were tried."""
    known = {platform.key: platform for platform in catalog.platforms}.get(key) or Platform(
        key=key, title=key, targets=()
    )
    targets = {target.name: target for target in known.targets}
    tried: dict[str, dict[str, Endpoint]] = {}
    for row in observations:
        if row.endpoint and not row.observer:
            endpoint = expand(row.endpoint, trust="web", source=SOURCE)
            tried.setdefault(row.target, {}).setdefault(row.endpoint, endpoint)
    if not tried:
        return known
    return replace(
        known,
        targets=tuple(
            replace(targets.get(name) or Target(name=name, role=SOURCE, endpoints=()), endpoints=tuple(ends.values()))
            for name, ends in tried.items()
        ),
    )
