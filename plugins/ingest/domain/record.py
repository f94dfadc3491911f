"""A parsed file as the intake keeps it until it is filed: pages with the digests of their images, and their masked text.

It is stored as JSON with the intake file, so that a file on the sorting desk can be looked at and read before it has a
place, and so that filing it later needs no second parsing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plugins.ingest.domain.pagelook import PageLook, look_from
from plugins.ingest.domain.scan import Word, word_of
from plugins.ingest.domain.text import Opinion

PDF_BORN: Final = "pdf"
PDF_LAYER: Final = "pdf-layer"
"""Names that stand for an engine: text a PDF was born with; text that somebody else's recognition laid over a scan."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A derivative in the storage: digest, size in bytes and pixels, resolution."""

    sha256: str
    bytes: int
    width: int
    height: int
    dpi: int


@dataclass(frozen=True, slots=True)
class TextRecord:
    """The text of a page, ID numbers masked; the plain ones are in ``sealed_ids``, encrypted."""

    engine: str
    engine_version: str
    text: str
    words: tuple[Word, ...]
    confidence: int
    profile: str = ""
    sealed_ids: tuple[str, ...] = ()
    opinions: tuple[Opinion, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page: its images, how it was captured, and its text as far as there is one."""

    page_no: int
    view: Derived
    thumb: Derived
    width: int
    height: int
    dpi: int
    colour_mode: str
    is_blank: bool
    codes: tuple[str, ...] = ()
    text: TextRecord | None = None
    look: PageLook | None = None
    """What was measured; None where the file was parsed before pages were measured."""

    @property
    def wants_reading(self) -> bool:
        """Whether an engine should still read the page."""
        return not self.is_blank and (self.text is None or self.text.engine == PDF_LAYER)


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """One parsed file."""

    format: str
    media_type: str
    tool: str
    producer: str
    repaired: bool
    seconds: float
    pages: tuple[PageRecord, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """All bar codes of the file, in order."""
        return tuple(code for page in self.pages for code in page.codes)

    @property
    def wants_reading(self) -> bool:
        """Whether an engine should still read some page."""
        return any(page.wants_reading for page in self.pages)

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of every page that has one, in order."""
        return tuple(page.text.text for page in self.pages if page.text)

    def with_text(self, page_no: int, text: TextRecord) -> ScanRecord:
        """Return the record with the text of one page replaced."""
        pages = (dataclasses.replace(page, text=text) if page.page_no == page_no else page for page in self.pages)
        return dataclasses.replace(self, pages=tuple(pages))


def to_json(record: ScanRecord) -> dict[str, Any]:
    """Return the record as JSON-able values."""
    return dataclasses.asdict(record)


def from_json(values: Mapping[str, Any]) -> ScanRecord:
    """Rebuild a record that :func:`to_json` made."""
    return ScanRecord(**{**values, "pages": tuple(_page(page) for page in values["pages"])})


def _page(values: Mapping[str, Any]) -> PageRecord:
    text, look = values["text"], values.get("look")
    return PageRecord(
        **{
            **values,
            "view": Derived(**values["view"]),
            "thumb": Derived(**values["thumb"]),
            "codes": tuple(values["codes"]),
            "text": _text(text) if text else None,
            "look": look_from(look) if look else None,
        }
    )


def _text(values: Mapping[str, Any]) -> TextRecord:
    words = tuple(word_of(word) for word in values["words"])
    opinions = tuple(Opinion(*opinion) for opinion in values.get("opinions", ()))
    return TextRecord(**{**values, "words": words, "sealed_ids": tuple(values["sealed_ids"]), "opinions": opinions})
