"""What ``lindang verify`` asks of the ledger of stored files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from lindang.host import Host
from lindang.i18n import lazy
from lindang.plugin import Check, Violation
from models.fixity import LOST, StoredFile

REMEDY: Final = "请从备份找回这个文件，放进第二副本或 objects/，再运行 lindang audit scrub。"


def nothing_is_lost(host: Host) -> Iterator[Violation]:
    """A1: no stored file was found damaged or gone without having been recovered."""
    with host.view() as session:
        for digest in session.scalars(select(StoredFile.digest).where(StoredFile.state == LOST)):
            yield Violation(
                code="A1", subject=f"blob:{digest}", expected="recovered", found="damaged or gone", remedy=REMEDY
            )


CHECKS: Final = (Check(code="A1", title=lazy("核验发现的坏文件都已恢复"), run=nothing_is_lost),)
