"""The papers come in: the households' folders by the command that offices use, with loose and spoilt scans between them."""

from __future__ import annotations

import io
import shutil
from urllib.parse import urlencode

import pikepdf
from sqlalchemy import select

from lindang.errors import PermanentFailure
from models.archive import ArchiveFile
from models.intake import FAILED, SORTING, IntakeFile
from plugins.demo.adapters.worker import run_command
from plugins.demo.domain.cast import ARCHIVIST
from plugins.demo.domain.numbers import VILLAGE_CODE
from plugins.demo.drawing.render import render_loose
from plugins.demo.service.stage import Stage

_RECORDS_CLASS = "FA03"
_PORTION = 10
_HTML = "<!doctype html><title>登录</title><p>下载扫描件之前请先登录（虚构）</p>"


def take_in_scans(stage: Stage) -> None:
    """Hand over the folders of the households as they are drawn, at last with what lies loose beside them.

    Nothing is waited for: the worker files the first folders while the last are being drawn. Recognition comes later.
    """
    while stage.drawing.advance(_PORTION):
        _take_in(stage)
    _lay_beside(stage)
    _take_in(stage)


def _take_in(stage: Stage) -> None:
    """Take in the folder of scans; what it held the last time is known."""
    run_command(stage.host, "ingest", "folder", str(stage.drawing.scans), "--village", VILLAGE_CODE, "--ocr", "off")


def wait_until_filed(stage: Stage) -> None:
    """Wait until every file is decided.

    Raises:
        PermanentFailure: a household has no 案卷, or the loose and spoilt files are not where they belong.
    """
    stage.settle()
    with stage.host.view() as session:
        filed = set(session.scalars(select(ArchiveFile.folder_name)))
        states = set(session.scalars(select(IntakeFile.state)))
    missing = [one.folder for one in stage.truth.households if one.folder not in filed]
    if missing or not {SORTING, FAILED} <= states:
        raise PermanentFailure(f"not filed: {', '.join(missing)}; files are {', '.join(sorted(states))}")


def _lay_beside(stage: Stage) -> None:
    """Lay scans beside the folders that belong nowhere yet, the village's own records, and files that nobody can read."""
    for household in stage.village.households:
        for doc_type in sorted(household.absent):
            name = f"IMG_{4100 + household.index:04d}.jpg"
            render_loose(stage.truth.scans, name, stage.village, household, doc_type=doc_type, dpi=stage.dpi)
    for file in stage.truth.village_files:
        shutil.copyfile(stage.truth.records / file.relative_path, stage.truth.scans / file.relative_path)
    _spoil(stage)


def _spoil(stage: Stage) -> None:
    """Add three files that end in the failed lane: cut off, locked, and no picture at all."""
    scans = stage.truth.scans
    whole = (scans / stage.truth.households[0].file("D10").relative_path).read_bytes()
    (scans / "传输中断的扫描.jpg").write_bytes(whole[: len(whole) // 3])
    (scans / "加密的合同.pdf").write_bytes(_locked())
    (scans / "网页另存为.jpg").write_text(_HTML, encoding="utf-8")


def _locked() -> bytes:
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    out = io.BytesIO()
    document.save(out, encryption=pikepdf.Encryption(user="yanshi", owner="yanshi"))
    return out.getvalue()


def file_records(stage: Stage) -> None:
    """Open a 案卷 for the village's records and sort two of the three onto it; the rest stays on the desk."""
    visitor, village = stage.visitor(ARCHIVIST), stage.village
    address, title = "/catalogue/files/new", f"{village.name}林改方案、决议和公示"
    opened = visitor.submit(
        visitor.open(address),
        address,
        class_code=_RECORDS_CLASS,
        division_code=village.code,
        year=village.voted_on.year,
        title=title,
        box_no="综合001",
    )
    file_id = opened.path.rsplit("/", 1)[1]
    for file in stage.truth.village_files:
        if file.doc_type:
            desk = f"/ingest/desk/{_waiting(stage, file.relative_path)}"
            # The desk offers likely files first; this one has to be looked up by its title.
            page = visitor.open(f"{desk}?{urlencode({'q': title})}")
            visitor.submit(page, desk, target=file_id, doc_type=file.doc_type, title=file.title)


def _waiting(stage: Stage, relative_path: str) -> int:
    query = select(IntakeFile.id).where(IntakeFile.relative_path == relative_path, IntakeFile.state == SORTING)
    with stage.host.view() as session:
        return session.scalars(query).one()


def queue_recognition(stage: Stage) -> None:
    """Have all pages read in the background once the server runs; nobody waits for it."""
    run_command(stage.host, "ingest", "recognise", "--division", VILLAGE_CODE)
