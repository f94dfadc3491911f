"""The job that writes an export: one snapshot of the register, village by village, to a file that is there whole or not at all.

Every row is checked against the target while it is written. The first row that the target would refuse ends the writing, unless
a person has said to write it nevertheless; the checking goes on to the last row, and its list is kept. A job that was killed
begins anew: what it had written lay in a working file of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lindang.errors import NoSpace
from lindang.host import Host
from lindang.i18n import _, local_time
from lindang.jobs import JobContext
from models.register_export import DATA, HELD, MADE, ORDERED, REFUSED, RegisterExport, RegisterExportFile
from plugins.register.adapters.table_files import BOLD, FILE_ENDING, HEADING, XLSX, TableFile, open_table
from plugins.register.domain.mapping import Layout, TargetMapping, read_mapping
from plugins.register.domain.staging import clean_name
from plugins.register.domain.target_rows import RowConverter, SourceRow, TargetFault, masked_text
from plugins.register.queries.export_rows import RowSource, VillageSheet, one_snapshot, villages_of
from plugins.register.service.sealed import SealedFile, keep_sealed, work_folder
from plugins.register.words import target_sentence

_SHOWN_ROWS: Final = 100
_PROGRESS_SECONDS: Final = 1.0
_MEGABYTE: Final = 1024 * 1024
_LIST_WIDTHS: Final = (14, 24, 8, 30, 14, 90)


def make_export(context: JobContext, export_id: int) -> None:
    """Write the file of an ordered export, or the list of what its target would refuse."""
    host = context.host
    with host.view() as session:
        record = session.get_one(RegisterExport, export_id)
    if record.state != ORDERED:
        return
    mapping = read_mapping(record.mapping, record.target)
    with _working_files(host, record, context.token) as paths, _clear_about_space():
        tables = _Tables(record, mapping, paths)
        try:
            result = _Result(tables)
            _write(context, record, mapping, result)
            files = [(kind, keep_sealed(host, path)) for kind, path in tables.files()]
        finally:
            tables.abandon()
    _finish(context, record, result, files)


# --- the two tables -----------------------------------------------------------------------------------------------------


class _Tables:
    """The file, as long as it can be made, and the list of refused rows, once there is one."""

    def __init__(self, record: RegisterExport, mapping: TargetMapping, paths: Mapping[str, Path]) -> None:
        self._mapping, self._paths = mapping, paths
        self._is_forced = record.is_forced
        self._open: dict[str, TableFile] = {DATA: open_table(paths[DATA], record.format)}
        self._names = [column.name for column in mapping.columns]
        self._widths = [min(max(8, 2 * len(name) + 2), 26) for name in self._names]
        if mapping.layout is Layout.ONE_SHEET:
            self._open[DATA].sheet(mapping.title, mapping.name, self._widths, 1)
            self._open[DATA].row(self._names, HEADING)

    def village(self, village: VillageSheet) -> None:
        """Begin a village: a sheet of its own where the target has it so.

        Source: domain reference 2.3: title, then code, name, filler and date, then the columns.
        """
        table = self._open.get(DATA)
        if table is None or self._mapping.layout is Layout.ONE_SHEET:
            return
        table.sheet(f"{village.town}{village.name}", village.code, self._widths, 3)
        table.row([self._mapping.title], BOLD)
        filled_on = village.filled_on.isoformat() if village.filled_on else ""
        table.row(["村代码", village.code, "乡镇", village.town, "村", village.name, "填表人", village.filled_by,
                   "填表日期", filled_on], BOLD)  # fmt: skip
        table.row(self._names, HEADING)

    def row(self, texts: Sequence[str]) -> None:
        """Write a row."""
        table = self._open.get(DATA)
        if table is not None:
            table.row(texts)

    def refuse(self, village: VillageSheet, row: SourceRow, faults: Sequence[TargetFault]) -> None:
        """Put a row on the list; without a word to the contrary no file is made any more."""
        if not self._is_forced and DATA in self._open:
            self._open.pop(DATA).abandon()
        table = self._open.get(REFUSED)
        if table is None:
            table = self._open[REFUSED] = open_table(self._paths[REFUSED], XLSX)
            table.sheet(_("目标会拒收的行"), REFUSED, _LIST_WIDTHS, 1)
            table.row([_("村代码"), _("村"), _("序号"), _("林权证号"), _("宗地号"), _("问题")], HEADING)
        problems = "；".join(f"{fault.label}：{target_sentence(fault)}" for fault in faults)
        table.row([village.code, f"{village.town}{village.name}", *row_label(row), problems])

    def files(self) -> list[tuple[str, Path]]:
        """Complete what there is; returns what each is, and where."""
        made = []
        for kind in list(self._open):
            self._open[kind].close()
            self._open.pop(kind)
            made.append((kind, self._paths[kind]))
        return made

    def abandon(self) -> None:
        """Let go of what is not complete."""
        while self._open:
            self._open.popitem()[1].abandon()


def row_label(row: SourceRow) -> tuple[str, str, str]:
    """Return what a person finds a row by: number in the sheet, certificate, parcel."""
    written = row.written
    return written.get("seq", ""), masked_text(written.get("cert_no", "")), written.get("parcel_no", "")


@dataclass(slots=True)
class _Result:
    """What became of the rows."""

    tables: _Tables
    rows: int = 0
    refused: int = 0
    villages: int = 0
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    labels: dict[str, str] = field(default_factory=dict)
    shown: list[Any] = field(default_factory=list)

    def refuse(self, village: VillageSheet, row: SourceRow, faults: Sequence[TargetFault]) -> None:
        """Count a refused row, and keep the first ones for the page."""
        self.refused += 1
        self.faults.update((fault.column, fault.code) for fault in faults)
        self.labels.update((fault.column, fault.label) for fault in faults)
        if len(self.shown) < _SHOWN_ROWS:
            said = [dataclasses.astuple(fault) for fault in faults]
            self.shown.append([village.code, f"{village.town}{village.name}", *row_label(row), said])
        self.tables.refuse(village, row, faults)

    def as_json(self) -> dict[str, Any]:
        """Return plain data for the export's row."""
        faults = [[column, code, count] for (column, code), count in sorted(self.faults.items())]
        return {"villages": self.villages, "faults": faults, "labels": self.labels, "shown": self.shown}


