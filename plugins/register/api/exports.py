"""The JSON API of the exports, at ``/api/v1/register/exports``: order one, ask for its state, fetch its file."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from flask import Response, jsonify
from pydantic import BaseModel, ConfigDict, Field

from lindang.host import Host
from lindang.rest import Model, answers, rest
from lindang.web import DIVISION, FILE_POLICY, current_actor, current_host, guard
from models.register_export import DATA
from plugins.register.adapters.mapping_files import target_named
from plugins.register.description import export_values
from plugins.register.permissions import EXPORT
from plugins.register.queries.exports import export_line
from plugins.register.service.exporting import (
    ExportOrder,
    mapping_folder,
    order_export,
    run_if_small,
    take_file_away,
)
from plugins.register.service.sealed import read_unsealed

TAGS = ["登记册导出"]


class ExportRequest(Model):
    """What to export."""

    division: str = Field(pattern=r"^(\d{6}|\d{9}|\d{12})$", description="县、乡镇或村的区划代码")
    target: str = Field(
        "szhb", max_length=60, description="szhb 数字化表；qlt_ql_lq 登记库林权表；或映射文件夹中的文件名"
    )
    format: str = Field("xlsx", pattern="^(xlsx|csv_utf8|csv_gb18030)$")
    with_id_numbers: bool = Field(False, description="含完整证件号码；须有权限并写明 purpose")
    purpose: str = Field("", max_length=500, description="导出完整证件号码的事由")
    anyway: bool = Field(False, description="true：目标会拒收的行也写入文件；false：有拒收的行就不生成文件")


class ExportFault(BaseModel):
    """Why the target would refuse one value."""

    model_config = ConfigDict(extra="forbid")

    column: str
    title: str
    code: str
    message: str


class ExportRefusal(BaseModel):
    """One row that the target would refuse."""

    model_config = ConfigDict(extra="forbid")

    village_code: str
    seq: str
    cert_no: str
    parcel_no: str
    faults: list[ExportFault]


class ExportAnswer(BaseModel):
    """One export; ``refusals`` are the first hundred refused rows."""

    model_config = ConfigDict(extra="forbid")

    id: int
    division: str
    target: str
    format: str
    with_id_numbers: bool
    state: str
    rows: int
    refused: int
    refusals: list[ExportRefusal]
    file_name: str
    bytes: int
    sha256: str


@rest.validate(resp=answers(201, ExportAnswer, 400, 422), tags=TAGS)
@guard(EXPORT, scope=DIVISION)
def create_export(json: ExportRequest) -> Response:
    """Order an export; ask for its state until it is ``made``, or ``held`` because the target would refuse rows."""
    host = current_host()
    order = ExportOrder(
        place=json.division,
        target=target_named(mapping_folder(host), json.target),
        form=json.format,
        with_id_numbers=json.with_id_numbers,
        purpose=json.purpose,
        is_forced=json.anyway,
    )
    with host.uow(current_actor()) as uow:
        ordered = order_export(uow, order)
    run_if_small(host, ordered)
    response = _answer(host, ordered.export_id)
    response.status_code = 201
    return response


@rest.validate(resp=answers(200, ExportAnswer), tags=TAGS)
@guard(EXPORT, scope=DIVISION)
def get_export(export_id: int) -> Response:
    """Return what became of an export."""
    return _answer(current_host(), export_id)


@rest.validate(resp=answers(200), tags=TAGS)
@guard(EXPORT, scope=DIVISION)
def get_export_file(export_id: int) -> Response:
    """Return the file's bytes, to the person who had it made; every time is a line in the journal."""
    host = current_host()
    with host.uow(current_actor()) as uow:
        file = take_file_away(uow, export_id, DATA)
    # in one piece: the API's documenting layer cannot pass a stream through
    answer = Response(read_unsealed(host, file.sha256), mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.file_name)}"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


def _answer(host: Host, export_id: int) -> Response:
    actor = current_actor()
    with host.view(actor) as session:
        line = export_line(session, actor, export_id)
    return jsonify(ExportAnswer(**export_values(line)).model_dump(mode="json"))


RULES: Final = (
    ("/exports", create_export, ("POST",)),
    ("/exports/<int:export_id>", get_export, ("GET",)),
    ("/exports/<int:export_id>/file", get_export_file, ("GET",)),
)
