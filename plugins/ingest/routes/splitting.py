"""Cutting a stack from the sorting desk into papers: the strip of pages, and the person's decision."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, Fault, Faults
from lindang.host import Host
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from models.intake import SORTING
from plugins.ingest.adapters.parts import DIVISIBLE
from plugins.ingest.domain.cutting import Part, pages_between, separator_pages
from plugins.ingest.permissions import FILE_SORT
from plugins.ingest.queries.desk import DeskFile, desk_stack
from plugins.ingest.queries.places import choosable_divisions
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.queries.splitting import cut_values, file_ids, known_files, proposal_of, village_of
from plugins.ingest.queries.stacks import PAGE_FILES
from plugins.ingest.service.claims import claim, holder_of, release
from plugins.ingest.service.desk import note_viewing
from plugins.ingest.service.receive import find_file
from plugins.ingest.service.splitting import order_split
from plugins.ingest.tools import naming_of

_MOST_CUTS: Final = 5000


class CutValues(BaseModel):
    """One cut as the page sends it."""

    model_config = ConfigDict(extra="ignore")

    first: int = Field(ge=1)
    starts_file: bool
    is_sure: bool = True
    doc_type: str = Field("", max_length=6)
    title: str = Field("", max_length=200)
    file: str = Field("", max_length=80)
    holder: str = Field("", max_length=60)
    village: str = Field("", max_length=12)


class Decision(BaseModel):
    """What the page sends: the cuts in order, and the pages that no paper holds."""

    model_config = ConfigDict(extra="forbid")

    pages: int
    cuts: list[CutValues] = Field(max_length=_MOST_CUTS)
    left_out: list[int] = Field(max_length=20_000)


@guard(FILE_SORT, scope=DIVISION)
def split(file_id: int) -> ResponseReturnValue:
    """Show the pages of a stack with the proposed cuts, and take the person's cuts."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        waiting = desk_stack(session, actor, file_id, naming_of(host))
    if waiting.id != file_id:
        return redirect(url_for("ingest.split", file_id=waiting.id))
    if waiting.record.format not in (*DIVISIBLE, PAGE_FILES) or len(waiting.record.pages) < 2:
        raise BadInput(_("这个文件只有一页，或不是 PDF、TIFF，不能拆分"), remedy=_("请在分拣台归档。"))
    if request.method == "POST":
        return _order(host, actor, waiting)
    with host.uow(actor) as uow:
        note_viewing(uow, file_id)
    with host.view(actor) as session:
        holder = holder_of(session, actor, file_id, host.clock.now())
        proposal = proposal_of(waiting.record, naming_of(host))
        cuts = cut_values(session, actor, waiting.division_code, proposal.cuts)
        return _page(session, actor, waiting, cuts, sorted(proposal.left_out), holder=holder)


def _order(host: Host, actor: Actor, waiting: DeskFile) -> ResponseReturnValue:
    decision = _decision()
    try:
        with host.view(actor) as session:
            parts = _parts(session, actor, waiting, decision)
        with host.uow(actor) as uow:
            order_split(uow, waiting.id, parts, pages=decision.pages)
    except Faults as faults:
        cuts = [cut.model_dump() for cut in decision.cuts]
        with host.view(actor) as session:
            told = [str(fault) for fault in faults.faults]
            page = _page(session, actor, waiting, cuts, decision.left_out, faults=told)
        return page, 422
    notify(_("正在拆分为 %(n)s 件，完成后在收件中查看", n=len(parts)))
    return redirect(url_for("ingest.desk"))


def _decision() -> Decision:
    try:
        return Decision.model_validate(json.loads(request.form.get("decision", "")))
    except (ValueError, ValidationError) as error:
        raise BadInput(_("没有收到拆分的内容"), remedy=_("请刷新后重试。")) from error


def _parts(session: Session, actor: Actor, waiting: DeskFile, decision: Decision) -> tuple[Part, ...]:
    numbers = [page.page_no for page in waiting.record.pages]
    try:
        spans = pages_between([cut.first for cut in decision.cuts], numbers, frozenset(decision.left_out))
    except ValueError as error:
        fault = Fault("pages", _("每一页都要属于一件"), _("第一件要从第一张归档的页开始。"))
        raise Faults(_("没有拆分"), [fault]) from error
    codes = {cut.file.strip() for cut in decision.cuts if cut.starts_file and cut.file.strip()}
    known = file_ids(session, actor, waiting.division_code[:6], codes)
    unknown = sorted(codes - set(known))
    if unknown:
        raise Faults(_("没有拆分"), [Fault(code, _("没有这个案卷"), _("请核对档号。")) for code in unknown])
    return tuple(
        Part(
            pages=pages,
            starts_file=cut.starts_file,
            doc_type=cut.doc_type,
            title=cut.title,
            archive_file_id=known.get(cut.file.strip()) if cut.starts_file else None,
            village=cut.village,
            holder=cut.holder,
        )
        for cut, pages in zip(decision.cuts, spans, strict=True)
    )


def _page(
    session: Session,
    actor: Actor,
    waiting: DeskFile,
    cuts: list[dict[str, Any]],
    left_out: list[int],
    *,
    holder: str = "",
    faults: list[str] | None = None,
) -> str:
    sheets = separator_pages(waiting.record.pages)
    pages = [
        {
            "number": page.page_no,
            "image": _picture(waiting, page.page_no, "view"),
            "thumb": _picture(waiting, page.page_no, "thumb"),
            "may_go": page.page_no in sheets or page.is_blank,
            "is_sheet": page.page_no in sheets,
        }
        for page in waiting.record.pages
    ]
    return render_template(
        "ingest/split.html",
        file=waiting,
        pages=pages,
        cuts=cuts,
        left_out=left_out,
        holder=holder,
        faults=faults or [],
        titles=doc_titles(session),
        village=village_of(waiting.division_code),
        villages=choosable_divisions(session, actor, "village"),
        known=known_files(session, actor, waiting.division_code[:12]),
    )


def _picture(waiting: DeskFile, number: int, role: str) -> str:
    """Return the address of a page's picture: of the one file, or of the page's own."""
    if len(waiting.files) == 1:
        return url_for("ingest.picture", file_id=waiting.id, page_no=number, role=role)
    return url_for("ingest.picture", file_id=waiting.files[number - 1], page_no=1, role=role)


@guard(FILE_SORT, scope=DIVISION)
def hold(file_id: int) -> ResponseReturnValue:
    """Keep a file for the person whose page reports, or give it free when the page is left; says who holds it."""
    with current_host().uow(current_actor()) as uow:
        find_file(uow, file_id, SORTING)
        if request.form.get("free"):
            release(uow, file_id)
            return {"holder": ""}
        return {"holder": claim(uow, file_id)}
