"""What a checkout installs and carries: pinned packages with hashes, and no trace of the machine it was made on."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, requires
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
#: Each lock file and the requirements that it pins.
LOCKS = {
    "requirements.lock": PROJECT["dependencies"] + EXTRAS["build"],
    "requirements-test.lock": PROJECT["dependencies"] + EXTRAS["build"] + EXTRAS["test"],
    "requirements-fuzz.lock": PROJECT["dependencies"] + EXTRAS["build"] + EXTRAS["fuzz"],
}
#: Folders of a checkout that are ours; what stands beside them at the root is ours too.
PARTS = (".ci", "agent", "docs", "probes", "tests")
#: Absolute paths of some machine, and hosts that packages come from. Put together here, so as not to be found here.
TRACES = (
    rf"(?<![\w.~$}}]){'/'}(?:work|tmp|root|home|Users|opt)/",
    "pypi" + r"\.org",
    "python" + r"hosted\.org",
    "registry" + r"\.npmjs",
    "deb" + r"\.debian\.org",
    "crates" + r"\.io",
    r"--(?:extra-)?index" + "-url",
)


def pins(lock: str) -> dict[str, list[Requirement]]:
    """The pinned requirements of a lock file by name; one may stand there once for each range of Pythons."""
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement = Requirement(line.split("--hash")[0].strip())
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def own_files() -> list[Path]:
    """Every text file that a checkout carries, as far as one can tell without asking git."""
    inside = chain.from_iterable((ROOT / part).rglob("*") for part in PARTS)
    return [
        path
        for path in chain(ROOT.iterdir(), inside, [ROOT / "results" / "README.md"])
        if path.is_file() and "__pycache__" not in path.parts
    ]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_declared_dependency_is_pinned_within_its_range(lock: str) -> None:
    """What pyproject.toml asks for is what the lock file gives, to the version."""
    pinned = pins(lock)
    for wanted in map(Requirement, LOCKS[lock]):
        assert canonicalize_name(wanted.name) in pinned, f"{lock} lacks {wanted}: run make lock"
        for pin in pinned[canonicalize_name(wanted.name)]:
            version = str(pin.specifier).removeprefix("==")
            assert wanted.specifier.contains(version), f"{lock} pins {pin}, not {wanted}: run make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_has_its_hashes(lock: str) -> None:
    """One version and at least one SHA-256 each, and nothing that is fetched by an address."""
    content = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in content
    for block in re.split(r"\n(?=\S)", content.strip()):
        assert re.match(r"[a-z0-9.-]+==[^\s*]+( ;[^\\]+)? \\\n", block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    """Every version of the runtime's pins stands among the pins of the tests, on more Pythons perhaps."""
    tested = pins("requirements-test.lock")
    for name, shipped in pins("requirements.lock").items():
        assert {str(pin.specifier) for pin in shipped} == {str(pin.specifier) for pin in tested[name]}, name


def installed(name: str) -> bool:
    """Whether a pin is for this system."""
    try:
        return bool(distribution(name))
    except PackageNotFoundError:
        return False


def test_what_only_tests_need_is_not_shipped() -> None:
    """The runtime's lock file has none of the `test` extra, but what a library that it ships needs itself."""
    shipped = pins("requirements.lock").keys()
    needs = [Requirement(line) for name in shipped if installed(name) for line in requires(name) or ()]
    needed = {canonicalize_name(one.name) for one in needs if not one.marker or one.marker.evaluate({"extra": ""})}
    wanted = {canonicalize_name(Requirement(line).name) for line in EXTRAS["test"]}
    assert (wanted & shipped) - needed == set()
    assert "pytest" in wanted - needed


@pytest.mark.parametrize("trace", TRACES)
def test_no_file_names_a_machine_or_where_packages_come_from(trace: str) -> None:
    """A checkout says nothing of the computer, or the network, on which it was written."""
    pattern = re.compile(trace)
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in own_files()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    ]
    assert found == []


def test_the_traces_would_be_seen() -> None:
    """Each pattern finds what it is there to find, and lets an address on the web pass."""
    separator = "/"
    machine, registry = TRACES[0], TRACES[1]
    assert re.search(machine, f"see {separator}home{separator}somebody")
    assert re.search(machine, f'"{separator}tmp{separator}x"')
    assert not re.search(machine, "https://example.com/home/page")
    assert re.search(registry, "https://" + "pypi" + ".org")
