"""Background work of the intake: parse and file what came in, read the pages afterwards.

Filing never waits for recognition: ``ingest.recognise`` runs ``ocr_workers`` times at most (once, unless told otherwise) and
leaves the other workers to ``ingest.process``. Both skip what is done by looking at the rows, so that a killed worker repeats at most one page.
"""

from __future__ import annotations

import time

import structlog

from lindang.errors import NoSpace, PermanentFailure, Unavailable
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from models.intake import NO_ROOM, RECEIVED, IntakeFile
from plugins.ingest.adapters.engines import version_of
from plugins.ingest.domain.reasons import Refused
from plugins.ingest.domain.record import ScanRecord, TextRecord
from plugins.ingest.domain.targets import Target
from plugins.ingest.domain.wording import explain
from plugins.ingest.service.derivatives import rebuild_item
from plugins.ingest.service.engine import engine_for_file, engine_for_target
from plugins.ingest.service.filing import accept_scan, file_ready, refuse_scan
from plugins.ingest.service.halting import halt_of, halt_run, wake
from plugins.ingest.service.layers import make_layer
from plugins.ingest.service.quality import check_item
from plugins.ingest.service.reading import (
    UnreadPage,
    finish_item,
    keep_file_text,
    keep_text,
    pages_to_read_again,
    place_by_text,
    unread_desk_pages,
    unread_pages,
)
from plugins.ingest.service.room import refuse_without_room, room_of
from plugins.ingest.service.scanning import scan_stored, sealed_text
from plugins.ingest.service.turns import waiting_files
from plugins.ingest.service.watching import start_watching
from plugins.ingest.tools import UPLOAD_PATIENCE, reader_of, sandbox_of, settings_of, wipe_folder, work_folder

log = structlog.get_logger()


def process(context: JobContext, argument: str) -> None:
    """Parse one received file and file it; a file that cannot be parsed goes to the failed lane with its reason."""
    host, file_id = context.host, int(argument)
    with host.view() as session:
        row = session.get_one(IntakeFile, file_id)
    if row.state != RECEIVED or _stands_still(host, file_id=file_id):
        return
    engine = engine_for_file(host, file_id)
    actor = host.system_actor()
    if row.scan is not None:
        with host.uow(actor) as uow:
            context.still_mine(uow.session)
            file_ready(uow, uow.session.get_one(IntakeFile, file_id), engine)
        return
    started = time.monotonic()
    try:
        record = _scan(host, row.sha256)
    except Refused as refused:
        with host.uow(actor) as uow:
            context.still_mine(uow.session)
            refuse_scan(uow, file_id, refused, engine, seconds=time.monotonic() - started)
        return
    except NoSpace:
        halt_run(host, row.run_id, NO_ROOM)
        return
    with host.uow(actor) as uow:
        context.still_mine(uow.session)
        accept_scan(uow, file_id, record, engine)


def _scan(host: Host, sha256: str) -> ScanRecord:
    """Parse a stored file. Raises Refused for what is wrong with it, NoSpace when there is no room to tell."""
    try:
        return scan_stored(host, sha256)
    except Refused:
        refuse_without_room(host)
        raise


def _stands_still(host: Host, *, file_id: int = 0, item_id: int = 0) -> bool:
    """Tell whether the run of a file or item stands still; one for which there is no room does from now on."""
    with host.view() as session:
        run_id, halt = halt_of(session, file_id=file_id, item_id=item_id)
    if run_id and not halt and not room_of(host).is_enough:
        halt_run(host, run_id, NO_ROOM)
        return True
    return bool(halt)


def wake_up(context: JobContext, _argument: str) -> None:
    """Let runs go on that stood still for want of room or of their source, and those that were cut off."""
    wake(context.host)


def catch_up(context: JobContext, _argument: str) -> None:
    """Decide parsed files that waited for one whose job has failed for good since: nobody else would come back to them."""
    host = context.host
    with host.view() as session:
        waiting = waiting_files(session)
    for file_id in waiting:
        engine = engine_for_file(host, file_id)
        with host.uow(host.system_actor()) as uow:
            context.still_mine(uow.session)
            file_ready(uow, uow.session.get_one(IntakeFile, file_id), engine)


