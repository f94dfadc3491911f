"""What happens in the archive, in the past tense; ids and scalars only."""

from __future__ import annotations

from dataclasses import dataclass

from lindang.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFileSaved(Event):
    """A 案卷 was opened, described, renumbered or waived something."""

    archive_file_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFiled(Event):
    """A 件 was filed or described anew; ``cover_codes`` are the ``LD:`` codes read on its pages."""

    item_id: int
    archive_file_id: int
    cover_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReplaced(Event):
    """A page was scanned anew: its images have the higher ``version``, the former ones stay; ``reason`` is a person's."""

    page_id: int
    item_id: int
    archive_file_id: int
    version: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTextStored(Event):
    """A page has a new current text."""

    page_id: int
    item_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesSaved(Event):
    """Certificates or parcels of one village were keyed, edited, imported or linked with these archive files."""

    certificate_ids: tuple[int, ...]
    archive_file_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetClosed(Event):
    """A village's sheet was closed by two people (定稿): its rows count as checked until they are changed."""

    sheet_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineDeclared(Event):
    """A division declared its numbers (上报基数) in a new version, with or without the list of its certificates."""

    baseline_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChanged(Event):
    """A batch was drafted, filled, emptied, checked, refused or cancelled: its members are ``archive_file_ids``."""

    batch_id: int
    archive_file_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSigned(Event):
    """A batch was signed: list and digests are frozen."""

    batch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSent(Event):
    """A batch was sent to the registry."""

    batch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswered(Event):
    """Every item of a batch was accepted or returned."""

    batch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackFiled(Event):
    """A feedback document was filed and linked to its one batch item."""

    feedback_id: int
    batch_id: int
    item_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchClosed(Event):
    """A batch was closed: everything answered, filed and in balance."""

    batch_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsChanged(Event):
    """Findings about these certificates opened, came back, were fixed, asked about or waived."""

    certificate_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChanged(Event):
    """A table of reference data (``table``: scheme, checklist or codes) has another version in force."""

    table: str
