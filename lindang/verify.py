"""Runs the invariant checks that the host collects from its plugins (``lindang verify``)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event, func, select, text

from lindang import journal
from lindang.events import Delivery
from lindang.host import Host
from lindang.i18n import lazy
from lindang.jobs import QUEUED, RUNNING, JobRow
from lindang.migrate import current_revision, head_revision
from lindang.plugin import Check, Violation
from lindang.sweep import orphans

REPEATABLE = "I12"
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER", "VACUUM", "REINDEX")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found; empty ``violations`` means that it holds."""

    code: str
    title: str
    violations: tuple[Violation, ...]


def run_checks(host: Host, *, deep: bool = False) -> Iterator[CheckResult]:
    """Run every check in code order, the byte-reading ones only when ``deep``; last the one that watches the others."""
    checks = [check for plugin in host.plugins for check in plugin.checks if deep or not check.deep]
    written: list[Violation] = []
    for check in sorted(checks, key=lambda c: (c.code == REPEATABLE, len(c.code), c.code)):
        with _statements(host.engine) as statements:
            violations = tuple(check.run(host))
        written += (_wrote(check, statement) for statement in statements)
        if check.code == REPEATABLE:
            violations += tuple(written)
        yield CheckResult(check.code, str(check.title), violations)


@contextmanager
def _statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements of this thread that change the database; other threads of the process may work on."""
    found: list[str] = []
    mine = threading.get_ident()

    def look(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if threading.get_ident() == mine and statement.lstrip().upper().startswith(_WRITES):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", look)


def _wrote(check: Check, statement: str) -> Violation:
    return Violation(
        code=REPEATABLE, subject=f"check:{check.code}", expected="reads only", found=" ".join(statement.split())[:120]
    )


def _journal_unbroken(host: Host) -> Iterator[Violation]:
    remedy = "日志被改动过：请保留现场，核对备份，并报告安全审计员。"
    with host.view() as session:
        for place in journal.breaks(session):
            yield Violation(
                code="I7", subject=f"journal:{place.seq}", expected="hash chain", found=place.reason, remedy=remedy
            )


def _database_sound(host: Host) -> Iterator[Violation]:
    with host.view() as session:
        if host.engine.dialect.name == "sqlite":
            for (line,) in session.execute(text("PRAGMA integrity_check")):
                if line != "ok":
                    yield Violation(code="I9", subject="database", expected="ok", found=line, remedy="请从备份恢复。")
            for row in session.execute(text("PRAGMA foreign_key_check")):
                yield Violation(code="I9", subject=f"{row[0]}:{row[1]}", expected="foreign key", found=str(row[2]))
    if current_revision(host) != head_revision():
        yield Violation(
            code="I9",
            subject="schema",
            expected=head_revision() or "",
            found=current_revision(host) or "none",
            remedy="请运行 lindang init 升级数据库。",
        )


def _nothing_stale(host: Host) -> Iterator[Violation]:
    """Leases that ran out long ago mean that no worker is alive to take the job over."""
    now = host.clock.now()
    with host.view() as session:
        for job in session.scalars(select(JobRow).where(JobRow.state == RUNNING)):
            late = (now - job.lease_until).total_seconds() if job.lease_until else 0
            if late > 2 * host.settings.host.lease_seconds:
                yield Violation(
                    code="I10",
                    subject=f"job:{job.id}",
                    expected="living lease",
                    found=f"{late:.0f} s",
                    remedy="后台进程没有运行：请启动 lindang worker。",
                )


def _no_forgotten_blobs(host: Host) -> Iterator[Violation]:
    for sha256 in orphans(host):
        yield Violation(
            code="I2",
            subject=f"blob:{sha256}",
            expected="a row",
            found="none",
            remedy="中断的操作留下的无主文件，每日任务会移到 objects/orphans。",
        )


def _nothing_twice(host: Host) -> Iterator[Violation]:
    """What recovery would do twice: a job that waits twice, an event that is on its way to one subscriber twice."""
    with host.view() as session:
        jobs = (
            select(JobRow.kind, JobRow.argument, func.count())
            .where(JobRow.state == QUEUED)
            .group_by(JobRow.kind, JobRow.argument)
        )
        for kind, argument, count in session.execute(jobs.having(func.count() > 1)):
            yield _twice(f"job:{kind} {argument}".rstrip(), count)
        deliveries = select(Delivery.event_id, Delivery.subscriber, func.count())
        deliveries = deliveries.group_by(Delivery.event_id, Delivery.subscriber).having(func.count() > 1)
        for event_id, subscriber, count in session.execute(deliveries):
            yield _twice(f"event:{event_id} {subscriber}", count)


def _twice(subject: str, count: int) -> Violation:
    remedy = "恢复时会重复执行：请报告开发者。"
    return Violation(code=REPEATABLE, subject=subject, expected="once", found=str(count), remedy=remedy)


HOST_CHECKS = (
    Check(code="I2", title=lazy("没有无主的存储文件"), run=_no_forgotten_blobs),
    Check(code="I7", title=lazy("日志链条完整"), run=_journal_unbroken),
    Check(code="I9", title=lazy("数据库完好，结构与程序一致"), run=_database_sound),
    Check(code="I10", title=lazy("没有遗留的租约"), run=_nothing_stale),
    Check(code=REPEATABLE, title=lazy("核验和恢复重复执行，结果不变"), run=_nothing_twice),
)
