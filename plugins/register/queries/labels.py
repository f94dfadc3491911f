"""The code lists in force as a keyer meets them: what may be written for a code, and what is usually written."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.reference import CodeEntry


def written_codes(session: Session) -> dict[str, dict[str, str]]:
    """Return for each list what may be written (code, label, alias) with the code that it means."""
    lists: dict[str, dict[str, str]] = {}
    query = select(CodeEntry.list_name, CodeEntry.code, CodeEntry.label, CodeEntry.aliases).where(CodeEntry.is_current)
    for name, code, label, aliases in session.execute(query):
        known = lists.setdefault(name, {})
        for text in (code, label, *filter(None, aliases.split("|"))):
            known[text] = code
    return lists


def code_labels(session: Session) -> dict[str, list[str]]:
    """Return for each list its labels in the list's own order."""
    lists: dict[str, list[str]] = {}
    query = select(CodeEntry.list_name, CodeEntry.label).where(CodeEntry.is_current).order_by(CodeEntry.seq)
    for name, label in session.execute(query):
        lists.setdefault(name, []).append(label)
    return lists
