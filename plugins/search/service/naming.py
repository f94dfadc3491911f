"""Keeping the names of the register findable: after certificates are saved, from nothing, and compared with the register."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lindang.auth import system_actor
from lindang.events import Event
from lindang.host import Host
from models.register import Certificate
from models.search_names import SearchKey, SearchName, SearchTerm
from plugins.search.domain.names import term_keys
from plugins.search.queries.term_rows import (
    AT_A_TIME,
    Bearer,
    chunks,
    pending_certificates,
    saved_certificates,
    stored_terms,
    terms_after,
    wanted_terms,
    wrong_keys,
)


def name_events(host: Host, events: Iterable[Event]) -> None:
    """Bring the names up to date with what the events say was saved; safe to repeat."""
    for certificate_ids in chunks(saved_certificates(events)):
        with host.uow(system_actor()) as uow:
            replace_names(uow.session, certificate_ids)


def replace_names(session: Session, certificate_ids: Sequence[int]) -> None:
    """Store the names and places of certificates as the register has them now; of withdrawn ones nothing stays."""
    # an event and a rebuild may come to the same certificates: the second waits and reads what is true then
    session.execute(
        select(Certificate.id).where(Certificate.id.in_(certificate_ids)).order_by(Certificate.id).with_for_update()
    )
    wanted, stored = wanted_terms(session, certificate_ids), stored_terms(session, certificate_ids)
    changed = [key for key in certificate_ids if wanted.get(key, set()) != stored.get(key, set())]
    if not changed:
        return
    session.execute(delete(SearchName).where(SearchName.certificate_id.in_(changed)))
    terms = _term_ids(session, {one[:2] for key in changed for one in wanted.get(key, ())})
    rows = [
        {"term_id": terms[sort, text], "certificate_id": key, "parcel_id": parcel_id}
        for key in changed
        for sort, text, parcel_id in sorted(wanted.get(key, ()))
    ]
    if rows:
        session.execute(insert_new(session, SearchName), rows)


def _term_ids(session: Session, terms: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return the id of every term; new ones are written with their keys."""
    known = _known_terms(session, terms)
    new = sorted(terms - known.keys())
    if not new:
        return known
    session.execute(insert_new(session, SearchTerm), [{"sort": sort, "text": text} for sort, text in new])
    made = _known_terms(session, new)
    _write_keys(session, {term_id: term_keys(*term) for term, term_id in made.items()})
    return known | made


def _known_terms(session: Session, terms: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    known: dict[tuple[str, str], int] = {}
    wanted = set(terms)
    for part in chunks(wanted):
        query = select(SearchTerm.id, SearchTerm.sort, SearchTerm.text)
        for row in session.execute(query.where(SearchTerm.text.in_({text for _, text in part}))):
            known[row.sort, row.text] = row.id
    return {term: term_id for term, term_id in known.items() if term in wanted}


def _write_keys(session: Session, keys: dict[int, set[tuple[str, str]]]) -> None:
    rows = [
        {"kind": kind, "key": key, "term_id": term_id} for term_id, pairs in keys.items() for kind, key in sorted(pairs)
    ]
    if rows:
        session.execute(insert_new(session, SearchKey), rows)


def insert_new(session: Session, table: Any) -> Any:
    """Return an insert that leaves rows alone that somebody else wrote at the same time."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if is_postgresql else sqlite.insert)(table).on_conflict_do_nothing()


# --- from nothing -----------------------------------------------------------------------------------------------


def rebuild_names(host: Host, progress: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Make all names and keys right, in short transactions while they stay in use; returns the number of certificates."""
    with host.view() as session:
        certificate_ids = _certificate_ids(session)
    for done, part in enumerate(chunks(certificate_ids)):
        progress(done * AT_A_TIME, len(certificate_ids))
        with host.uow(system_actor()) as uow:
            replace_names(uow.session, part)
    _mend_terms(host)
    return len(certificate_ids)


def _certificate_ids(session: Session) -> list[int]:
    """Return every certificate of the register and every one that names are stored of."""
    borne = select(SearchName.certificate_id).distinct()
    return sorted({*session.scalars(select(Certificate.id)), *session.scalars(borne)})


def _mend_terms(host: Host) -> None:
    """Write keys anew where they are not right, and let terms go that nobody bears any more."""
    last_id = 0
    while True:
        with host.uow(system_actor()) as uow:
            session = uow.session
            terms = session.execute(terms_after(last_id)).all()
            if not terms:
                return
            last_id = terms[-1].id
            borne = select(SearchName.term_id).where(SearchName.term_id.between(terms[0].id, last_id)).distinct()
            used = set(session.scalars(borne))
            unused = [term.id for term in terms if term.id not in used]
            right = wrong_keys(session, [term for term in terms if term.id in used])
            session.execute(delete(SearchKey).where(SearchKey.term_id.in_([*right, *unused])))
            session.execute(delete(SearchTerm).where(SearchTerm.id.in_(unused)))
            _write_keys(session, right)


# --- are the names right? ---------------------------------------------------------------------------------------


def name_differences(host: Host, *, sample: int | None = None) -> dict[int, str]:
    """Compare names and register, certificates with events on their way left aside.

    Args:
        host: The host.
        sample: How many certificates to compare; all when left out.

    Returns:
        What is wrong, by certificate: ``missing``, ``surplus``, ``stale`` or ``keys`` (of one of its terms).
    """
    with host.view() as session:
        numbers = _certificate_ids(session)
    if sample is not None and len(numbers) > sample:
        numbers = random.sample(numbers, sample)
    first = _compare(host, numbers)
    # An event delivered between the two readings looks like a fault; it no longer does the second time.
    second = _compare(host, sorted(first)) if first else {}
    return {key: fault for key, fault in second.items() if key in first}


def _compare(host: Host, certificate_ids: Sequence[int]) -> dict[int, str]:
    faults: dict[int, str] = {}
    checked: set[int] = set()
    for part in chunks(certificate_ids):
        with host.view() as session:
            moving = pending_certificates(session)
            wanted, stored = wanted_terms(session, part), stored_terms(session, part)
            faults |= dict(_bad_keys(session, part, checked))
            faults |= dict(_bad_names(part, wanted, stored))
        faults = {key: fault for key, fault in faults.items() if key not in moving}
    return faults


def _bad_names(
    certificate_ids: Sequence[int], wanted: dict[int, set[Bearer]], stored: dict[int, set[Bearer]]
) -> Iterator[tuple[int, str]]:
    for key in certificate_ids:
        right, found = wanted.get(key, set()), stored.get(key, set())
        if right != found:
            yield key, "missing" if not found else "surplus" if not right else "stale"


def _bad_keys(session: Session, certificate_ids: Sequence[int], checked: set[int]) -> Iterator[tuple[int, str]]:
    """Yield the certificates that bear a term with wrong keys; each term is looked at once, for the first that bears it."""
    bearer: dict[int, int] = {}
    query = select(SearchName.term_id, SearchName.certificate_id).where(SearchName.certificate_id.in_(certificate_ids))
    for term_id, certificate_id in session.execute(query):
        if term_id not in checked:
            bearer.setdefault(term_id, certificate_id)
    checked |= bearer.keys()
    for part in chunks(bearer):
        terms = session.execute(
            select(SearchTerm.id, SearchTerm.sort, SearchTerm.text).where(SearchTerm.id.in_(part))
        ).all()
        yield from ((bearer[term_id], "keys") for term_id in wrong_keys(session, terms))
