"""The papers come in: the households' folders by the command that offices use, loose and spoilt scans for desk and failed lane."""

from __future__ import annotations

import io

import pikepdf
from sqlalchemy import select

from lindang.errors import PermanentFailure
from models.archive import ArchiveFile
from models.intake import FAILED, SORTING, IntakeFile
from plugins.demo.adapters.worker import run_command
from plugins.demo.domain.numbers import VILLAGE_CODE
from plugins.demo.domain.values import Household
from plugins.demo.drawing.render import render_loose
from plugins.demo.service.stage import Stage

LOOSE = "散件"
_HTML = "<!doctype html><title>登录</title><p>下载扫描件之前请先登录(虚构)</p>"


def take_in_households(stage: Stage) -> None:
    """Take in the folder of all households and wait until every file is filed; recognition comes later."""
    run_command(stage.host, "ingest", "folder", str(stage.truth.scans), "--village", VILLAGE_CODE, "--ocr", "off")
    stage.settle()
    with stage.host.view() as session:
        found = set(session.scalars(select(ArchiveFile.folder_name)))
    missing = [one.folder for one in stage.truth.households if one.folder not in found]
    if missing:
        raise PermanentFailure(f"not filed: {', '.join(missing)}")


def take_in_loose_scans(stage: Stage) -> None:
    """Take in scans that belong nowhere yet, and files that nobody can read."""
    folder = stage.papers / LOOSE
    for household in stage.truth.village.households:
        for doc_type in sorted(household.absent):
            _draw_loose(stage, household, doc_type)
    _spoil(stage)
    run_command(stage.host, "ingest", "folder", str(folder), "--village", VILLAGE_CODE, "--ocr", "off")
    stage.settle()
    with stage.host.view() as session:
        states = set(session.scalars(select(IntakeFile.state)))
    if not {SORTING, FAILED} & states:
        raise PermanentFailure(f"nothing waits on the sorting desk or in the failed lane, only {sorted(states)}")


def _draw_loose(stage: Stage, household: Household, doc_type: str) -> None:
    """Draw the paper that the household's folder lacks, under a name that says nothing."""
    name = f"IMG_{4100 + household.index:04d}.jpg"
    render_loose(stage.papers / LOOSE, name, stage.truth.village, household, doc_type=doc_type, dpi=stage.dpi)


def _spoil(stage: Stage) -> None:
    """Put three files beside them that end in the failed lane: cut off, locked, and no picture at all."""
    folder = stage.papers / LOOSE
    folder.mkdir(parents=True, exist_ok=True)
    first = stage.truth.households[0]
    source = stage.truth.scans / first.file("D10").relative_path
    whole = source.read_bytes()
    (folder / "传输中断的扫描.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "加密的合同.pdf").write_bytes(_locked())
    (folder / "网页另存为.jpg").write_text(_HTML, encoding="utf-8")


def _locked() -> bytes:
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    out = io.BytesIO()
    document.save(out, encryption=pikepdf.Encryption(user="yanshi", owner="yanshi"))
    return out.getvalue()


def queue_recognition(stage: Stage) -> None:
    """Have all pages read in the background once the server runs; nobody waits for it."""
    run_command(stage.host, "ingest", "recognise", "--division", VILLAGE_CODE)
