"""A real office for browser tests: the product served by its own command, and people who sit at it.

:func:`serve_office` runs ``python -m lindang run`` (with its worker) on a data folder; :class:`Person` is one user in a
browser of their own, who only does what a person can: read words, follow menu entries and links, fill in labelled fields.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Download, Locator, Page, ViewportSize, expect, sync_playwright
from playwright.sync_api import TimeoutError as Overdue

from lindang.web import ROOT

WINDOW: ViewportSize = {"width": 1366, "height": 768}
START_SECONDS = 60
STOP_SECONDS = 30
PATIENCE_MS = 60_000
"""How long a person waits for anything; the machine that runs the tests may be busy."""


def run_lindang(data: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of the product's commands on a data folder to its end."""
    return subprocess.run(
        [sys.executable, "-m", "lindang", "--data", str(data), *arguments],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextlib.contextmanager
def serve_office(data: Path) -> Iterator[str]:
    """Serve a data folder as ``lindang run`` does, on a free port of this machine; yields the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "lindang", "--data", str(data), "run"]
    environment = {**os.environ, "LINDANG__HOST__PORT": str(port)}
    log = data / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_open(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _wait_until_open(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/accounts/login", timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"the server did not open:\n{log.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start the browser of this machine."""
    with sync_playwright() as runner:
        browser = runner.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@dataclass
class Person:
    """One user at a browser of their own.

    Attributes:
        page: what the person looks at.
        complaints: what the browser complained of: script errors, refused styles, pictures that did not come.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def sit_down(cls, browser: Browser, address: str) -> Person:
        """Open a browser window of their own, without cookies of others."""
        context = browser.new_context(base_url=address, viewport=WINDOW, locale="zh-CN", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        person = cls(context.new_page())
        person.page.on("console", lambda said: person._hear(said.type, said.text))
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        return person

    def _hear(self, kind: str, text: str) -> None:
        # A form that comes back with its faults has status 422, which the browser remarks on.
        if kind == "error" and "status of 422" not in text:
            self.complaints.append(text)

    # Reading

    @property
    def content(self) -> Locator:
        """The page without its frame of menu and header."""
        return self.page.get_by_role("main")

    def sees(self, text: str | re.Pattern[str]) -> Locator:
        """Wait until words stand on the page; returns where they first stand."""
        found = self.content.get_by_text(text).first
        expect(found).to_be_visible(timeout=PATIENCE_MS)
        return found

    def row(self, *texts: str) -> Locator:
        """The table row in which all these words stand."""
        rows = self.content.get_by_role("row")
        for text in texts:
            rows = rows.filter(has_text=text)
        return rows

    def card(self, title: str) -> Locator:
        """The box on the page under this title."""
        return self.content.locator(".card", has=self.page.get_by_role("heading", name=title))

    def offers(self) -> set[str]:
        """The words of every button on the page that changes or sends something, hidden in a question or not."""
        buttons = self.content.locator("form[method=post] button, [data-dialog]")
        return {" ".join(text.split()) for text in buttons.all_text_contents()}

    # Going

    def log_in(self, login: str, password: str) -> None:
        """Log in at the front door."""
        self.page.goto("/")
        self.fill({"登录名": login, "密码": password})
        self.press("登录")
        expect(self.page.get_by_role("button", name="退出")).to_be_visible()

    def choose(self, entry: str) -> None:
        """Follow an entry of the menu."""
        self.page.get_by_role("navigation", name="主菜单").get_by_role("link", name=entry, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(entry)

    def follow(self, text: str, inside: Locator | None = None) -> None:
        """Follow a link by its words."""
        (inside or self.content).get_by_role("link", name=text).first.click()

    def search(self, query: str) -> None:
        """Type into the search box at the top of every page."""
        box = self.page.locator("input[type=search]").first
        box.fill(query)
        with self.page.expect_navigation():
            box.press("Enter")

    def search_until(self, query: str, hit: Locator, tries: int = 20) -> None:
        """Search, again and again, until something shows up: the index follows the archive within seconds."""
        for _try in range(tries):
            self.search(query)
            try:
                hit.first.wait_for(timeout=1_000)
            except Overdue:
                continue
            return
        expect(hit.first).to_be_visible()

    # Doing

    def press(self, button: str, inside: Locator | None = None) -> None:
        """Press a button by its words."""
        (inside or self.content).get_by_role("button", name=button, exact=True).click()

    def confirm(self, button: str, question: str | None = None) -> None:
        """Press a button that asks back, read the question, and say yes."""
        self.press(button)
        box = self.page.get_by_role("dialog")
        expect(box).to_be_visible()
        if question:
            expect(box.get_by_role("heading")).to_have_text(question)
        self.press(button, box)

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill in fields by their labels; in a list, choose the entry that begins so."""
        for label, value in values.items():
            target = self.content.get_by_label(re.compile(rf"^{re.escape(label)}(\s*必填)?$"))
            if target.evaluate("field => field.tagName") == "SELECT":
                target.select_option(_entry(target, value))
            else:
                target.fill(value)

    def download(self, link: str) -> Download:
        """Follow a link that hands out a file."""
        with self.page.expect_download() as waiting:
            self.follow(link)
        return waiting.value


def _entry(choice: Locator, beginning: str) -> str:
    """Return the value of the entry of a list that begins so, or that has this value."""
    pairs: list[list[str]] = choice.evaluate("list => [...list.options].map(one => [one.text.trim(), one.value])")
    for text, value in pairs:
        if text.startswith(beginning) or value == beginning:
            return value
    raise AssertionError(f"no entry {beginning!r} among {[text for text, _value in pairs]}")
