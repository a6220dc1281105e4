"""Every text that a volunteer reads can be translated, is translated, and another language is one more file."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import language
from agent.catalog import load_catalog
from agent.language import current, preferred, speak, speaking
from agent.translations import read
from tests.dideban_process import ROOT, dideban
from tests.languages import MIRROR, PLACEHOLDERS, mirrored, texts, translations, write_mirror
from tests.result_files import ok, write_sweep

#: What stays English, and why: the beginnings of files under agent/.
ENGLISH_ONLY = {
    "lab/": "of the lab: maintainers write scenarios, in English",
    "helper/": "of the test helper: its operators are no volunteers",
    "imports/": "of OONI's measurements: researchers convert them (why their lines are normal is translated)",
    "catalog/": "faults of tables that are shipped: maintainers read them",
    "timeline/load.py": "faults of tables that are shipped: maintainers read them",
    "verdict/tables.py": "of docs/rules.md, which is English",
    "verdict/fingerprints/": "faults of tables that are shipped: maintainers read them",
    "store/dictionary.py": "of results/README.md, which is English: names of columns are",
    "commands/lab.py": "of the lab",
    "commands/lab_serve.py": "of the lab",
    "commands/selftest.py": "of the lab",
    "commands/helper.py": "of the test helper",
    "commands/import_ooni.py": "of OONI's measurements",
    "report/trials.py": "of the lab",
    "report/scenario_words.py": "of the lab",
    "report/lab_directions.py": "of the lab",
    "report/imported.py": "of OONI's measurements",
}
#: Calls whose text goes to people, by name, and which of their arguments are such texts (None: all).
TO_PEOPLE: dict[str, slice] = {
    **dict.fromkeys(("print", "say", "input", "add_column", "show_sentences"), slice(0, 1)),
    **dict.fromkeys(("UsageError", "ConfigError", "StoreError", "ArgumentTypeError"), slice(0, 1)),
    "command": slice(2, 4),
}
#: And their keywords.
KEYWORDS_TO_PEOPLE = frozenset({"help", "title", "description", "epilog"})
SOURCES = sorted(
    source
    for path in (ROOT / "agent").rglob("*.py")
    if not (source := path.relative_to(ROOT / "agent").as_posix()).startswith(tuple(ENGLISH_ONLY))
)


def untranslated(source: str) -> Iterator[str]:
    """Texts of a file that reach people as they stand, with their lines."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        given = list(node.args[TO_PEOPLE[name]]) if name in TO_PEOPLE else []
        if name in {*TO_PEOPLE, "add_argument", "add_parser", "add_subparsers", "Parser", "Table"}:
            given += [keyword.value for keyword in node.keywords if keyword.arg in KEYWORDS_TO_PEOPLE]
        for value in given:
            yield from (f"line {node.lineno}: {text}" for text in bare(value) if is_language(text))


