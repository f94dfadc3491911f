"""Before the transaction: parse a stored file in the sandbox and store what it gives. Slow, idempotent, no database."""

from __future__ import annotations

import time
from pathlib import Path

from lindang.crypto import Vault
from lindang.host import Host
from models.persons import mask_ids_in
from plugins.ingest.domain.privacy import id_numbers, mask_words
from plugins.ingest.domain.record import PDF_BORN, PDF_LAYER, Derived, PageRecord, ScanRecord, TextRecord
from plugins.ingest.domain.scan import PageScan, ScanResult
from plugins.ingest.domain.text import PageReading
from plugins.ingest.sandbox import Scan
from plugins.ingest.tools import profile_of, sandbox_of, settings_of

THUMB_DPI = 72


def scan_stored(host: Host, sha256: str) -> ScanRecord:
    """Parse a stored original and store its page images.

    Raises:
        Refused: with the reason why it cannot be taken in.
    """
    started = time.monotonic()
    with sandbox_of(host).scan(host.storage.path(sha256), profile_of(host)) as scan:
        pages = tuple(_store_page(host, page, scan) for page in scan.result.pages)
        result = scan.result
    return ScanRecord(
        format=result.format,
        media_type=result.media_type,
        tool=result.tool[:80],
        producer=result.producer,
        repaired=result.repaired,
        seconds=round(time.monotonic() - started, 2),
        pages=pages,
    )


def _store_page(host: Host, page: PageScan, scan: Scan) -> PageRecord:
    width_share = page.view_width / page.width if page.width else 1.0
    view_dpi = round(page.dpi * width_share) if page.dpi else settings_of(host).view_dpi
    return PageRecord(
        page_no=page.page_no,
        view=_store(host, scan.folder / page.view, page.view_width, page.view_height, view_dpi),
        thumb=_store(host, scan.folder / page.thumb, page.thumb_width, page.thumb_height, THUMB_DPI),
        width=page.width,
        height=page.height,
        dpi=page.dpi or 0,
        colour_mode=page.colour_mode,
        is_blank=page.is_blank,
        codes=page.codes,
        text=_own_text(host.vault, page, scan.result),
        look=page.look,
    )


def _store(host: Host, path: Path, width: int, height: int, dpi: int) -> Derived:
    blob = host.storage.put_file(path)
    return Derived(blob.sha256, blob.bytes, width, height, dpi)


def _own_text(vault: Vault, page: PageScan, result: ScanResult) -> TextRecord | None:
    if page.text is None:
        return None
    engine = PDF_BORN if page.text_layer == "born" else PDF_LAYER
    reading = PageReading(page.text, page.words, 100.0, engine, result.tool[:40])
    return sealed_text(vault, reading)


def sealed_text(vault: Vault, reading: PageReading) -> TextRecord:
    """Return a reading fit for storing: ID numbers masked in text and words, and encrypted beside them."""
    return TextRecord(
        engine=reading.engine,
        engine_version=reading.engine_version[:40],
        text=mask_ids_in(reading.text),
        words=mask_words(reading.words),
        confidence=round(reading.confidence),
        profile=_profile(reading),
        sealed_ids=tuple(vault.seal(number) for number in id_numbers(reading.text)),
        opinions=reading.opinions,
    )


def _profile(reading: PageReading) -> str:
    turned = f"turn{90 * reading.quarter_turns}" if reading.quarter_turns else ""
    return " ".join(part for part in (turned, *reading.doubts) if part)[:80]
