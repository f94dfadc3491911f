"""Writing the pieces of numbers by which their middle digits are found: after the fact, so that entering a number stays quick.

Until its pieces are written, a number stands in `identifier_unsplit` and is compared directly: the answer is whole at any time.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from lindang.auth import system_actor
from lindang.host import Host
from models.digital import Identifier, IdentifierPart, UnsplitIdentifier
from models.identifiers import ID_NO
from models.number_parts import number_parts
from plugins.search.queries.term_rows import AT_A_TIME, chunks
from plugins.search.service.naming import insert_new

SPLITTING_JOB: Final = "search.split_numbers"
SPLITTING_EVERY: Final = dt.timedelta(minutes=1)


def split_numbers(host: Host) -> int:
    """Write the pieces of all numbers that wait for them, in short transactions; returns how many numbers that were."""
    done = 0
    while True:
        with host.uow(system_actor()) as uow:
            split = _split_some(uow.session)
        if not split:
            return done
        done += split


def _split_some(session: Session) -> int:
    waiting = select(Identifier.id, Identifier.norm).join(
        UnsplitIdentifier, UnsplitIdentifier.identifier_id == Identifier.id
    )
    numbers = session.execute(
        waiting.order_by(Identifier.id).limit(AT_A_TIME).with_for_update(of=UnsplitIdentifier)
    ).all()
    if pieces := [
        {"part": part, "identifier_id": number_id} for number_id, norm in numbers for part in number_parts(norm)
    ]:
        session.execute(insert_new(session, IdentifierPart), pieces)
    split = [number_id for number_id, _norm in numbers]
    session.execute(delete(UnsplitIdentifier).where(UnsplitIdentifier.identifier_id.in_(split)))
    return len(split)


def split_again(host: Host) -> int:
    """Write whatever pieces are missing, of all numbers; returns how many numbers were gone through."""
    with host.uow(system_actor()) as uow:
        waiting = select(UnsplitIdentifier.identifier_id)
        every = select(Identifier.id).where(Identifier.kind != ID_NO, Identifier.id.not_in(waiting))
        uow.session.execute(insert_new(uow.session, UnsplitIdentifier).from_select(["identifier_id"], every))
    return split_numbers(host)


def unsplit_numbers(host: Host, *, sample: int | None = None) -> list[int]:
    """Return the ids of numbers that lack pieces and do not wait for them.

    Args:
        host: The host.
        sample: How many numbers to look at; all when left out.
    """
    with host.view() as session:
        waiting = select(UnsplitIdentifier.identifier_id)
        every = select(Identifier.id).where(Identifier.kind != ID_NO, Identifier.id.not_in(waiting))
        numbers = list(session.scalars(every))
    if sample is not None and len(numbers) > sample:
        numbers = random.sample(numbers, sample)
    lacking: list[int] = []
    for some in chunks(numbers):
        with host.view() as session:
            lacking += _lacking(session, some)
    return sorted(lacking)


def _lacking(session: Session, number_ids: Sequence[int]) -> set[int]:
    norms = session.execute(select(Identifier.id, Identifier.norm).where(Identifier.id.in_(number_ids))).all()
    wanted = {(part, number_id) for number_id, norm in norms for part in number_parts(norm)}
    key = tuple_(IdentifierPart.part, IdentifierPart.identifier_id)
    for some in chunks(sorted(wanted)):
        wanted.difference_update(
            (part, number_id)
            for part, number_id in session.execute(
                select(IdentifierPart.part, IdentifierPart.identifier_id).where(key.in_(some))
            )
        )
    return {number_id for _part, number_id in wanted}
