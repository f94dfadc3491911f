"""The registry's answer as a workbook: matching the lines of a reply workbook to the items of a batch, one to one.

A line is known by its opaque key, not by its place: the sheet may be sorted, filtered, or have lines missing. The key is
proved by the certificate number beside it, so that a shifted column is noticed. What cannot be matched, or says what cannot
be, is a problem line: it goes on a work list and nothing is guessed.

Source: domain reference 3.3 (reasons), 3.5 (one to one).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lindang.i18n import _
from plugins.handover.domain.codes import OTHER, RETURN_REASONS

ACCEPTED_WORDS: Final = frozenset({"接收", "同意接收", "接受"})
RETURNED_WORDS: Final = frozenset({"退回", "不接收"})
_KEY_LENGTH: Final = 16


def row_key(manifest_sha256: str, code: str) -> str:
    """Return the key of an item on the reply sheet: it says nothing, and belongs to this very list only."""
    return hashlib.sha256(f"{manifest_sha256}:{code}".encode()).hexdigest()[:_KEY_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One line of a reply sheet, as written; `row_no` is its row in the workbook."""

    row_no: int
    key: str = ""
    code: str = ""
    archival_code: str = ""
    cert_no: str = ""
    answer: str = ""
    reason: str = ""
    note: str = ""

    @property
    def is_silent(self) -> bool:
        """Say whether the registry wrote nothing on this line."""
        return not (self.answer or self.reason or self.note)


@dataclass(frozen=True, slots=True)
class Listed:
    """One item of the batch's list, to which a line may belong."""

    item_id: int
    key: str
    code: str
    cert_no: str


@dataclass(frozen=True, slots=True)
class Said:
    """The opinion that a matched line holds: accepted or not, the code of the reason, and the words beside it."""

    is_accepted: bool
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that takes no effect, and why."""

    row: ReplyRow
    text: str


@dataclass(frozen=True, slots=True)
class Matched:
    """What a reply sheet says: opinions by item id, lines with a problem, how many lines say nothing."""

    said: Mapping[int, Said]
    problems: tuple[Problem, ...]
    silent: int


def match(rows: Sequence[ReplyRow], listed: Sequence[Listed]) -> Matched:
    """Match lines to items, one to one; the first line of an item counts, a second one is a problem."""
    by_key, by_code = {one.key: one for one in listed}, {one.code: one for one in listed}
    said: dict[int, Said] = {}
    problems, silent, seen = list[Problem](), 0, set[int]()
    for row in rows:
        item = by_key.get(row.key.strip().lower()) if row.key.strip() else by_code.get(row.code.strip().upper())
        fault = _row_fault(row, item, seen)
        if item is not None:
            seen.add(item.item_id)
        if row.is_silent and not fault:
            silent += 1
        elif fault or item is None:
            problems.append(Problem(row, fault))
        else:
            said[item.item_id] = said_by(row)
    return Matched(said, tuple(problems), silent)


def _row_fault(row: ReplyRow, item: Listed | None, seen: set[int]) -> str:
    if item is None:
        return _("不是本批次这一版清单的行（行标识和条目代码都对不上）")
    if item.item_id in seen:
        return _("同一条目在表里出现了第二次")
    if row.code.strip() and row.code.strip().upper() != item.code:
        return _("行标识和条目代码说的不是同一条目（应为 %(code)s）", code=item.code)
    if _bare(row.cert_no) and _bare(row.cert_no) != _bare(item.cert_no):
        return _("林权证号与条目不符（应为 %(no)s）", no=item.cert_no)
    return "" if row.is_silent else next(opinion_faults(row), "")


def _bare(text: str) -> str:
    return "".join(text.split())


def opinion_faults(row: ReplyRow) -> Iterator[str]:
    """Yield what is wrong with the opinion on a line."""
    answer, reason = row.answer.strip(), reason_code(row.reason)
    if answer not in ACCEPTED_WORDS | RETURNED_WORDS:
        yield _("接收意见只能填“接收”或“退回”，现在是“%(text)s”", text=answer)
    elif answer in ACCEPTED_WORDS and row.reason.strip():
        yield _("填了接收，又选了退回原因")
    elif answer in RETURNED_WORDS and not reason:
        yield _("退回没有选择原因，或原因不在表中")
    elif answer in RETURNED_WORDS and reason == OTHER and not row.note.strip():
        yield _("退回原因为“其他”时必须填写说明")


def reason_code(text: str) -> str:
    """Return the code of a reason as written: ``03``, ``3``, ``03 四至不清`` or its words; empty when it is none of ours."""
    bare = text.strip()
    head = bare.split(maxsplit=1)[0].zfill(2) if bare else ""
    if head in RETURN_REASONS:
        return head
    return next((code for code, words in RETURN_REASONS.items() if str(words) == bare), "")


def said_by(row: ReplyRow) -> Said:
    """Return the opinion on a line without faults."""
    is_accepted = row.answer.strip() in ACCEPTED_WORDS
    return Said(is_accepted, "" if is_accepted else reason_code(row.reason), row.note.strip())
