"""What is searched: one document per page and one per described thing (案卷, 件, 证)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import IntEnum


class Kind(IntEnum):
    """What a document stands for; the order is the order of hits that are otherwise equal."""

    CERTIFICATE = 1
    FILE = 2
    ITEM = 3
    PAGE = 4


ISSUE_STATES = ("", "UNPRINTED", "PRINTED_UNSEALED", "PRINTED_SEALED", "ISSUED")
"""Issue states by the small number the index keeps; 0 is "no certificate"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDoc:
    """One searchable thing. All texts are folded; `unit` names what is indexed and replaced as a whole.

    A unit is an archive file (its id) or a certificate without one (its id, negative). `body` answers words without a
    field; the other texts answer field filters, and pages inherit them from the file they belong to. `words` are the texts
    that `body` was made of, as written, for showing what was found in a description; a page has none. `area` is that of the
    certificate's parcels together, in hundredths of a mu; 0 is unknown. `sort_code` is the 档号 and `day` the date that the
    document is ordered by, as in 20100501 (20100000 when only the year is known, 0 unknown); both, like place and area, are
    the same in all documents of a 件, and in all that describe a file. `respelled` tells that some text is written otherwise than it
    stands here (see `spelling`).
    """

    unit: int
    kind: Kind
    division: str
    body: str
    file_id: int = 0
    item_id: int = 0
    page_id: int = 0
    certificate_id: int = 0
    page_no: int = 0
    year: int = 0
    area: int = 0
    class_code: str = ""
    issue_state: int = 0
    in_batch: bool = False
    title: str = ""
    holder: str = ""
    village: str = ""
    cert_no: str = ""
    code: str = ""
    batch: str = ""
    sort_code: str = ""
    day: int = 0
    respelled: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """All documents of one unit, as the database has them now; none means the unit is gone. `spelling` names how they are spelled."""

    key: int
    docs: tuple[SearchDoc, ...] = field(default=())
    spelling: str = ""

    @property
    def stamp(self) -> int:
        """A 63-bit digest of everything in the unit, for comparing index and database."""
        return stamp_of(self.docs, self.spelling)


_NAMES = tuple(item.name for item in fields(SearchDoc))


def stamp_of(docs: Iterable[SearchDoc], spelling: str = "") -> int:
    """Return a 63-bit digest over documents that depends on their contents and spelling and not on their order."""
    rows = sorted(repr(tuple(getattr(doc, name) for name in _NAMES)) for doc in docs)
    digest = hashlib.blake2b("\n".join([*rows, spelling]).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
