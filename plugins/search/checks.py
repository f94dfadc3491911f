"""The invariant of searching, for ``lindang verify``."""

from __future__ import annotations

from collections.abc import Iterator

from lindang.host import Host
from lindang.plugin import Violation
from plugins.search.domain.engine import IndexUnavailable
from plugins.search.service.indexing import differences, engine_of
from plugins.search.service.naming import name_differences
from plugins.search.service.splitting import unsplit_numbers

REMEDY = "请运行：lindang search rebuild"
SHOWN = 50


def index_equals_database(host: Host) -> Iterator[Violation]:
    """Yield every archive file (or lone certificate) that the index does not hold as the database has it, and every certificate
    that is not found by the names and places it bears, and every number that is not found by its middle.

    Source: invariant I6 (index set = database set).
    """
    yield from _names_equal_register(host)
    yield from _numbers_are_split(host)
    try:
        engine_of(host).check()
        wrong = differences(host)
    except IndexUnavailable as error:
        yield Violation(code="I6", subject="index", expected="readable", found=str(error), remedy=REMEDY)
        return
    for key, fault in sorted(wrong.items())[:SHOWN]:
        subject = f"archive_file:{key}" if key > 0 else f"certificate:{-key}"
        yield Violation(code="I6", subject=subject, expected="indexed as stored", found=fault, remedy=REMEDY)


def _names_equal_register(host: Host) -> Iterator[Violation]:
    for key, fault in sorted(name_differences(host).items())[:SHOWN]:
        yield Violation(
            code="I6", subject=f"certificate:{key}", expected="names as in the register", found=fault, remedy=REMEDY
        )


def _numbers_are_split(host: Host) -> Iterator[Violation]:
    for key in unsplit_numbers(host)[:SHOWN]:
        yield Violation(
            code="I6", subject=f"identifier:{key}", expected="all pieces of it", found="missing", remedy=REMEDY
        )
