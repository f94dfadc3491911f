"""The manifest of a batch: what is handed over, in one canonical spelling, so that two parties can compare one digest.

Canonical JSON: UTF-8, keys sorted, no blanks, real characters, decimals as strings, nothing that depends on when or by
whom it was written. The lines are sorted by archival code and numbered from 1; the same batch gives the same bytes on any
machine. `line_of` is the snapshot of one certificate as the check saw it; the manifest is these snapshots and their sums.

Since format 2 a line also says what the package is made of besides the files: title, year, retention and place of the 卷, the
register's rows as they stood with the version of each, and the PDFs with a text layer. So the same batch gives the same package
for ever, whatever is described anew later. Personal ID numbers are masked in it, or left out; the header says which.

Source: domain reference 3.4 (columns of 移交清单), 3.5 I8 (totals are sums of the lines), 4.6 (SHA-256 by default).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

FORMAT: Final = "lindang-manifest/2"
ID_COLUMN: Final = "id_no"
MASKED, NONE = "masked", "none"
"""What is said of personal ID numbers: their first and last digits, or nothing."""
CHECK_CODE_LENGTH: Final = 16
"""Leading digits of a digest that a person compares by eye or keys from paper (64 bits)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One digital object that goes along: its item, its place in the item, and what it must hash to."""

    item_code: str
    title: str
    doc_type: str
    format: str
    bytes: int
    sha256: str
    pages: int
    security_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredEntry:
    """The PDF with a text layer of one item: made of its originals, and not counted among them."""

    item_code: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """One row of the register: whose parcel, which version of the row (0: never written as a row), its texts by column."""

    parcel_no: str
    entry_no: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFacts:
    """What the archive says of a 卷: where it lies in the package, and how it is described there."""

    fonds_code: str = ""
    class_code: str = ""
    title: str = ""
    year: str = ""
    retention: str = ""
    security_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One certificate with its file, as it stood at the check."""

    archival_code: str
    cert_no: str
    cert_serial: str
    issue_state: str
    holder_name: str
    division_code: str
    village: str
    box_no: str
    paper_pages: int
    parcels: tuple[tuple[str, Decimal], ...]
    item_count: int
    files: tuple[FileEntry, ...]
    volume: VolumeFacts = VolumeFacts()
    rows: tuple[RegisterRow, ...] = ()
    layered: tuple[LayeredEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums that stand under a list: 本, 宗, 亩, 件, 页 (of paper), electronic files and pages, bytes."""

    certs: int
    parcels: int
    area_mu: Decimal
    items: int
    paper_pages: int
    files: int
    pages: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the manifest says of the batch itself."""

    batch_no: str
    list_version: int
    title: str
    division_code: str
    from_org: str
    to_org: str
    paper_kind: str
    id_numbers: str = MASKED


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON bytes of a value made of strings, whole numbers, lists and mappings.

    Raises:
        TypeError: a float is in it (its spelling is nobody's promise), or something JSON does not know.
    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_floats(value: object) -> None:
    """Look at every value; without recursion, for a large batch has a million of them."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, float):
            raise TypeError(f"a manifest holds no floats: {one!r}")
        if isinstance(one, Mapping):
            waiting += [child for child in one.values() if not isinstance(child, str)]
        elif isinstance(one, list):
            waiting += one


def digest(data: bytes) -> str:
    """Return the SHA-256 of the bytes, lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check_code(sha256: str) -> str:
    """Return the part of a digest that people compare, in groups of four: ``3f2a 90c1 77d0 b4e5``."""
    head = sha256[:CHECK_CODE_LENGTH]
    return " ".join(head[start : start + 4] for start in range(0, len(head), 4))


def digest_agrees(keyed: str, sha256: str) -> bool:
    """Tell whether what a person keyed is the digest, whole or its check code; blanks and case do not matter."""
    bare = "".join(keyed.split()).lower()
    return bare in {sha256, sha256[:CHECK_CODE_LENGTH]} and bool(bare)


def line_of(line: Line) -> dict[str, Any]:
    """Return the snapshot of a line: plain JSON values, parcels and files sorted."""
    return {
        "archival_code": line.archival_code,
        "cert_no": line.cert_no,
        "cert_serial": line.cert_serial,
        "issue_state": line.issue_state,
        "holder_name": line.holder_name,
        "division_code": line.division_code,
        "village": line.village,
        "box_no": line.box_no,
        "paper_pages": line.paper_pages,
        "parcels": [{"parcel_no": number, "area_mu": _decimal(area)} for number, area in sorted(line.parcels)],
        "items": line.item_count,
        "files": [_file_entry(entry) for entry in sorted(line.files, key=lambda one: (one.item_code, one.sha256))],
        "volume": dataclasses.asdict(line.volume),
        "rows": [
            {"parcel_no": row.parcel_no, "entry_no": row.entry_no, "cells": dict(row.cells)}
            for row in sorted(line.rows, key=lambda one: one.parcel_no)
        ],
        "layered": [dataclasses.asdict(entry) for entry in sorted(line.layered, key=lambda one: one.item_code)],
    }


def has_changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether a line is another than it was; a text layer made meanwhile changes nothing that a person looked at."""
    return any(then.get(name) != now.get(name) for name in {*then, *now} - {"layered"})


def _file_entry(entry: FileEntry) -> dict[str, Any]:
    return {
        "item_code": entry.item_code,
        "title": entry.title,
        "doc_type": entry.doc_type,
        "format": entry.format,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
        "pages": entry.pages,
        "security_class": entry.security_class,
    }


def _decimal(value: Decimal) -> str:
    """Return a decimal without exponent and without trailing zeros: ``12.5``, ``100``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def line_digest(snapshot: Mapping[str, Any]) -> str:
    """Return the digest of one line: the 摘要 column of the list."""
    return digest(canonical(snapshot))


def line_area(snapshot: Mapping[str, Any]) -> Decimal:
    """Return the area of a line in 亩: the exact sum of its parcels."""
    return sum((Decimal(parcel["area_mu"]) for parcel in snapshot["parcels"]), Decimal(0))


def in_order(snapshots: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return snapshots in the order of the list: by archival code."""
    return sorted(snapshots, key=lambda snapshot: str(snapshot["archival_code"]))


def totals_of(snapshots: Sequence[Mapping[str, Any]]) -> Totals:
    """Return the sums over the lines."""
    files = [entry for snapshot in snapshots for entry in snapshot["files"]]
    return Totals(
        certs=len(snapshots),
        parcels=sum(len(snapshot["parcels"]) for snapshot in snapshots),
        area_mu=sum((line_area(snapshot) for snapshot in snapshots), Decimal(0)),
        items=sum(snapshot["items"] for snapshot in snapshots),
        paper_pages=sum(snapshot["paper_pages"] for snapshot in snapshots),
        files=len(files),
        pages=sum(entry["pages"] for entry in files),
        bytes=sum(entry["bytes"] for entry in files),
    )


def build(header: Header, snapshots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the manifest: header, numbered lines with their codes and digests, totals."""
    ordered = in_order(snapshots)
    return {
        "format": FORMAT,
        "algorithm": "SHA-256",
        "batch_no": header.batch_no,
        "list_version": header.list_version,
        "title": header.title,
        "division_code": header.division_code,
        "from_org": header.from_org,
        "to_org": header.to_org,
        "paper_kind": header.paper_kind,
        "id_numbers": header.id_numbers,
        "lines": [
            {"seq": seq, "code": item_code(header, seq), "digest": line_digest(snapshot), **snapshot}
            for seq, snapshot in enumerate(ordered, 1)
        ],
        "totals": plain_totals(totals_of(ordered)),
    }


def item_code(header: Header, seq: int) -> str:
    """Return the code of a batch item: ``141124-2020-YJ003-0007``; later versions of a list say so: ``...YJ003.2-0007``."""
    version = "" if header.list_version == 1 else f".{header.list_version}"
    return f"{header.batch_no}{version}-{seq:04d}"


def plain_totals(totals: Totals) -> dict[str, Any]:
    """Return totals as plain JSON values, the area as a string."""
    return {
        "certs": totals.certs,
        "parcels": totals.parcels,
        "area_mu": _decimal(totals.area_mu),
        "items": totals.items,
        "paper_pages": totals.paper_pages,
        "files": totals.files,
        "pages": totals.pages,
        "bytes": totals.bytes,
    }
