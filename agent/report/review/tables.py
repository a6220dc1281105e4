"""Verdicts counted by platform, target, day or mechanism, and the sweeps themselves; each vantage point apart."""

from __future__ import annotations

import pandas as pd

from agent.report.results import Results
from agent.report.selection import Filter
from agent.report.terminal import GRAVE_FIRST
from agent.store.cells import decode_text, encode_text
from agent.verdict.records import State

STATES = [str(state) for state in State]
#: What tells vantage points apart. Verdicts of two are never counted together.
VANTAGE = ["vantage_id", "vantage_country", "vantage_asn", "vantage_label"]
SWEEP_COLUMNS = [
    *("sweep_id", "started_at", "outcome", *VANTAGE, "vantage_state"),
    *("endpoints_measured", "endpoints_planned", "observations"),
]
#: What a row of each review is, beside its vantage point.
KEYS = {
    "platform": ["platform"],
    "target": ["target"],
    "day": ["day", "platform"],
    "mechanism": ["mechanism"],
}


def review(results: Results, by: str, wanted: Filter) -> pd.DataFrame:
    """One table of BY, with the same columns whatever is in it; counts of each state, and `n`, their sum.

    No text in it can act as a formula or on a terminal, whoever wrote the files. Of time and stage, `results` holds
    what is wanted.
    """
    if by == "sweep":
        return inert(results.sweeps[SWEEP_COLUMNS].reset_index(drop=True))
    verdicts = numbered(chosen(results.verdicts, by, wanted), results.sweeps)
    makers = {"mechanism": _by_mechanism, "day": _by_day}
    table = makers[by](verdicts) if by in makers else _by_thing(verdicts, by)
    return inert(placed(table, results.sweeps, behind=len(KEYS[by])))


def chosen(verdicts: pd.DataFrame, by: str, wanted: Filter) -> pd.DataFrame:
    """The verdicts that a review counts: of targets or of platforms, and those that are wanted."""
    is_wanted = verdicts["level"] == ("target" if by == "target" else "platform")
    if wanted.platforms:
        is_wanted &= verdicts["platform"].isin(wanted.platforms)
    if wanted.states:
        is_wanted &= verdicts["state"].isin(wanted.states)
    return verdicts[is_wanted]


def places_of(sweeps: pd.DataFrame) -> pd.DataFrame:
    """The vantage points from which these sweeps look, in the order in which they first did. Its index numbers them."""
    return sweeps[VANTAGE].drop_duplicates().reset_index(drop=True)


def numbered(verdicts: pd.DataFrame, sweeps: pd.DataFrame) -> pd.DataFrame:
    """The verdicts with `vantage`, the number of the vantage point of their sweep."""
    places = places_of(sweeps)
    if len(places) <= 1:
        return verdicts.assign(vantage=0)
    numbers = sweeps[["sweep_id", *VANTAGE]].merge(places.reset_index(names="vantage"), on=VANTAGE, how="left")
    of_sweep = numbers.drop_duplicates("sweep_id").set_index("sweep_id")["vantage"]
    return verdicts.assign(vantage=verdicts["sweep_id"].map(of_sweep))


def placed(table: pd.DataFrame, sweeps: pd.DataFrame, *, behind: int) -> pd.DataFrame:
    """The table with what `vantage` numbers, in its place: `behind` the first so many columns."""
    full = table.merge(places_of(sweeps), left_on="vantage", right_index=True, how="left").drop(columns="vantage")
    names = [name for name in full.columns if name not in VANTAGE]
    return full[[*names[:behind], *VANTAGE, *names[behind:]]]


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with every text as the store would have written it. What the store did write stays as it is."""
    texts = [name for name in table.columns if table[name].dtype in ("string", "object")]
    return table.assign(**{name: table[name].map(_inert_cell, na_action="ignore") for name in texts})


def _inert_cell(cell: str) -> str:
    try:
        written_by_us = encode_text(decode_text(cell)) == cell
    except ValueError:
        written_by_us = False
    return cell if written_by_us else encode_text(cell)


def _by_thing(verdicts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Each platform or target: counts of its states, the last state and when it was seen; the gravest come first."""
    keys = [by, "vantage"]
    # Not groupby().last(), which takes the last that is not missing: an open platform would keep its old mechanism.
    last = verdicts.sort_values("observed_at", kind="stable").drop_duplicates(keys, keep="last")
    last = pd.DataFrame(
        {
            **{key: last[key] for key in keys},
            "last_state": last["state"].astype("string"),
            "last_seen": _minutes(last["observed_at"]),
            "mechanisms": last["mechanisms"].fillna(""),
        }
    )
    table = _counts(verdicts, keys).merge(last, on=keys, how="left")
    gravity = table["last_state"].map([str(state) for state in GRAVE_FIRST].index)
    order = gravity.astype("int64").sort_values(kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _by_day(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each day, UTC, and platform: counts of its states."""
    table = _counts(verdicts.assign(day=verdicts["observed_at"].dt.floor("D")), ["day", "platform", "vantage"])
    return table.assign(day=table["day"].dt.strftime("%Y-%m-%d").astype("string"))


def _counts(verdicts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """How many verdicts of each state, and `n`, by `keys`."""
    states = verdicts["state"].astype(pd.CategoricalDtype(STATES))
    grouped = verdicts[keys].assign(state=states).groupby([*keys, "state"], observed=True).size()
    table = grouped.unstack("state", fill_value=0).reindex(columns=STATES, fill_value=0)
    table.columns = pd.Index(STATES)
    return table.assign(n=table.sum(axis=1)).astype("int64").reset_index()


def _by_mechanism(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each mechanism: how many verdicts name it, on which platforms, first and last; the commonest come first."""
    named = verdicts[verdicts["mechanisms"].notna()]
    # Few different lists of mechanisms stand in many rows: they are taken apart once each.
    lists = named.groupby(["mechanisms", "platform", "vantage"], observed=True).agg(
        n=("verdict_id", "size"), first_seen=("observed_at", "min"), last_seen=("observed_at", "max")
    )
    each = lists.reset_index()
    each = each.assign(mechanism=each["mechanisms"].str.split(" ")).explode("mechanism")
    table = each.groupby(["mechanism", "vantage"]).agg(
        n=("n", "sum"),
        platforms=("platform", lambda names: " ".join(sorted(set(names)))),
        first_seen=("first_seen", "min"),
        last_seen=("last_seen", "max"),
    )
    seen = {column: _minutes(table[column]) for column in ("first_seen", "last_seen")}
    return table.assign(**seen).sort_values("n", ascending=False, kind="stable").reset_index()


def _minutes(moments: pd.Series) -> pd.Series:
    return pd.to_datetime(moments, utc=True).dt.strftime("%Y-%m-%d %H:%M").astype("string")
