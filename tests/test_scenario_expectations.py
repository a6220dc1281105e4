"""What a scenario measures and expects is refused where its world cannot bring it about."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario_texts import SITE, loaded, rule, said_of

SHOP = '[expect.shop]\nstate = "ok"\nbecause = "The loader does not sweep it."\n'
RESET = rule('at = "client_hello", names = ["shop.example"]', 'do = "reset"')
#: How SITE is changed so that something cannot come out, and a part of what is said of it.
EXPECTATIONS = {
    "a platform that is not measured": (
        {SHOP: SHOP + '[expect.twitter]\nstate = "ok"\n'},
        'expect.twitter: there is no measured platform "twitter"; there are shop.',
    ),
    "nothing of a platform that is": ({SHOP: ""}, "expect: shop is measured, and nothing is expected of it; add"),
    "an unknown platform": (
        {"[measure]": '[measure]\nplatforms = ["twiter"]'},
        'measure.platforms: there is no platform "twiter"; perhaps you mean twitter.',
    ),
    "an unknown target": (
        {"[measure]": '[measure]\nplatforms = ["twitter"]\ntargets = ["twitter/wep"]'},
        'measure.targets: there is no target of the platforms here "twitter/wep"; perhaps you mean twitter/web.',
    ),
    "a site that is a platform": (
        {'key = "shop"': 'key = "twitter"'},
        "measure.site 1 (twitter), key: twitter is a platform of the catalog; take another word.",
    ),
    "a site without a path": (
        {"shop.example/": "shop.example"},
        "measure.site 1 (shop), url: \"https://www.shop.example\" has no path; end it with '/'.",
    ),
    "one site twice": (
        {"}]": '}, { key = "other", url = "https://www.shop.example/" }]'},
        "measure.site 2 (other), url: site 1 has this address too; remove one of them.",
    ),
    "one site that is any of itself": (
        {'" }]': '", combine = "any_of" }]'},
        "measure.site 1 (shop), combine: shop has a single site; write all_of, or add the others.",
    ),
    "an unknown rule of the ruleset": (
        {SHOP: SHOP + 'rule = "workz"\n'},
        'expect.shop.rule: there is no rule in the ruleset "workz"; perhaps you mean works.',
    ),
    "an unknown near miss": (
        {"[measure]": 'near_misses_of = ["workz"]\n[measure]'},
        'near_misses_of: there is no rule in the ruleset "workz"; perhaps you mean works.',
    ),
    "a rule that must and must not decide": (
        {SHOP: SHOP + 'rule = "works"\n', "[measure]": 'near_misses_of = ["works"]\n[measure]'},
        "expect.shop.rule: works stands in near_misses_of, so it must not decide; take one out.",
    ),
    "no stage that shows it": (
        {"[measure]": '[not_on]\nloopback = "No."\nnamespace = "No."\n[measure]'},
        "not_on: no stage is left that shows it; take one out.",
    ),
    "blocked by nobody": (
        {'state = "ok"': 'state = "blocked"'},
        "expect.shop.state: no rule of the censor does anything to shop; add one, mend the one that was meant to, or "
        "expect another state.",
    ),
    "ok in spite of a censor, and nobody says why": (
        {SHOP: '[expect.shop]\nstate = "ok"\n' + RESET},
        "expect.shop.state: the censor does this to shop: tls.reset.sni; say because, or correct it.",
    ),
    "a look-alike that is blocked": (
        {SHOP: '[expect.shop]\nstate = "likely_blocked"\n' + RESET, '"action"': '"look_alike"'},
        "expect.shop.state: in the family look_alike nobody is likely_blocked; change one of them.",
    ),
    "blocked on a line that is not normal": (
        {SHOP: '[expect.shop]\nstate = "blocked"\n' + RESET, "[measure]": 'vantage_state = "offline"\n[measure]'},
        "expect.shop.state: on a line that is offline nobody is condemned; expect insufficient.",
    ),
    "a censor in a clean world": (
        {SHOP: SHOP + RESET, '"action"': '"clean"'},
        "family: in a clean scenario nobody interferes, and rule one does; change one.",
    ),
    "retired and alive": ({'state = "ok"': 'state = "retired"'}, "expect.shop.state: shop is not retired; correct it."),
    "alive and retired": (
        {"[measure]": '[expect.cloob]\nstate = "down"\n[measure]\nplatforms = ["cloob"]'},
        "expect.cloob.state: cloob is retired, so its state is retired; correct it.",
    ),
    "well at a name that is nobody's": (
        {'"https://www.shop.example/"': '"https://shop.example/"'},
        "expect.shop.state: no host is called shop.example, so it cannot be ok; add a [[host]].",
    ),
    "a normal line without a route": (
        {"[measure]": "[client]\nroute = false\n[measure]"},
        'vantage_state: there is no route, so the line is not normal; write "offline", or what it is.',
    ),
    "a normal line that ends at the border": (
        {"[measure]": "[client]\nnational_only = true\n[measure]"},
        'vantage_state: nothing crosses the border, so the line is not normal; write "national_only", or what it is.',
    ),
}


@pytest.mark.parametrize("case", EXPECTATIONS)
def test_what_cannot_come_out_is_refused(tmp_path: Path, case: str) -> None:
    changes, sentence = EXPECTATIONS[case]
    text = SITE
    for right, wrong in changes.items():
        assert right in text
        text = text.replace(right, wrong, 1)
    assert sentence in said_of(tmp_path, text)


@pytest.mark.parametrize(
    ("state", "censor"),
    [
        ("blocked", RESET),
        ("likely_blocked", RESET),
        ("impaired", RESET),
        ("impaired", ""),
        ("ok", ""),
        ("blocked", rule('at = "syn", ip_version = 6')),
    ],
)
def test_what_can_come_out_is_not(tmp_path: Path, state: str, censor: str) -> None:
    """A state that the censor's rules bear out needs no reason, be it for one version of IP alone."""
    text = SITE.replace(SHOP, f'[expect.shop]\nstate = "{state}"\n') + censor
    assert loaded(tmp_path, text).expected["shop"].state == state
