"""The rows of names as the register has them and as they are stored: what follows a certificate, what a term is found by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lindang.events import IS_WAITING, Delivery, EventRow
from models.events import CertificatesSaved
from models.register import Certificate, Parcel
from models.search_names import TERM_LENGTH, SearchKey, SearchName, SearchTerm
from models.values import split_names
from plugins.search.domain.names import FEWEST, LOCATION, NAME, PLACE, fold_name, term_keys

NAMES_SUBSCRIPTION = "search-names.CertificatesSaved"
"""Not beginning like the index's own subscriptions: what waits here is not on its way to the index."""

AT_A_TIME = 1000

Bearer = tuple[str, str, int]
"""Sort and text of a term, and the parcel that bears it (0: the certificate's holders)."""

Value = TypeVar("Value")


def chunks(values: Iterable[Value], size: int = AT_A_TIME) -> Iterator[list[Value]]:
    """Yield the values in lists of a length that every database takes as parameters."""
    listed = list(values)
    return (listed[start : start + size] for start in range(0, len(listed), size))


def holder_names(holder_name: str, co_holders: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of holder and co-holders as written, each once; a field may hold several."""
    others = (str(entry.get("name", "") if isinstance(entry, dict) else entry) for entry in co_holders)
    return tuple(dict.fromkeys(name for text in (holder_name, *others) for name in split_names(text)))


def term_text(text: str) -> str:
    """Return the text of a term as it is stored."""
    return fold_name(text)[:TERM_LENGTH]


def wanted_terms(session: Session, certificate_ids: Sequence[int]) -> dict[int, set[Bearer]]:
    """Return what each certificate bears; nothing for one that is withdrawn or not there.

    Args:
        session: In a writing one the certificates stay as they are read until it ends.
        certificate_ids: At most `AT_A_TIME`.
    """
    query = select(Certificate.id, Certificate.holder_name, Certificate.co_holders)
    query = query.where(Certificate.id.in_(certificate_ids), ~Certificate.is_withdrawn).order_by(Certificate.id)
    wanted: dict[int, set[Bearer]] = defaultdict(set)
    for row in session.execute(query):
        wanted[row.id] = {(NAME, term_text(name), 0) for name in holder_names(row.holder_name, row.co_holders)}
    places = select(Parcel.certificate_id, Parcel.id, Parcel.place_name, Parcel.location)
    for row in session.execute(places.where(Parcel.certificate_id.in_(wanted), ~Parcel.is_withdrawn)):
        wanted[row.certificate_id] |= {
            (PLACE, term_text(row.place_name), row.id),
            (LOCATION, term_text(row.location), row.id),
        }
    return {key: {one for one in bearers if len(one[1]) >= FEWEST} for key, bearers in wanted.items()}


def stored_terms(session: Session, certificate_ids: Sequence[int]) -> dict[int, set[Bearer]]:
    """Return what is stored about each certificate."""
    query = select(SearchName.certificate_id, SearchTerm.sort, SearchTerm.text, SearchName.parcel_id)
    query = query.join(SearchTerm, SearchTerm.id == SearchName.term_id)
    stored: dict[int, set[Bearer]] = defaultdict(set)
    for row in session.execute(query.where(SearchName.certificate_id.in_(certificate_ids))):
        stored[row.certificate_id].add((row.sort, row.text, row.parcel_id))
    return stored


def wrong_keys(session: Session, terms: Collection[Any]) -> dict[int, set[tuple[str, str]]]:
    """Return, for those of the terms whose stored keys are not what the rules make of their text, the right ones."""
    stored: dict[int, set[tuple[str, str]]] = defaultdict(set)
    query = select(SearchKey.term_id, SearchKey.kind, SearchKey.key)
    for term_id, kind, key in session.execute(query.where(SearchKey.term_id.in_([term.id for term in terms]))):
        stored[term_id].add((kind, key))
    right = {term.id: term_keys(term.sort, term.text) for term in terms}
    return {term_id: keys for term_id, keys in right.items() if stored[term_id] != keys}


def terms_after(last_id: int) -> Select[int, str, str]:
    """Return the query for the next terms in the order of their ids."""
    query = select(SearchTerm.id, SearchTerm.sort, SearchTerm.text).where(SearchTerm.id > last_id)
    return query.order_by(SearchTerm.id).limit(AT_A_TIME)


def pending_certificates(session: Session) -> set[int]:
    """Return the certificates that events not yet delivered to the names may have changed."""
    query = (
        select(EventRow.payload)
        .join(Delivery, Delivery.event_id == EventRow.id)
        .where(Delivery.subscriber == NAMES_SUBSCRIPTION, IS_WAITING)
    )
    return {number for payload in session.scalars(query) for number in payload["certificate_ids"]}


def saved_certificates(events: Iterable[Any]) -> list[int]:
    """Return the certificates that the events name, each once, in order."""
    return sorted(
        {number for event in events if isinstance(event, CertificatesSaved) for number in event.certificate_ids}
    )