def bare(node: ast.expr) -> Iterator[str]:
    """The texts of an expression that pass through no translation. Of an f-string, what stands between the values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "…".join(str(part.value) if isinstance(part, ast.Constant) else "" for part in node.values)
    elif isinstance(node, ast.BinOp | ast.IfExp | ast.BoolOp):
        for part in ast.iter_child_nodes(node):
            yield from bare(part) if isinstance(part, ast.expr) else ()
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        yield from bare(node.func.value)


def is_language(text: str) -> bool:
    """Whether a text has words in it: a name in a place, an id or a sign is none."""
    return re.search(r"[A-Za-z]{2,}[,:;]? +[a-z]|[a-z] +[A-Za-z]{2,}", text.replace("dideban:", "")) is not None


def test_a_text_that_would_reach_people_is_seen() -> None:
    """In each of the ways that the next test looks for; and one that is translated, or is no language, is not."""
    for seen in (
        'print("One thing.")',
        'out.say(f"{n} things are here", indent=2)',
        'raise UsageError("There is no such thing." if a else b)',
        'parser.add_argument("--x", help="what it does" + more)',
        'table.add_column("two words")',
        'command(commands, "name", "what it does", "and more of it", run)',
        'print("{n} things are here".format(n=n))',
    ):
        assert list(untranslated(seen)), seen
    for unseen in ('print(_("One thing."))', 'say(_("{n} things").format(n=n))', 'print("--lab", file=f)', "say(x)"):
        assert not list(untranslated(unseen)), unseen


@pytest.mark.parametrize("source", SOURCES)
def test_no_text_reaches_people_untranslated(source: str) -> None:
    """What is printed, said, asked, raised for its reader, or stands in help or over a column."""
    assert list(untranslated((ROOT / "agent" / source).read_text(encoding="utf-8"))) == []


def test_what_stays_english_is_there() -> None:
    """A place that is gone would let the next one of its name go unseen."""
    for place in ENGLISH_ONLY:
        assert (ROOT / "agent" / place).exists(), place


def test_no_text_holds_a_value_before_it_is_translated() -> None:
    """`_(f"…")` would look for a text that nobody has translated."""
    for source in SOURCES:
        for node in ast.walk(ast.parse((ROOT / "agent" / source).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_"):
                assert not isinstance(node.args[0], ast.JoinedStr), f"{source} line {node.lineno}"


def lacking(code: str) -> list[str]:
    """What a language's file lacks or has too much of, a line for each text."""
    theirs = translations(code)
    of_code = {message.id: message for message in texts() if message.id}
    told = []
    for text in of_code:
        there = theirs.get(text if isinstance(text, str) else text[0])
        strings = [] if there is None else [there.string] if isinstance(there.string, str) else list(there.string or ())
        if there is None or there.fuzzy or not strings or not all(strings):
            told.append(f"not translated: {text!r}")
        elif any(not same_places(text if isinstance(text, str) else text[-1], string) for string in strings):
            told.append(f"other placeholders: {text!r}")
    told += [f"stands in no code: {message.id!r}" for message in theirs if message.id and message.id not in of_code]
    return told + [f"obsolete: {text!r}" for text in theirs.obsolete]


def same_places(text: str, translation: str) -> bool:
    """Whether both hold the same placeholders. A translation may say one twice."""
    return set(PLACEHOLDERS.findall(text)) == set(PLACEHOLDERS.findall(translation))


def test_texts_are_found() -> None:
    assert len(texts()) > 500
    assert lacking(next(iter(set(language.languages()) - {"en"})))[:1] != [""]


