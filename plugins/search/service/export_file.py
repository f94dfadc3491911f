"""The job that writes a result to its file: whole or not at all. A job that was killed begins anew."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lindang.host import Host
from lindang.i18n import _, local_time
from lindang.jobs import JobContext
from models.saved_searches import MADE, ORDERED, SearchExport
from plugins.search import words
from plugins.search.adapters.result_book import ResultBook
from plugins.search.domain.engine import Order
from plugins.search.queries.facets import chosen_words
from plugins.search.queries.hits import GroupView
from plugins.search.queries.name_views import NameView
from plugins.search.queries.number_views import NumberView
from plugins.search.service.answering import Whole, find_whole, shown_in_parts
from plugins.search.service.exporting import actor_of, request_of, subject_of

_WIDTHS: Final = (28, 7, 10, 40, 40, 14, 30, 60, 18)
_PROGRESS_SECONDS: Final = 1.0
Row = tuple[str, ...]


def make_export(context: JobContext, export_id: int) -> None:
    """Write the file of an ordered export."""
    host = context.host
    with host.view() as session:
        record = session.get_one(SearchExport, export_id)
    if record.state != ORDERED:
        return
    with tempfile.TemporaryDirectory(prefix="result-", dir=_work_folder(host)) as folder:
        path = Path(folder) / "result.xlsx"
        rows = _write(context, record, path)
        sealed, digest = _sealed(host, path, Path(folder) / "sealed")
        blob = host.storage.put_file(sealed)
        size = path.stat().st_size
    with host.uow(host.system_actor(name=record.created_by)) as uow:
        context.still_mine(uow.session)
        row = uow.session.get_one(SearchExport, export_id)
        row.state, row.rows, row.finished_at = MADE, rows, uow.now
        row.bytes, row.sha256, row.file_sha256 = size, blob.sha256, digest
        uow.journal("search.exported", subject_of(row), rows=rows, sha256=digest)


def _write(context: JobContext, record: SearchExport, path: Path) -> int:
    """Write everything that the person who ordered would see; returns the number of rows."""
    host, actor = context.host, actor_of(context.host, record)
    whole = find_whole(host, actor, record.typed, request_of(record))
    headings = [
        _("档号"),
        _("页"),
        _("种类"),
        _("题名"),
        _("案卷题名"),
        _("权利人"),
        _("位置"),
        _("命中文字"),
        _("如何命中"),
    ]
    book, count, told = ResultBook(path, _("说明"), _("检索结果"), headings, _WIDTHS), 0, time.monotonic()
    try:
        for row in _rows(host, record, whole):
            book.row(row)
            count += 1
            if time.monotonic() - told > _PROGRESS_SECONDS:
                told = time.monotonic()
                context.progress(count, record.rows)
        book.close(_about(host, record, whole, count))
    finally:
        book.abandon()
    return count


def _rows(host: Host, record: SearchExport, whole: Whole) -> Iterator[Row]:
    for number in whole.numbers:
        yield from _number_rows(number)
    yield from map(_name_row, whole.names)
    for part in shown_in_parts(host, actor_of(host, record), whole):
        for group in part:
            yield from _group_rows(group)


def _number_rows(view: NumberView) -> Iterator[Row]:
    why = str(words.MATCH_WORDS[view.match])
    kind = str(words.NUMBER_WORDS[view.kind])
    pages = [(ref.archival_code, str(ref.page_no)) for ref in view.pages] or [(view.archival_code, "")]
    for code, page in pages:
        yield code, page, kind, view.title, "", "", "", view.raw, why


def _name_row(view: NameView) -> Row:
    kind, why = str(words.KIND_WORDS[view.kind]), str(words.WHY_WORDS[view.why])
    return view.archival_code, "", kind, view.cert_no, "", view.holder, view.place, view.found, why


def _group_rows(group: GroupView) -> Iterator[Row]:
    for hit in group.hits:
        page = str(hit.page_no or "")
        kind = str(words.KIND_WORDS[hit.kind])
        yield (
            hit.archival_code,
            page,
            kind,
            group.title,
            group.file_title,
            group.holder,
            group.place,
            hit.snippet.plain,
            str(_("全文")),
        )


def _about(host: Host, record: SearchExport, whole: Whole, count: int) -> Iterator[tuple[str, str]]:
    """Yield what the sheet about the file says."""
    with host.view() as session:
        chosen = chosen_words(session, request_of(record).filters)
    yield _("检索式"), record.typed
    yield _("已选"), "；".join(chosen) or _("无")
    yield _("排列"), str(words.ORDER_WORDS[Order(record.order)])
    yield _("检索人"), record.created_by
    yield _("时间"), local_time(record.created_at).strftime("%Y-%m-%d %H:%M")
    yield _("范围"), "、".join(prefix or _("全部") for prefix in record.prefixes)
    yield _("行数"), str(count)
    if whole.names_total > len(whole.names):
        yield _("提示"), _("登记册中按姓名、地名共查到 %(n)s 项，只列出前 %(shown)s 项。", n=whole.names_total,
                         shown=len(whole.names))  # fmt: skip
    if whole.answer and not whole.answer.is_exact:
        yield _("提示"), _("全文索引当时不可用，只查了一部分案卷，结果不全。")


def _sealed(host: Host, path: Path, target: Path) -> tuple[Path, str]:
    """Seal a file; returns the sealed one and the digest of the plain one."""
    with path.open("rb") as source, target.open("wb") as sink:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(0)
        host.vault.seal_file(source, sink)
    return target, digest


def _work_folder(host: Host) -> Path:
    folder = host.data_dir / "work" / "search"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
