"""Write docs/register-rules.md from the rule book: ``python -m tools.register_rules``. A test holds the two together."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from plugins.register.domain.rules.book import RULES
from plugins.register.domain.rules.rule import How, Rule

TARGET: Final = Path(__file__).resolve().parent.parent / "docs" / "register-rules.md"

_HEAD: Final = """# The rules of the register, R01 to R45

Generated from `plugins/register/domain/rules/book*.py` (`python -m tools.register_rules`); do not edit by hand.

The rule set is a **proposal** of the domain reference (2.9, an auditors' rule set): no official list was found. What a rule rests on
besides that stands in the column 依据. E blocks a handover, W needs a correction or the decision of two people, I is for information.
*row* rules are pure functions of one row, used while keying, at import and in bulk; *set* rules are SQL over a village or a county.
Where 缺什么就不查 says something, certificates without it are reported as not checked and never as passed.

| 规则 | 级 | 名称 | 怎样查 | 说的话 | 办法 | 依据 | 本系统的读法 | 缺什么就不查 |
|---|---|---|---|---|---|---|---|---|
"""

_HOW: Final = {How.ROW: "row", How.SET: "set", How.BOTH: "row, set"}


def render() -> str:
    """Return the document."""
    return _HEAD + "".join(f"{_line(rule)}\n" for rule in RULES.values())


def _line(rule: Rule) -> str:
    sentences = "<br>".join(str(one) for one in rule.sentences.values())
    cells = (
        rule.code,
        rule.severity,
        rule.title,
        _HOW[rule.how],
        sentences,
        rule.remedy,
        rule.clause,
        rule.note,
        rule.missing,
    )
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
