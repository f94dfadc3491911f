"""Background jobs of searching."""

from __future__ import annotations

from lindang.jobs import JobContext
from plugins.search.service.export_file import make_export
from plugins.search.service.indexing import rebuild
from plugins.search.service.saving import count_fresh
from plugins.search.service.splitting import split_numbers
from plugins.search.service.status import compare


def run_rebuild(context: JobContext, _argument: str) -> None:
    """Build the index anew and swap it in; after a crash it goes on where it was."""
    rebuild(context.host, context.progress)


def run_comparison(context: JobContext, _argument: str) -> None:
    """Compare index and database; what was found is the note of the job."""
    compare(context.host, context.progress)


def run_counting(context: JobContext, _argument: str) -> None:
    """Count what is new in the searches that somebody watches."""
    count_fresh(context.host)


def run_export(context: JobContext, argument: str) -> None:
    """Write the file of an ordered export."""
    make_export(context, int(argument))


def run_splitting(context: JobContext, _argument: str) -> None:
    """Write the pieces of new numbers; until then they are compared one by one."""
    split_numbers(context.host)
