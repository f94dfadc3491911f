"""Which papers a household file must hold, and which are missing.

The pure rule is shared by the file's own page and by the ready list of a handover. The checklist is data (`checklist_rule`): each line names a document type and one rule
word, optionally with values after a colon::

    required                     at least one
    per_parcel                   at least one page for each parcel
    if_acquisition:FAMILY|OTHER  at least one, when a parcel was acquired that way
    if_state:ISSUED              at least one, when the certificate is in one of these states
    unless_state:UNPRINTED       at least one, but for these states
    if_co_held                   at least one, when more than one person holds the right
    optional  referenced  after_handover     never counted as missing

A rule that speaks of the certificate cannot be decided before the certificate is keyed; such a line is `UNDECIDED`, and
a file with an undecided line is not complete: silence would pass for an answer.

Source: the checklist is a proposal (provenance `proposal-v1`), following the registration procedure of 2000.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

NEVER_MISSING: Final = frozenset({"optional", "referenced", "after_handover"})
PLAIN_WORDS: Final = frozenset({"required", "per_parcel", "if_co_held"}) | NEVER_MISSING
VALUE_WORDS: Final = frozenset({"if_acquisition", "if_state", "unless_state"})


class RuleError(ValueError):
    """A rule word that this version does not know."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the checklist, its rule taken apart."""

    doc_type: str
    title: str
    word: str
    values: frozenset[str] = frozenset()
    note: str = ""

    @classmethod
    def parse(cls, doc_type: str, title: str, rule: str, note: str = "") -> Rule:
        """Take a rule apart.

        Raises:
            RuleError: for an unknown word, or values missing or superfluous.
        """
        word, _colon, tail = rule.strip().partition(":")
        values = frozenset(filter(None, (value.strip() for value in tail.split("|"))))
        if word not in (VALUE_WORDS if values else PLAIN_WORDS):
            raise RuleError(rule)
        return cls(doc_type, title, word, values, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What the rules ask about one file. Without a certificate `issue_state` is None and the parcel facts say nothing."""

    items: Mapping[str, int] = field(default_factory=dict)
    pages: Mapping[str, int] = field(default_factory=dict)
    waived: frozenset[str] = frozenset()
    issue_state: str | None = None
    parcel_count: int = 0
    acquisitions: frozenset[str] = frozenset()
    is_co_held: bool = False

    @property
    def has_certificate(self) -> bool:
        """Say whether the certificate has been keyed."""
        return self.issue_state is not None


class Status(enum.StrEnum):
    """How one line of the checklist stands."""

    PRESENT = "present"
    MISSING = "missing"
    WAIVED = "waived"
    UNDECIDED = "undecided"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist for one file; `have` and `need` count pages for `per_parcel`, else items."""

    rule: Rule
    status: Status
    have: int
    need: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """The whole checklist of one file, in checklist order."""

    lines: tuple[Line, ...]

    def of(self, *statuses: Status) -> tuple[Line, ...]:
        """Return the lines in one of the statuses."""
        return tuple(line for line in self.lines if line.status in statuses)

    @property
    def missing(self) -> tuple[Line, ...]:
        """Return the lines that block: missing or not to be decided yet."""
        return self.of(Status.MISSING, Status.UNDECIDED)

    @property
    def is_complete(self) -> bool:
        """Say whether nothing is missing, waivers counted as present."""
        return not self.missing

    @property
    def percent(self) -> int:
        """Return present and waived lines per hundred counted lines, rounded down; 100 only when complete."""
        counted = self.of(Status.PRESENT, Status.WAIVED, Status.MISSING, Status.UNDECIDED)
        needed = [line for line in counted if line.need or line.status is Status.UNDECIDED]
        return 100 if not needed else 100 * sum(line not in self.missing for line in needed) // len(needed)


def assess(rules: Iterable[Rule], facts: FileFacts) -> Completeness:
    """Return how a file stands against the checklist."""
    return Completeness(tuple(_line(rule, facts) for rule in rules))


def _line(rule: Rule, facts: FileFacts) -> Line:
    have = facts.pages.get(rule.doc_type, 0) if rule.word == "per_parcel" else facts.items.get(rule.doc_type, 0)
    need = _need(rule, facts)
    if rule.doc_type in facts.waived:
        return Line(rule, Status.WAIVED, have, need or 0)
    if need is None:
        # What is there cannot be missing, whatever the certificate will say, unless it is to be counted per parcel.
        status = Status.PRESENT if have and rule.word != "per_parcel" else Status.UNDECIDED
        return Line(rule, status, have, 1)
    if have and have >= need:
        return Line(rule, Status.PRESENT, have, need)
    return Line(rule, Status.MISSING if need else Status.NOT_NEEDED, have, need)


def _need(rule: Rule, facts: FileFacts) -> int | None:
    """Return how many are needed, None if only the certificate can tell."""
    if rule.word in NEVER_MISSING:
        return 0
    if rule.word == "required":
        return 1
    if not facts.has_certificate:
        return None
    if rule.word == "per_parcel":
        return max(1, facts.parcel_count)
    return int(_applies(rule, facts))


def _applies(rule: Rule, facts: FileFacts) -> bool:
    match rule.word:
        case "if_acquisition":
            return bool(rule.values & facts.acquisitions)
        case "if_state":
            return facts.issue_state in rule.values
        case "unless_state":
            return facts.issue_state not in rule.values
        case _:
            return facts.is_co_held
