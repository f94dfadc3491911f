"""The running application with two counties in it, made once for all tests that only look at it or put it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.crawl import Town


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Give the application; whoever changes something calls ``town.restore()``."""
    return Town(Path(tmp_path_factory.mktemp("town")))
