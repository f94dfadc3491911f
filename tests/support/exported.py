"""What tests of the export share: a county imported from workbooks, exports run to their end, and the import of what came out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from lindang.auth import Actor
from lindang.host import Host
from lindang.testing import actor, drain, make_host
from models.register_export import DATA
from plugins.catalogue.service.reference import load_divisions
from plugins.register.adapters.mapping_files import target_named
from plugins.register.queries.exports import ExportLine, export_line
from plugins.register.queries.imports import ImportLine, import_line
from plugins.register.service.exporting import ExportOrder, mapping_folder, order_export
from plugins.register.service.importing import GOOD_ROWS, order_apply, take_file
from plugins.register.service.sealed import keep_sealed, read_unsealed
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, DIVISIONS

QUIET = {"disabled": ["ingest", "search", "handover", "demo"]}


def county(folder: Path, sheets: dict[str, list[dict[str, Any]]], **host: Any) -> Host:
    """Return an archive with the rows of some villages in its register."""
    opened = make_host(folder / "data", host={**QUIET, **host})
    with opened.uow(opened.system_actor()) as uow:
        load_divisions(uow, DIVISIONS.encode(), source="test")
    line = imported(opened, made.workbook(folder / "first.xlsx", sheets, title=()))
    with opened.uow(opened.system_actor()) as uow:
        order_apply(uow, line.id, GOOD_ROWS)
    drain(opened)
    return opened


def imported(host: Host, path: Path) -> ImportLine:
    """Read a file to its dry run."""
    blob = keep_sealed(host, path)
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        import_id = take_file(uow, COUNTY, path.name, blob).id
    drain(host)
    with host.view() as session:
        return import_line(session, host.system_actor(), import_id)


def order(host: Host, place: str = COUNTY, target: str = "szhb", **more: Any) -> ExportOrder:
    """Return an order for the ``.xlsx`` of a place."""
    found = target_named(mapping_folder(host), target)
    return ExportOrder(**{"place": place, "target": found, "form": "xlsx", **more})


def exported(
    host: Host, place: str = COUNTY, target: str = "szhb", *, who: Actor | None = None, **more: Any
) -> ExportLine:
    """Order an export and let its job run."""
    person = who or actor(host, ["archivist"], prefixes=[COUNTY])
    with host.uow(person) as uow:
        export_id = order_export(uow, order(host, place, target, **more)).export_id
    drain(host)
    with host.view() as session:
        return export_line(session, person, export_id)


def bytes_of(host: Host, line: ExportLine) -> bytes:
    """Return the exported file."""
    assert line.file is not None, line.found
    assert line.file.kind == DATA
    return read_unsealed(host, line.file.sha256)


def book_of(host: Host, line: ExportLine) -> Workbook:
    """Open the exported workbook."""
    return load_workbook(io.BytesIO(bytes_of(host, line)))


def lines_of(book: Workbook, number: int = 0) -> list[Sequence[Any]]:
    """Return the rows of one sheet as tuples of texts."""
    return [tuple(cell or "" for cell in row) for row in book.worksheets[number].iter_rows(values_only=True)]
