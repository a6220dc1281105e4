"""`python -m tests.corpora.predict CORPORA [PREDICTIONS.csv]`: our verdict on every case of a folder, for its scorer.

CORPORA is a folder with `evidence/*.json`. The file, or standard output, gets case_id, state and mechanisms by
semicolons. Where the folder has labels, `cases.csv`, standard error tells how far we agree. A case of a test that we
have no reading of is `insufficient`: we say nothing of it.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.catalog.load import load_catalog
from agent.imports.fields import MalformedError
from agent.imports.measurement import Imported, imported
from agent.verdict.classify import classify
from agent.verdict.records import State
from tests.corpora.agreement import agreement
from tests.corpora.neutral import Table, measurement_of
from tests.corpora.others import host_alone, page_alone, reached, resolver_answer, server_by_name, trace


def predictions(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Case, state and mechanisms of every case, in the order of their files."""
    catalog = load_catalog()
    targets = {endpoint.id: target.name for _, target in catalog.targets() for endpoint in target.endpoints}
    for path in sorted((folder / "evidence").glob("*.json")):
        evidence = json.loads(path.read_text(encoding="utf-8"))
        try:
            case = rows_of(evidence) or imported(measurement_of(_with_page(evidence)), catalog, targets=targets)
        except MalformedError:
            yield evidence["case_id"], str(State.INSUFFICIENT), ""
            continue
        verdict = classify(case.sweep, case.observations, catalog)[-1]
        yield evidence["case_id"], str(verdict.state), ";".join(verdict.mechanisms)


def rows_of(evidence: Table) -> Imported | None:
    """The rows of a case that is no measurement of a page; None where it is one. Told by its shape, not by its name."""
    has_page = any(one.get("body_b64") for one in evidence.get("http") or [])
    if "tcp_trace" in evidence:
        return trace(evidence)
    if evidence.get("middlebox") or evidence.get("tor_targets"):
        return reached(evidence)
    if "tries" in evidence or "http_error_text" in evidence:
        return server_by_name(evidence)
    if any(one.get("kind") == "open_resolver" for one in evidence.get("dns_local") or []):
        return resolver_answer(evidence)
    if not evidence.get("input") and has_page and not (evidence.get("probe") or {}).get("version"):
        return page_alone(evidence)
    return None


def _with_page(evidence: Table) -> Table:
    said = evidence.get("input") or ""
    if said.startswith("[") and (pages := evidence.get("http")):  # a test of several names: what it asked for first
        said = evidence["input"] = pages[-1]["url"]
    return host_alone(evidence) if "." in said and "://" not in said and "[" not in said else evidence


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2 or not (Path(arguments[0]) / "evidence").is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    predicted = list(predictions(folder))
    with open(arguments[1], "w", encoding="utf-8", newline="") if arguments[1:] else sys.stdout as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case_id", "state", "mechanism"))
        writer.writerows(predicted)
    if (labels := folder / "cases.csv").exists():
        for line in agreement(predicted, labels):
            print(line, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
