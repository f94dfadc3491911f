"""Patience for every browser test: on a busy machine a page takes its time, and slowness is not what these tests look for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

PATIENCE_MS = 60_000
PLAYWRIGHTS_OWN_MS = 5_000


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Let every expectation wait longer than the library's default."""
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=PLAYWRIGHTS_OWN_MS)
