"""Background jobs of searching."""

from __future__ import annotations

from lindang.jobs import JobContext
from plugins.search.service.export_file import make_export
from plugins.search.service.indexing import rebuild
from plugins.search.service.saving import count_fresh


def run_rebuild(context: JobContext, _argument: str) -> None:
    """Build the index anew and swap it in; started again from the beginning after a crash."""
    rebuild(context.host, context.progress)


def run_counting(context: JobContext, _argument: str) -> None:
    """Count what is new in the searches that somebody watches."""
    count_fresh(context.host)


def run_export(context: JobContext, argument: str) -> None:
    """Write the file of an ordered export."""
    make_export(context, int(argument))
