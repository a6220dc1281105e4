"""What is wrong in a scenario's file, and where: a path of keys until the line is known, one sentence in the end."""

from __future__ import annotations

#: Keys and, in lists of tables, numbers from 0, from the top of the file down: ("rule", 1, "match", "names").
KeyPath = tuple[str | int, ...]


class ScenarioError(ValueError):
    """A scenario cannot be used. Its text is one sentence: the file, the line or the key, and what to do."""


class FaultError(ValueError):
    """Something is wrong at `path`. `sentence` says what, and the remedy; the reader of the file adds file and line."""

    def __init__(self, path: KeyPath, sentence: str) -> None:
        super().__init__(sentence)
        self.path = path
        self.sentence = sentence
