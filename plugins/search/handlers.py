"""What happens to index and names after events: several are taken together, because a commit costs more than a document."""

from __future__ import annotations

from collections.abc import Sequence

from lindang.events import Event
from lindang.host import Host
from lindang.plugin import Subscription
from models.events import CertificatesSaved
from plugins.search.queries.changes import INDEXED_EVENTS, SUBSCRIBER
from plugins.search.queries.term_rows import NAMES_SUBSCRIPTION
from plugins.search.service.indexing import index_events
from plugins.search.service.naming import name_events


def update_index(host: Host, events: Sequence[Event]) -> None:
    """Bring the index up to date; an event counts as delivered only after the commit."""
    index_events(host, events)


def update_names(host: Host, events: Sequence[Event]) -> None:
    """Bring the names of the register up to date."""
    name_events(host, events)


SUBSCRIPTIONS = (
    *(
        Subscription(event=kind, name=f"{SUBSCRIBER}{kind.__name__}", handle=update_index, batch=True)
        for kind in INDEXED_EVENTS
    ),
    Subscription(event=CertificatesSaved, name=NAMES_SUBSCRIPTION, handle=update_names, batch=True),
)
