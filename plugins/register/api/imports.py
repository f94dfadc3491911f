"""The JSON API of the import, at ``/api/v1/register/imports``: upload, dry run, faults, apply."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from lindang.errors import BadInput
from lindang.host import Host
from lindang.i18n import _
from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, current_actor, current_host, guard
from plugins.register.permissions import IMPORT_RUN, REGISTER_READ
from plugins.register.queries.imports import ImportLine, fault_lines, import_line, notice_text
from plugins.register.service.importing import confirm_changes, order_apply
from plugins.register.service.upload import take_upload

TAGS = ["登记册导入"]


class ImportUpload(Model):
    """A multipart upload of one 数字化表."""

    file: BaseFile = Field(description="数字化表：.xlsx、.xls、.et、.csv")
    county: str = Field(pattern=r"^\d{6}$", description="县级行政区划代码")


class ImportOrder(Model):
    """How to write a checked import."""

    choice: str = Field(pattern="^(all|good)$", description="all 全部或不导入；good 只导入合格行")
    confirm_changes: bool = Field(False, description="确认对已有行的全部改动")


class FaultQuery(Model):
    """Which faults."""

    refusing: bool = Field(True, description="true 错误（不能导入的格子）；false 其他检查结果")
    offset: int = Field(0, ge=0)
    limit: int = Field(100, ge=1, le=1000)


class ImportSheet(BaseModel):
    """One sheet of the file."""

    model_config = ConfigDict(extra="forbid")

    name: str
    village_code: str
    header_row: int
    rows: int
    verdicts: dict[str, int]
    missing: list[str]
    unknown_headings: list[str]
    notices: list[str]


class ImportAnswer(BaseModel):
    """One import: state, counts and sheets."""

    model_config = ConfigDict(extra="forbid")

    id: int
    county: str
    file_name: str
    sha256: str
    state: str
    reason: str
    counts: dict[str, int]
    sheets: list[ImportSheet]


class ImportFault(BaseModel):
    """One fault of one cell."""

    model_config = ConfigDict(extra="forbid")

    sheet: str
    row: int
    column: str
    field: str
    value: str
    code: str
    severity: str
    message: str
    remedy: str


class ImportFaults(BaseModel):
    """A part of the faults, in the order of the file."""

    model_config = ConfigDict(extra="forbid")

    total: int
    faults: list[ImportFault]


@rest.validate(resp=answers(201, ImportAnswer, 400, 413, 507), tags=TAGS)
@guard(IMPORT_RUN, scope=DIVISION)
def create_import(form: ImportUpload) -> Response:
    """Take a file in (multipart part ``file``) and have it read; nothing is written to the register yet."""
    host, actor = current_host(), current_actor()
    file = request.files.get("file")
    if file is None or not file.filename:
        raise BadInput(_("没有收到文件"), where="file", remedy=_("请用 multipart/form-data 发送 file。"))
    response = _answer(host, take_upload(host, actor, form.county, file))
    response.status_code = 201
    return response


@rest.validate(resp=answers(200, ImportAnswer), tags=TAGS)
@guard(REGISTER_READ, scope=DIVISION)
def get_import(import_id: int) -> Response:
    """Return what became of an import."""
    return _answer(current_host(), import_id)


@rest.validate(resp=answers(200, ImportFaults, 422), tags=TAGS)
@guard(REGISTER_READ, scope=DIVISION)
def get_import_faults(import_id: int, query: FaultQuery) -> Response:
    """Return the faults of an import by cell."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        line = import_line(session, actor, import_id)
        rows, total = fault_lines(session, line, refusing=query.refusing, offset=query.offset, limit=query.limit)
    faults = [
        ImportFault(
            sheet=row.sheet,
            row=row.row_no,
            column=row.column,
            field=row.field,
            value=row.value,
            code=row.code,
            severity=row.severity,
            message=row.sentence,
            remedy=row.remedy,
        )
        for row in rows
    ]
    return jsonify(ImportFaults(total=total, faults=faults).model_dump(mode="json"))


@rest.validate(resp=answers(202, ImportAnswer, 409, 422), tags=TAGS)
@guard(IMPORT_RUN, scope=DIVISION)
def apply_import(import_id: int, json: ImportOrder) -> Response:
    """Have a checked import written; ask for its state until it is ``applied``."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        if json.confirm_changes:
            confirm_changes(uow, import_id, None, confirmed=True)
        order_apply(uow, import_id, json.choice)
    response = _answer(host, import_id)
    response.status_code = 202
    return response


def _answer(host: Host, import_id: int) -> Response:
    actor = current_actor()
    with host.view(actor) as session:
        line = import_line(session, actor, import_id)
    return jsonify(_import(line).model_dump(mode="json"))


def _import(line: ImportLine) -> ImportAnswer:
    return ImportAnswer(
        id=line.id,
        county=line.division_code,
        file_name=line.file_name,
        sha256=line.sha256,
        state=line.state,
        reason=line.reason,
        counts={name: count for name, count in line.counts.items() if isinstance(count, int)},
        sheets=[_sheet(sheet) for sheet in line.sheets],
    )


def _sheet(sheet: Any) -> ImportSheet:
    return ImportSheet(
        name=sheet["name"],
        village_code=sheet["village_code"],
        header_row=sheet["header_row"],
        rows=sheet["rows"],
        verdicts=sheet["verdicts"],
        missing=sheet["missing"],
        unknown_headings=list(sheet["strange"].values()),
        notices=[notice_text(notice) for notice in sheet["notices"]],
    )


RULES: Final = (
    ("/imports", create_import, ("POST",)),
    ("/imports/<int:import_id>", get_import, ("GET",)),
    ("/imports/<int:import_id>/faults", get_import_faults, ("GET",)),
    ("/imports/<int:import_id>/apply", apply_import, ("POST",)),
)
