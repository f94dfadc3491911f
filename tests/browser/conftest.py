"""Patience for every browser test: on a busy machine a page takes its time, and slowness is not what these tests look for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

PATIENCE_MS = 60_000
PLAYWRIGHTS_OWN_MS = 5_000


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Let every expectation wait longer than the library's default."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=PLAYWRIGHTS_OWN_MS)


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a browser window of the office's size."""
    with sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        made = browser.new_page(viewport={"width": 1366, "height": 768})
        made.set_default_timeout(PATIENCE_MS)
        yield made
        browser.close()
