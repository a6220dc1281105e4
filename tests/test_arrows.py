"""Who may import what: the arrows between the parts of the house, and each library behind its own door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path.relative_to(ROOT).as_posix() for part in ("agent", "probes") for path in (ROOT / part).rglob("*.py")
)
#: Each library and the only places, a file or a folder, that import it.
DOORS = {
    "agent": ("agent/",),
    "httpx": ("probes/http_request.py", "probes/http_transport.py", "probes/secure_post.py"),
    "httpcore": ("probes/http_request.py", "probes/http_transport.py"),
    "h11": ("agent/helper/server.py",),
    "dns": ("probes/dns_messages.py", "agent/lab/servers/nameserver.py"),
    "apscheduler": ("agent/schedule.py",),
    "pandas": ("agent/report/",),
    "numpy": ("agent/report/",),
    "pyarrow": ("agent/report/",),
    "matplotlib": ("agent/report/chart_library.py",),
    "jinja2": ("agent/report/",),
    "markupsafe": ("agent/report/page/render.py",),
    "bidi": ("agent/report/",),
    "arabic_reshaper": ("agent/report/",),
    "babel": ("agent/translations.py",),
    "jdatetime": ("agent/calendars.py",),
    # store/scrub opens none: it asks for this computer's name, to keep it out of the rows.
    "socket": ("probes/", "agent/lab/", "agent/store/scrub.py"),
    "sqlite3": ("agent/exports/gathering.py", "agent/commands/merge.py"),  # the command puts its errors into words
    "zipfile": ("agent/exports/",),
    "OpenSSL": ("probes/certificate.py", "agent/lab/"),
    "service_identity": ("probes/certificate.py",),
    "trustme": ("agent/lab/",),
    "aioquic": ("probes/quic.py", "agent/lab/"),
    "apprise": ("agent/notices/channels.py",),
}
#: What deciding never touches: files, the network, the clock, chance.
IMPURE = frozenset(
    "os io socket ssl asyncio selectors threading subprocess pathlib shutil tempfile glob time random secrets uuid "
    "httpx httpcore dns apscheduler pandas logging".split()
)
#: What only decides. A name that ends in a slash is a whole folder.
EVENTS = tuple(f"agent/timeline/{name}.py" for name in ("events", "looks", "shutdowns", "turns", "ways"))
COMPARISON = tuple(
    f"agent/timeline/{name}.py" for name in "compare judgement lanes precision printable sentences voices".split()
)
PURE = ("agent/verdict/", *COMPARISON, *EVENTS)


def imports(source: str, *, at_module_level: bool = False) -> Iterator[str]:
    """The full names of the modules that a file imports; at module level, those that its own import loads."""
    tree = ast.parse((ROOT / source).read_text(encoding="utf-8"))
    inside = (
        {
            node
            for outer in ast.walk(tree)
            if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef))
            for node in ast.walk(outer)
        }
        if at_module_level
        else set()
    )
    for node in ast.walk(tree):
        if node in inside:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from imported_from(node, source)


def imported_from(node: ast.ImportFrom, source: str) -> Iterator[str]:
    """The modules of one `from … import …`: the one named, and each name in case it is a module too."""
    parents = Path(source).parts[: -node.level] if node.level else ()
    module = ".".join([*parents, *([node.module] if node.module else [])])
    yield module
    yield from (f"{module}.{alias.name}" for alias in node.names)


def stands_in(source: str, places: tuple[str, ...]) -> bool:
    """Whether a file is one of the places, or in one that ends in a slash."""
    return any(source.startswith(place) if place.endswith("/") else source == place for place in places)


def file_of(module: str) -> str | None:
    """The file of one of our modules. None: it is none of ours."""
    path = module.replace(".", "/")
    return next((source for source in (f"{path}.py", f"{path}/__init__.py") if source in SOURCES), None)


def loaded_by(source: str) -> set[str]:
    """All modules that importing a file loads, ours and others, as far as our own files tell."""
    found: set[str] = set()
    waiting = list(imports(source, at_module_level=True))
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        packages = [module.rpartition(".")[0]] if "." in module else []
        own = file_of(module)
        waiting += [*packages, *(imports(own, at_module_level=True) if own else [])]
    return found


def test_there_is_something_to_look_at() -> None:
    """The files are found, and an import in one of them is seen."""
    assert "probes/network.py" in SOURCES
    assert "agent/records.py" in SOURCES
    assert {"asyncio", "collections.abc", "socket"} <= set(imports("probes/network.py"))
    assert "probes.column" in loaded_by("agent/records.py")


@pytest.mark.parametrize("library", DOORS)
def test_a_library_stays_behind_its_doors(library: str) -> None:
    """A change of library is then a change of those files. `agent` is behind a door too: no probe knows it."""
    strangers = {
        source
        for source in SOURCES
        if not stands_in(source, DOORS[library]) and any(name.split(".")[0] == library for name in imports(source))
    }
    assert strangers == set()


@pytest.mark.parametrize("source", [source for source in SOURCES if stands_in(source, PURE)])
def test_what_decides_does_nothing_else(source: str) -> None:
    """No file, socket, clock or chance: the same evidence gives the same answer, for whoever asks again."""
    assert {name for name in imports(source) if name.split(".")[0] in IMPURE} == set()


@pytest.mark.parametrize("source", ["agent/lab/censor.py", "agent/lab/truth.py"])
def test_what_verdicts_are_held_against_knows_none(source: str) -> None:
    """What a censor does is read off its rules: the agent's judgement may have no part in it."""
    assert [name for name in loaded_by(source) if name.startswith(("agent.verdict", "agent.lab.scenario"))] == []


@pytest.mark.parametrize("source", [source for source in SOURCES if not source.startswith("agent/report/")])
def test_pandas_is_loaded_only_where_results_are_read(source: str) -> None:
    """Importing a file outside agent/report loads no pandas, through whatever else it imports: the agent waits long."""
    assert "pandas" not in loaded_by(source)


def test_no_import_goes_around_the_doors() -> None:
    """A module loaded by its name in a text would be seen by none of these tests."""
    for source in SOURCES:
        text = (ROOT / source).read_text(encoding="utf-8")
        assert not any(way in text for way in ("import_module", "__import__", "runpy", "exec(compile")), source


def test_aioquic_is_loaded_only_when_a_try_over_quic_is_made() -> None:
    """It is not there at the start, for `--help`, nor while the agent waits; the lab's servers alone hold it."""
    outside = [source for source in SOURCES if not source.startswith("agent/lab/") and source != "probes/quic.py"]
    assert "aioquic" in {name.split(".")[0] for name in loaded_by("probes/quic.py")}
    measuring = ["agent/cli.py", "agent/sweep.py", "agent/schedule.py", "agent/inquiries/quic.py"]
    assert set(measuring) <= set(outside)
    assert [one for one in measuring if any(name.split(".")[0] == "aioquic" for name in loaded_by(one))] == []
