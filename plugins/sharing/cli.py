"""``lindang sharing``: agencies and the record of queries on the command line."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sys
from pathlib import Path

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.errors import VIOLATIONS_EXIT_CODE, Faults
from lindang.host import Host
from lindang.i18n import format_when
from plugins.sharing.description import describe_agreement
from plugins.sharing.domain.days import office_day
from plugins.sharing.queries.agencies import agency_rows
from plugins.sharing.queries.excerpts import excerpt_page
from plugins.sharing.queries.inbox import STATES, inbox_page
from plugins.sharing.queries.lists import list_page
from plugins.sharing.queries.log import LogFilter, log_lines
from plugins.sharing.service.inbox import delivering_agreement, digest_of_file, keep_delivery, read_workbook, receive
from plugins.sharing.service.lists import order_list
from plugins.sharing.service.verifying import ALTERED, GENUINE, UNKNOWN, verify_code, verify_file

_MOST = 1_000_000
_WORDS = {GENUINE: "相符", ALTERED: "不符", UNKNOWN: "查无此证明"}


@click.group("sharing")
def sharing() -> None:
    """信息共享。"""


@sharing.command("agencies")
@click.option("--json", "as_json", is_flag=True, help="每个单位一行 JSON")
@with_host
def list_agencies(host: Host, as_json: bool) -> None:
    """列出共享单位:协议、可查的区划、今天的查询次数。"""
    actor, now = cli_actor(), host.clock.now()
    today = office_day(now)
    with host.view(actor) as session:
        rows = agency_rows(session, actor, now, today)
    for row in rows:
        agreed = row.agreement
        if as_json:
            described = describe_agreement(agreed, row.used_today, agreed.obstacle(today))
            emit_json({"id": agreed.id, **described, "live_keys": row.live_tokens})
        else:
            used = f"今天 {row.used_today}/{agreed.daily_quota} 次"
            click.echo(f"{agreed.id}  {agreed.name}  {'、'.join(agreed.prefixes)}  {used}  {agreed.state_words(today)}")


@sharing.command("log")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="从哪一天起")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="到哪一天止")
@click.option("--agency", type=int, help="只列这个单位（序号见 lindang sharing agencies）")
@click.option("--limit", type=click.IntRange(1, _MOST), default=100, show_default=True, help="最多几条，新的在前")
@click.option("--json", "as_json", is_flag=True, help="每次查询一行 JSON")
@with_host
def list_queries(
    host: Host, *, since: dt.datetime | None, until: dt.datetime | None, agency: int | None, limit: int, as_json: bool
) -> None:
    """列出查询记录:谁、为什么、查了什么、提供了哪些内容;证件号码只有摘要。"""
    actor = cli_actor()
    wanted = LogFilter(agency_id=agency, since=since.date() if since else None, until=until.date() if until else None)
    with host.view(actor) as session:
        for line in log_lines(session, actor, wanted, limit):
            if as_json:
                emit_json({**dataclasses.asdict(line), "at": line.at.isoformat()})
            else:
                click.echo(
                    f"{line.id}  {format_when(line.at)}  {line.agency}  {line.by}  {line.kind} {line.asked}  "
                    f"{line.outcome} {line.found} 本  {line.purpose}（{line.basis}）"
                )


@sharing.command("excerpts")
@click.option("--text", default="", help="证明编号或林权证号的一部分")
@click.option("--limit", type=click.IntRange(1, _MOST), default=100, show_default=True, help="最多几份，新的在前")
@click.option("--json", "as_json", is_flag=True, help="每份一行 JSON")
@with_host
def list_excerpts(host: Host, text: str, limit: int, as_json: bool) -> None:
    """列出出具的查询证明。"""
    actor = cli_actor()
    with host.view(actor) as session:
        rows, _total = excerpt_page(session, actor, text, 1, limit)
    for row in rows:
        if as_json:
            emit_json({**dataclasses.asdict(row), "issued_at": row.issued_at.isoformat()})
        else:
            click.echo(f"{row.excerpt_no}  {format_when(row.issued_at)}  {row.agency}  {row.cert_no}  {row.issued_by}")


@sharing.command("lists")
@click.option("--limit", type=click.IntRange(1, _MOST), default=100, show_default=True, help="最多几份，新的在前")
@click.option("--json", "as_json", is_flag=True, help="每份一行 JSON")
@with_host
def list_lists(host: Host, limit: int, as_json: bool) -> None:
    """列出共享月报。"""
    actor = cli_actor()
    with host.view(actor) as session:
        rows, _total = list_page(session, actor, 1, limit)
    for row in rows:
        if as_json:
            issued = row.issued_at.isoformat() if row.issued_at else None
            emit_json({**dataclasses.asdict(row), "ordered_at": row.ordered_at.isoformat(), "issued_at": issued})
        else:
            sums = "，".join(f"{kind} {count}" for kind, count in row.totals.items())
            click.echo(f"{row.list_no}  {row.month}  {row.county}  {row.agency}  {sums}")


@sharing.command("issue-list")
@click.argument("agency", type=int)
@click.argument("county")
@click.argument("month")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def issue_list(host: Host, agency: int, county: str, month: str, as_json: bool) -> None:
    """出具一个月的共享月报:AGENCY 是共享单位序号,COUNTY 是 6 位县代码,MONTH 如 2020-08;由后台生成。"""
    with host.uow(cli_actor()) as uow:
        row = order_list(uow, agency, county, month)
    if as_json:
        emit_json({"id": row.id, "list_no": row.list_no, "state": row.state})
    else:
        click.echo(f"{row.list_no}  已交后台生成")


@sharing.command("inbox")
@click.option("--state", type=click.Choice([*STATES, ""]), default="", help="只列这一状态")
@click.option("--limit", type=click.IntRange(1, _MOST), default=100, show_default=True, help="最多几条，旧的在前")
@click.option("--json", "as_json", is_flag=True, help="每条一行 JSON")
@with_host
def list_inbox(host: Host, state: str, limit: int, as_json: bool) -> None:
    """列出登记机构报送的登记结果:待登账、无对应条目、待核对、已登账、不登账。"""
    actor = cli_actor()
    with host.view(actor) as session:
        rows, _total = inbox_page(session, actor, state, "", page=1, size=limit)
    for row in rows:
        if as_json:
            dates = {"registered_on": row.registered_on, "received_at": row.received_at, "decided_at": row.decided_at}
            told = {name: value.isoformat() if value else None for name, value in dates.items()}
            emit_json({**dataclasses.asdict(row), **told})
        else:
            click.echo(
                f"{row.id}  {row.case_no}  {row.kind}  {row.cert_no}  {STATES[row.state]}  {row.reason}".rstrip()
            )


@sharing.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--agency", type=int, required=True, help="报送单位的序号（见 lindang sharing agencies）")
@click.option("--dry-run", is_flag=True, help="只试读，不接收")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def import_rights(host: Host, file: Path, agency: int, dry_run: bool, as_json: bool) -> None:
    """接收登记结果表格:有一个格子不对就都不接收,逐格列出;以前收过的行不再收。"""
    reports, faults = read_workbook(host, file)
    taken = unchanged = 0
    if not faults and not dry_run:
        with host.uow(cli_actor()) as uow:
            source = {"source": "workbook", "file_name": file.name, "file_sha256": digest_of_file(file.read_bytes())}
            kept = keep_delivery(uow, delivering_agreement(uow, agency), reports, faults, **source)
            done = receive(uow, kept.id)
            taken, unchanged = done.taken, done.unchanged
    told = [{"where": fault.where, "message": fault.message, "remedy": fault.remedy} for fault in faults]
    if as_json:
        emit_json({"rows": len(reports), "taken": taken, "unchanged": unchanged, "faults": told})
    else:
        for fault in faults:
            click.echo(str(fault), err=True)
        click.echo(f"读到 {len(reports)} 条，接收 {taken} 条，以前收过 {unchanged} 条，不对的格子 {len(faults)} 个")
    if faults:
        sys.exit(Faults.exit_code)


@sharing.command("verify")
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def verify(host: Host, what: str, as_json: bool) -> None:
    """核验查询证明:WHAT 是印在证明上的核验码,或证明的 PDF 文件;不符时说明不同之处,退出码 10。"""
    path = Path(what)
    verdict = verify_file(host, path.read_bytes()) if path.is_file() else verify_code(host, what)
    if as_json:
        issued = verdict.issued_at.isoformat() if verdict.issued_at else None
        emit_json({**dataclasses.asdict(verdict), "issued_at": issued})
    else:
        click.echo(f"{_WORDS[verdict.outcome]}  {verdict.excerpt_no}  {verdict.cert_no}  {verdict.agency}".rstrip())
        for fault in verdict.faults:
            click.echo(f"  {fault}")
        for change in verdict.changes:
            told = f"{change.field}：{change.then} → {change.now}" if change.field else "有变化"
            click.echo(f"  出具后登记已变：{change.group}  {told}")
    if verdict.outcome != GENUINE:
        sys.exit(VIOLATIONS_EXIT_CODE)
