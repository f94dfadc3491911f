"""docs/register-rules.md says what the rule book says."""

from __future__ import annotations

from tools.register_rules import TARGET, render


def test_the_document_is_the_rule_book():
    assert TARGET.read_text(encoding="utf-8") == render(), "run: python -m tools.register_rules"
