"""The journal page calls every action of the application by a name that people know."""

from __future__ import annotations

import re
from pathlib import Path

from plugins.accounts.domain.journal_words import action_words

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = re.compile(r"\.journal\(\s*\"([a-z_]+\.[a-z_]+)\"")


def test_every_action_that_is_written_has_words() -> None:
    """An action that is put together at run time is not seen here; its page then shows the code."""
    files = [path for folder in ("lindang", "models", "plugins") for path in (ROOT / folder).rglob("*.py")]
    actions = {action for path in files for action in WRITTEN.findall(path.read_text(encoding="utf-8"))}
    assert len(actions) > 30
    unnamed = sorted(action for action in actions if action_words(action) == action)
    assert not unnamed, f"name them in plugins/accounts/domain/journal_words.py: {', '.join(unnamed)}"


def test_an_unknown_action_is_shown_by_its_code() -> None:
    assert action_words("thing.done") == "thing.done"
