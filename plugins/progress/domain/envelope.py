"""A report as a file between archives that share no network: what is in it, and reading it with suspicion.

What is signed is everything in the file but the signature. The signature says that the holder of a key wrote it; whose key that
is, is for the receiving office to find out once (the fingerprint), and the archive remembers it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plugins.progress.domain.annex import RULE_VERSION
from plugins.progress.domain.period import read_period
from plugins.progress.domain.snapshot import FORMAT, canonical, digest, is_whole

_TEXTS: Final = (("filled_by", 40), ("phone", 40), ("approved_by", 40))
_LONGEST_REASON: Final = 500
LONGEST_FILE: Final = 2_000_000

NOT_JSON, OTHER_FORMAT, OTHER_RULES, BAD_VALUES, BAD_DIGEST, BAD_SIGNATURE = (
    "not_json",
    "other_format",
    "other_rules",
    "bad_values",
    "bad_digest",
    "bad_signature",
)


class EnvelopeRefused(ValueError):
    """The file is not a report, or not the one that was signed; `reason` is one of the codes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A report as it travels."""

    division_code: str
    period: str
    report_no: int
    rule_version: str
    values: Mapping[str, Any]
    data_sha256: str
    filled_by: str
    phone: str
    filled_on: dt.date
    approved_by: str
    reason: str
    submitted_at: str
    public_key: str

    @property
    def signed(self) -> bytes:
        """What the signature is made over."""
        return canonical(self._body())

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "division_code": self.division_code,
            "period": self.period,
            "report_no": self.report_no,
            "rule_version": self.rule_version,
            "values": dict(self.values),
            "data_sha256": self.data_sha256,
            "filled_by": self.filled_by,
            "phone": self.phone,
            "filled_on": self.filled_on.isoformat(),
            "approved_by": self.approved_by,
            "reason": self.reason,
            "submitted_at": self.submitted_at,
            "public_key": self.public_key,
        }

    def to_bytes(self, signature: str) -> bytes:
        """Return the file: readable, and the same for the same report."""
        return json.dumps({**self._body(), "signature": signature}, ensure_ascii=False, indent=1).encode()


def open_letter(data: bytes) -> tuple[Letter, str]:
    """Return the report in a file, and its signature, which is not tested here.

    Raises:
        EnvelopeRefused: the file is something else, its numbers contradict its form, or its digest is not theirs.
    """
    try:
        table = json.loads(data.decode("utf-8")) if len(data) <= LONGEST_FILE else None
    except (ValueError, RecursionError) as error:
        raise EnvelopeRefused(NOT_JSON) from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise EnvelopeRefused(OTHER_FORMAT)
    if table.get("rule_version") != RULE_VERSION:
        raise EnvelopeRefused(OTHER_RULES)
    letter, signature = _letter(table), _text(table, "signature", 128)
    if not is_whole(letter.values, letter.division_code):
        raise EnvelopeRefused(BAD_VALUES)
    if digest(letter.values) != letter.data_sha256:
        raise EnvelopeRefused(BAD_DIGEST)
    return letter, signature


def _letter(table: Mapping[str, Any]) -> Letter:
    values, number = table.get("values"), table.get("report_no")
    period = _text(table, "period", 7)
    code = _text(table, "division_code", 6)
    well_formed = isinstance(values, dict) and type(number) is int and 0 < number < 1000
    if not well_formed or read_period(period) is None or not code.isdecimal():
        raise EnvelopeRefused(BAD_VALUES)
    try:
        filled_on = dt.date.fromisoformat(_text(table, "filled_on", 10))
        submitted_at = dt.datetime.fromisoformat(_text(table, "submitted_at", 40))
    except ValueError as error:
        raise EnvelopeRefused(BAD_VALUES) from error
    if submitted_at.tzinfo is None:
        raise EnvelopeRefused(BAD_VALUES)
    return Letter(
        division_code=code,
        period=period,
        report_no=int(number or 0),
        rule_version=RULE_VERSION,
        values=dict(values or {}),
        data_sha256=_text(table, "data_sha256", 64),
        filled_on=filled_on,
        reason=_text(table, "reason", _LONGEST_REASON, empty=True),
        submitted_at=submitted_at.isoformat(),
        public_key=_text(table, "public_key", 64),
        **{name: _text(table, name, longest) for name, longest in _TEXTS},
    )


def _text(table: Mapping[str, Any], name: str, longest: int, *, empty: bool = False) -> str:
    text = table.get(name)
    if not isinstance(text, str) or len(text) > longest or not (text or empty):
        raise EnvelopeRefused(BAD_VALUES)
    return text
