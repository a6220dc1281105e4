"""How far verdicts agree with somebody's labels."""

from pathlib import Path

from tests.corpora.agreement import agreement

LABELS = """\
case_id,verdict,mechanisms,disputed
one,blocked,dns|http_failure,0
two,blocked,tls,0
three,accessible,,0
four,down,,0
odd,anomaly,dns,0
doubted,accessible,,1
"""
PREDICTED = [
    ("one", "blocked", "dns.nxdomain;tls.reset.sni"),
    ("two", "impaired", ""),
    ("three", "likely_blocked", "tls"),
    ("four", "down", ""),
    ("odd", "ok", ""),
    ("doubted", "blocked", "dns"),
    ("unheard of", "blocked", "dns"),
]


def test_shares_are_of_what_is_known_beyond_dispute(tmp_path: Path) -> None:
    labels = tmp_path / "cases.csv"
    labels.write_text(LABELS, encoding="utf-8")
    assert list(agreement(PREDICTED, labels)) == [
        "2 of 4 as labelled (0.500)",
        "1 of 2 that are not blocked called blocked or likely_blocked",
        "layers of their mechanisms: precision 0.50, recall 0.50",
        "  two: blocked, and we say impaired",
        "  three: accessible, and we say likely_blocked",
    ]