@pytest.mark.parametrize("code", [code for code in language.languages() if code != "en"])
def test_every_text_is_translated(code: str) -> None:
    """With the same placeholders, nothing guessed, and nothing left from texts that are gone."""
    wrong = lacking(code)
    print("\n".join(wrong))
    assert wrong == []


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of languages that has one more, of which the program knows nothing but its file."""
    folder = tmp_path / "messages"
    folder.mkdir()
    write_mirror(folder)
    monkeypatch.setattr(language, "FOLDER", folder)
    return folder


@pytest.mark.usefixtures("one_more")
def test_another_language_is_one_more_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is offered, chosen by the option or the environment, and a command speaks it: help, answers, complaints."""
    from agent import cli

    results = tmp_path / "results"
    write_sweep(results, found={"signal": ok()})
    assert cli.main(["verify", "--results", str(results), "--language", MIRROR]) == 0
    assert mirrored("each row follows from the one before it") in capsys.readouterr().out
    monkeypatch.setenv("LANGUAGE", MIRROR)
    assert cli.main(["verify", "--results", str(tmp_path / "none")]) == 2
    assert mirrored("holds no results") in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["status", "--help"])
    told = capsys.readouterr().out
    assert told.startswith(mirrored("usage: "))
    assert mirrored("show this help message and exit") in told
    with pytest.raises(SystemExit):
        cli.main(["status", "--config"])
    told = capsys.readouterr().err
    assert mirrored("expected one argument") in told
    assert current() == "en"  # nobody is left with somebody else's language


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The results of a demo that was run in that language, and what it printed."""
    folder = tmp_path_factory.mktemp("spoken")
    messages = folder / "messages"
    messages.mkdir()
    write_mirror(messages)
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "FOLDER", messages)
        patch.setattr("sys.stdout", printed)
        from agent import cli

        assert cli.main(["demo", "--results", str(folder / "results"), "--language", MIRROR]) == 0
    return folder / "results", printed.getvalue()


def english_of(printed: str, folder: Path) -> list[str]:
    """The lines that hold two English words in a row. Names of platforms, commands to type and sources are none."""
    keys = "|".join(platform.key for platform in load_catalog().platforms)
    lines = [re.sub(rf"\b(?:{keys})\b", "-", line.replace(str(folder), "-")) for line in printed.splitlines()]
    kept = [line for line in lines if not re.match(rf" *(?:dideban|{mirrored('Source')})\b", line)]
    return [line for line in kept if re.search(r"(?<![\w./-])[A-Za-z][a-z]+ [a-z]{2,}", line)]


def test_the_demo_says_nothing_in_another_language(demo: tuple[Path, str]) -> None:
    """A whole sweep, its table, its sums, the comparison, and what to do next."""
    folder, printed = demo
    assert mirrored("blocked") in printed
    assert english_of(printed, folder) == []


@pytest.mark.usefixtures("one_more")
@pytest.mark.parametrize(
    "words",
    ["status", "verify", "classify", "explain signal --lab --all", "explain whatsapp --lab", "review --lab"]
    + [f"review {what} --lab" for what in ("day", "mechanism", "target", "sweep")]
    + ["events --lab", "compare --lab"],
)
def test_a_command_says_nothing_in_another_language(
    words: str, demo: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """All its words are in the reader's, but names, ids and citations."""
    from agent import cli

    folder, _printed = demo
    assert cli.main([*words.split(), "--results", str(folder), "--language", MIRROR]) == 0
    told = capsys.readouterr()
    assert told.out + told.err
    assert english_of(told.out + told.err, folder) == []


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "en"),
        ({"LANG": "fa_IR.UTF-8"}, "fa"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fa_IR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "fa_IR"}, "fa"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:fa:en"}, "fa"),
        ({"LANG": "fa_IR.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "fa_IR.UTF-8", "LANGUAGE": ""}, "fa"),
    ],
)
def test_the_environment_tells_the_language(variables: dict[str, str], code: str) -> None:
    assert preferred(variables) == code


@pytest.mark.parametrize("words", [["--language", "fa", "--help"], ["status", "--language=fa", "--help"]])
def test_the_language_is_known_before_the_command(words: list[str], tmp_path: Path) -> None:
    """So that the help is in it; whether the environment asks for another or not."""
    told = dideban(*words, cwd=tmp_path, variables={"LANGUAGE": "en"})
    assert told.returncode == 0
    assert "--language" in told.stdout


def test_a_language_that_is_not_there_is_refused(tmp_path: Path) -> None:
    told = dideban("status", "--language", "tlh", cwd=tmp_path)
    assert told.returncode == 2
    assert "'tlh'" in told.stderr
    with pytest.raises(KeyError):
        speak("tlh")


def test_what_is_guessed_counts_as_not_translated(tmp_path: Path) -> None:
    """A fuzzy entry may say the opposite of its text."""
    path = tmp_path / "fa.po"
    path.write_text('msgid ""\nmsgstr ""\n\n#, fuzzy\nmsgid "ok"\nmsgstr "blocked"\n', encoding="utf-8")
    assert read(path).gettext("ok") == "ok"


def test_two_languages_are_spoken_one_after_the_other() -> None:
    """As the report does, which holds both."""
    before = current()
    with speaking("fa"), speaking("en"):
        assert current() == "en"
    assert current() == before
