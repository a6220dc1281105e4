"""A report opened in the system's Chromium, as its readers do: from the disk, without a network, and watched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

from tests.programs import needs_chromium

__all__ = ["Watched", "chromium", "needs_chromium", "opened"]

#: It runs as whoever runs the tests, in a container as root too; no name leads anywhere.
ARGUMENTS = [
    *("--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-component-update"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
SIZES = {"phone": (360, 780), "desk": (1280, 900)}


class Watched:
    """What a page did beside showing itself. All must be empty in the end."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.errors.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._dismiss)
        page.on("popup", lambda popup: self.requests.append(popup.url))

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def did(self, file: Path) -> list[str]:
        """Requests but for the file itself and what it holds, complaints, and dialogs."""
        asked = [url for url in self.requests if url.partition("#")[0] != file.as_uri() and not url.startswith("data:")]
        return [*asked, *self.errors, *self.dialogs]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, *, size: str = "desk", language: str = "en", scripts: bool = True
) -> Iterator[Page]:
    """The page in a window of that size and in that language, as far as it has come once it is loaded.

    Fails when it asked for anything, complained, or opened a dialog, by the time that it is left.
    """
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=scripts)
    page = context.new_page()
    watched = Watched(page)
    page.goto(file.as_uri())
    if language != "en":
        page.locator(f'label[for="in-{language}"]').click()
    yield page
    assert watched.did(file) == []
    context.close()
