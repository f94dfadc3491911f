"""The JSON API of the intake, at ``/api/v1/ingest``: upload scans, ask what became of them."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from lindang.errors import BadInput
from lindang.i18n import _, local_time
from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from models.intake import UPLOAD
from plugins.ingest.permissions import RUN_CREATE, RUN_READ
from plugins.ingest.queries.runs import FileLine, file_line, file_lines, run_line
from plugins.ingest.service.receive import RunDraft, open_run
from plugins.ingest.service.uploads import take_upload

TAGS = ["收件"]
MOST_FILES = 1000


class UploadForm(Model):
    """A multipart upload; one file per request."""

    file: BaseFile = Field(description="扫描件：JPEG、PNG、TIFF 或 PDF")
    division: str = Field("", pattern=r"^\d{0,12}$", description="行政区划代码；给了 run 的可省略")
    run: int | None = Field(None, description="收件号；省略则新建一次收件")
    relative_path: str = Field("", max_length=500, description="如 0037 张三/01-林权登记申请表.jpg；户文件夹决定案卷")
    ocr: str = Field(
        "auto", pattern="^(auto|off|tesseract|rapidocr|rapidocr-fast)$", description="识别引擎（新建收件时）"
    )


class IntakeFileAnswer(BaseModel):
    """One intake file."""

    model_config = ConfigDict(extra="forbid")

    id: int
    run: int
    path: str
    state: str
    item: str | None
    item_id: int | None
    pages: int
    seconds: float
    reason: str
    remedy: str


class RunAnswer(BaseModel):
    """One run with its files."""

    model_config = ConfigDict(extra="forbid")

    id: int
    name: str
    division: str
    counts: dict[str, int]
    files: list[IntakeFileAnswer]


def blueprint() -> Blueprint:
    """Return the API of the intake."""
    bp = Blueprint("ingest_api", __name__)
    bp.add_url_rule("/uploads", view_func=create_upload, methods=["POST"])
    bp.add_url_rule("/uploads/<int:file_id>", view_func=get_upload)
    bp.add_url_rule("/runs/<int:run_id>", view_func=get_run)
    return bp


@rest.validate(resp=answers(201, IntakeFileAnswer, 400, 409, 413, 507), tags=TAGS)
@guard(RUN_CREATE, scope=DIVISION)
def create_upload(form: UploadForm) -> Response:
    """Take one file in (multipart part ``file``) and have it filed at once; the same content is never filed twice."""
    host, actor = current_host(), current_actor()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise BadInput(_("没有收到文件"), where="file", remedy=_("请用 multipart/form-data 发送 file。"))
    run_id = form.run
    if run_id is None:
        moment = local_time(host.clock.now()).strftime("%Y-%m-%d %H:%M:%S")
        draft = RunDraft(kind=UPLOAD, name=f"API {moment}", division_code=form.division, ocr=form.ocr)
        with host.uow(actor) as uow:
            run_id = open_run(uow, draft).id
    received = take_upload(host, actor, run_id, file, form.relative_path)
    with host.view(actor) as session:
        line = file_line(session, actor, received.file_id or 0)
    response = jsonify(_file(line).model_dump(mode="json"))
    response.status_code = 201
    return response


@rest.validate(resp=answers(200, IntakeFileAnswer), tags=TAGS)
@guard(RUN_READ, scope=DIVISION)
def get_upload(file_id: int) -> Response:
    """Return what became of an uploaded file."""
    with current_host().view(current_actor()) as session:
        line = file_line(session, current_actor(), file_id)
    return jsonify(_file(line).model_dump(mode="json"))


@rest.validate(resp=answers(200, RunAnswer), tags=TAGS)
@guard(RUN_READ, scope=DIVISION)
def get_run(run_id: int) -> Response:
    """Return a run with its files (the first thousand) in the order in which they came."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        line = run_line(session, actor, run_id)
        files, _total = file_lines(session, actor, run_id=run_id, limit=MOST_FILES)
    answer = RunAnswer(
        id=line.id,
        name=line.name,
        division=line.division_code,
        counts=dict(line.counts.by_state),
        files=[_file(each) for each in files],
    )
    return jsonify(answer.model_dump(mode="json"))


def _file(line: FileLine) -> IntakeFileAnswer:
    return IntakeFileAnswer(
        id=line.id,
        run=line.run_id,
        path=line.path,
        state=line.state,
        item=line.item_code or None,
        item_id=line.item_id,
        pages=line.pages,
        seconds=line.seconds,
        reason=line.reason,
        remedy=line.remedy,
    )