# --- writing ------------------------------------------------------------------------------------------------------------


def _write(context: JobContext, record: RegisterExport, mapping: TargetMapping, result: _Result) -> None:
    """Read one snapshot of the register into the tables; the job sees no more of it than what was ordered."""
    host = context.host
    actor = dataclasses.replace(host.system_actor(name=record.created_by), prefixes=(record.division_code,))
    converter = RowConverter(mapping, masks=not record.with_id_numbers, in_cells=record.format == XLSX)
    vault = host.vault if record.with_id_numbers else None
    with host.view(actor) as session:
        one_snapshot(session)
        villages = villages_of(session, actor, record.division_code)
        source = RowSource(session, actor, record.division_code, mapping, vault)
        told, total = 0.0, sum(village.rows for village in villages)
        for village in villages:
            if time.monotonic() - told > _PROGRESS_SECONDS:
                told = time.monotonic()
                context.progress(result.rows, total, f"{village.town}{village.name}")
                _refuse_full_disk(host)
            _write_village(village, source, converter, result)
        context.progress(result.rows, total)


def _write_village(village: VillageSheet, source: RowSource, converter: RowConverter, result: _Result) -> None:
    result.villages += 1
    result.tables.village(village)
    for row in source.rows(village):
        texts, faults = converter.convert(row)
        if faults:
            result.refuse(village, row, faults)
        result.tables.row(texts)
        result.rows += 1


@contextlib.contextmanager
def _working_files(host: Host, record: RegisterExport, token: int) -> Iterator[dict[str, Path]]:
    """Lend two paths in the working folder; nothing is left there, nor of an attempt that was killed."""
    folder = work_folder(host)
    for left in folder.glob(f"export-{record.id}-*"):
        left.unlink(missing_ok=True)
    paths = {kind: folder / f"export-{record.id}-{token}-{kind}" for kind in (DATA, REFUSED)}
    try:
        yield paths
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)


def _refuse_full_disk(host: Host) -> None:
    """Stop before the disk is full: the database lives on it, too."""
    if shutil.disk_usage(host.data_dir).free < host.settings.host.disk_reserve_mb * _MEGABYTE:
        raise _no_space()


@contextlib.contextmanager
def _clear_about_space() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise _no_space() from error
        raise


def _no_space() -> NoSpace:
    return NoSpace(_("磁盘空间不足，导出没有完成，没有留下半个文件"), remedy=_("请清理磁盘；有空间后自动继续。"))


# --- on record ----------------------------------------------------------------------------------------------------------


def _finish(
    context: JobContext, record: RegisterExport, result: _Result, files: Sequence[tuple[str, SealedFile]]
) -> None:
    host = context.host
    with host.uow(host.system_actor(name=record.created_by)) as uow:
        context.still_mine(uow.session)
        row = uow.session.get_one(RegisterExport, record.id)
        kinds = dict(files)
        row.state = MADE if DATA in kinds else HELD
        row.rows, row.refused, row.found, row.finished_at = result.rows, result.refused, result.as_json(), uow.now
        for kind, file in files:
            uow.session.add(
                RegisterExportFile(
                    export_id=row.id,
                    kind=kind,
                    file_name=file_name(row, kind, local_time(uow.now).date().strftime("%Y%m%d")),
                    bytes=file.bytes,
                    sha256=file.blob.sha256,
                    file_sha256=file.sha256,
                    at=uow.now,
                    by=record.created_by,
                )
            )
        facts: dict[str, Any] = {
            "rows": result.rows,
            "refused": result.refused,
            "with_id_numbers": record.with_id_numbers,
        }
        if DATA in kinds:
            facts["sha256"] = kinds[DATA].sha256
        action = "register.exported" if DATA in kinds else "register.export_held"
        uow.journal(action, f"register_export:{row.id}", division=row.division_code, target=row.target, **facts)


def file_name(record: RegisterExport, kind: str, day: str) -> str:
    """Return what a file is called: place, target, day, and whether it holds full ID numbers."""
    marks = "-含完整证件号码" if record.with_id_numbers and kind == DATA else ""
    what = "-拒收清单" if kind == REFUSED else ""
    ending = FILE_ENDING[record.format if kind == DATA else XLSX]
    return clean_name(f"{record.place}-{record.target}{what}-{day}{marks}{ending}")
