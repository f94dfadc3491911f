"""Background work of the intake: parse and file what came in, read the pages afterwards.

Filing never waits for recognition: ``ingest.recognise`` runs once at a time and leaves the other workers to
``ingest.process``. Both skip what is done by looking at the rows, so that a killed worker repeats at most one page.
"""

from __future__ import annotations

from pathlib import Path

import structlog

from lindang.errors import Unavailable
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from models.intake import RECEIVED, IntakeFile, IntakeRun
from plugins.ingest.adapters.engines import OFF, choose
from plugins.ingest.domain.reasons import Refused
from plugins.ingest.domain.record import TextRecord
from plugins.ingest.domain.targets import Target
from plugins.ingest.domain.wording import explain
from plugins.ingest.queries.wishes import wanted_engine
from plugins.ingest.service.filing import accept_scan, file_ready, refuse_scan
from plugins.ingest.service.reading import (
    desk_record,
    finish_item,
    keep_file_text,
    keep_text,
    place_by_text,
    unread_pages,
)
from plugins.ingest.service.scanning import scan_stored, sealed_text
from plugins.ingest.tools import reader_of, sandbox_of, settings_of

log = structlog.get_logger()


def process(context: JobContext, argument: str) -> None:
    """Parse one received file and file it; a file that cannot be parsed goes to the failed lane with its reason."""
    host, file_id = context.host, int(argument)
    with host.view() as session:
        row = session.get_one(IntakeFile, file_id)
        wanted = session.get_one(IntakeRun, row.run_id).profile.get("ocr") or "auto"
    if row.state != RECEIVED:
        return
    engine = engine_for(host, wanted)
    actor = host.system_actor()
    if row.scan is not None:
        with host.uow(actor) as uow:
            context.still_mine(uow.session)
            file_ready(uow, uow.session.get_one(IntakeFile, file_id), engine)
        return
    try:
        record = scan_stored(host, row.sha256)
    except Refused as refused:
        with host.uow(actor) as uow:
            context.still_mine(uow.session)
            refuse_scan(uow, file_id, refused, engine)
        return
    with host.uow(actor) as uow:
        context.still_mine(uow.session)
        accept_scan(uow, file_id, record, engine)


def engine_for(host: Host, wanted: str) -> str:
    """Return the engine that will read for a run (``auto``: the one of the settings), empty when none will."""
    setting = settings_of(host).ocr if wanted in ("", "auto") else wanted
    engine = choose(setting).engine
    return "" if engine == OFF else engine


def recognise(context: JobContext, argument: str) -> None:
    """Read the pages of an item, or those of a file on the sorting desk (see ``domain.targets``)."""
    host, target = context.host, Target.parse(argument)
    with host.view() as session:
        wanted = wanted_engine(session, target)
    engine = engine_for(host, wanted)
    if not engine:
        log.info("ingest.no_engine", target=argument)
    elif target.is_desk_file:
        _recognise_desk_file(context, target.id, engine)
    else:
        _recognise_item(context, target.id, engine)


def _recognise_item(context: JobContext, item_id: int, engine: str) -> None:
    host = context.host
    with host.view() as session:
        pages = unread_pages(session, item_id)
    faults: list[str] = []
    for number, (page_id, sha256, dpi) in enumerate(pages, start=1):
        context.progress(number - 1, len(pages), _("第 %(n)s 页", n=number))
        text = _read(host, engine, sha256, dpi, number, faults)
        if text is not None:
            with host.uow(host.system_actor()) as uow:
                context.still_mine(uow.session)
                keep_text(uow, page_id, text)
    _refuse_faults(faults)
    context.progress(len(pages), len(pages))
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        finish_item(uow, item_id, engine, len(pages))


def _recognise_desk_file(context: JobContext, file_id: int, engine: str) -> None:
    host = context.host
    with host.view() as session:
        record = desk_record(session, file_id)
    pages = [page for page in record.pages if page.wants_reading] if record else []
    faults: list[str] = []
    for done, page in enumerate(pages):
        context.progress(done, len(pages), _("第 %(n)s 页", n=page.page_no))
        text = _read(host, engine, page.view.sha256, page.view.dpi, page.page_no, faults)
        if text is not None:
            with host.uow(host.system_actor()) as uow:
                context.still_mine(uow.session)
                keep_file_text(uow, file_id, page.page_no, text)
    _refuse_faults(faults)
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        place_by_text(uow, file_id)


def _read(host: Host, engine: str, sha256: str, dpi: int, number: int, faults: list[str]) -> TextRecord | None:
    """Read one page; what goes wrong is noted, so that one bad page does not keep the others unread."""
    path: Path = host.storage.path(sha256)
    try:
        return sealed_text(host.vault, reader_of(host, engine).read(path, dpi or settings_of(host).view_dpi))
    except Refused as refused:
        faults.append(_("第 %(n)s 页:%(why)s", n=number, why=explain(refused.code, refused.detail)))
        return None


def _refuse_faults(faults: list[str]) -> None:
    if faults:
        raise Unavailable(";".join(faults), remedy=_("将自动重试;仍不成可在任务中心重试,或检查识别引擎。"))


def clean_up(host: Host) -> None:
    """Remove what a killed worker left in the work folders; runs when the worker starts, before any job."""
    sandbox_of(host).wipe()
