"""The invariant of searching, for ``lindang verify``."""

from __future__ import annotations

from collections.abc import Iterator

from lindang.host import Host
from lindang.plugin import Violation
from plugins.search.domain.engine import IndexUnavailable
from plugins.search.service.indexing import differences, engine_of

REMEDY = "请运行：lindang search rebuild"
SHOWN = 50


def index_equals_database(host: Host) -> Iterator[Violation]:
    """Yield every archive file (or lone certificate) that the index does not hold as the database has it.

    Source: invariant I6 (index set = database set).
    """
    try:
        engine_of(host).check()
        wrong = differences(host)
    except IndexUnavailable as error:
        yield Violation(code="I6", subject="index", expected="readable", found=str(error), remedy=REMEDY)
        return
    for key, fault in sorted(wrong.items())[:SHOWN]:
        subject = f"archive_file:{key}" if key > 0 else f"certificate:{-key}"
        yield Violation(code="I6", subject=subject, expected="indexed as stored", found=fault, remedy=REMEDY)