def recognise(context: JobContext, argument: str) -> None:
    """Read the pages of an item, or those of a file on the sorting desk (see ``domain.targets``)."""
    target = Target.parse(argument)
    ids = {"file_id": target.id} if target.is_desk_file else {"item_id": target.id}
    if _stands_still(context.host, **ids):
        return
    engine = engine_for_target(context.host, target)
    if not engine:
        log.info("ingest.no_engine", target=argument)
    elif target.is_desk_file:
        _recognise_desk_file(context, target.id, engine)
    else:
        _recognise_item(context, target, engine)


def _recognise_item(context: JobContext, target: Target, engine: str) -> None:
    host, item_id = context.host, target.id
    version = version_of(engine) if target.again else ""
    with host.view() as session:
        again = target.again
        pages = pages_to_read_again(session, item_id, engine, version) if again else unread_pages(session, item_id)
    faults: list[str] = []
    for done, page in enumerate(pages):
        context.progress(done, len(pages), _("第 %(n)s 页", n=page.page_no))
        text = _read(host, engine, page, faults)
        if text is not None:
            with host.uow(host.system_actor()) as uow:
                context.still_mine(uow.session)
                keep_text(uow, page.id, text)
    _refuse_faults(faults)
    context.progress(len(pages), len(pages))
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        finish_item(uow, item_id, engine, len(pages))


def _recognise_desk_file(context: JobContext, file_id: int, engine: str) -> None:
    host = context.host
    with host.view() as session:
        pages = unread_desk_pages(session, file_id)
    faults: list[str] = []
    for done, page in enumerate(pages):
        context.progress(done, len(pages), _("第 %(n)s 页", n=page.page_no))
        text = _read(host, engine, page, faults)
        if text is not None:
            with host.uow(host.system_actor()) as uow:
                context.still_mine(uow.session)
                keep_file_text(uow, file_id, page.page_no, text)
    _refuse_faults(faults)
    context.progress(len(pages), len(pages))
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        place_by_text(uow, file_id)


def _read(host: Host, engine: str, page: UnreadPage, faults: list[str]) -> TextRecord | None:
    """Read one page; what goes wrong is noted, so that one bad page does not keep the others unread."""
    path, dpi = host.storage.path(page.sha256), page.dpi or settings_of(host).view_dpi
    try:
        return sealed_text(host.vault, reader_of(host, engine).read(path, dpi))
    except Refused as refused:
        why = explain(refused.code, refused.detail)
        faults.append(_("第 %(n)s 页：%(why)s", n=page.page_no, why=why))
        return None


def _refuse_faults(faults: list[str]) -> None:
    if faults:
        raise Unavailable(";".join(faults), remedy=_("将自动重试；仍不成可在任务中心重试，或检查识别引擎。"))


def layer(context: JobContext, argument: str) -> None:
    """Make the PDF with a text layer of an item whose pages are all read."""
    make_layer(context, int(argument))


def quality(context: JobContext, argument: str) -> None:
    """Measure and judge the images of an item; ``again`` behind its id measures also what was measured."""
    item_id, _colon, again = argument.partition(":")
    try:
        check_item(context, int(item_id), again=bool(again))
    except Refused as refused:
        refuse_without_room(context.host)
        raise PermanentFailure(explain(refused.code, refused.detail)) from refused


def derivatives(context: JobContext, argument: str) -> None:
    """Make the derivatives of an item again from its originals."""
    try:
        rebuild_item(context, int(argument))
    except Refused as refused:
        refuse_without_room(context.host)
        raise PermanentFailure(explain(refused.code, refused.detail)) from refused


def start_worker(host: Host) -> None:
    """Remove what a killed worker left in the work folders and begin to watch; runs before any job."""
    sandbox_of(host).wipe()
    wipe_folder(work_folder(host, "read"))
    wipe_folder(work_folder(host, "layer"))
    wipe_folder(work_folder(host, "split"))
    wipe_folder(work_folder(host, "upload"), older_than=UPLOAD_PATIENCE)
    start_watching(host)
