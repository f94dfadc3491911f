"""What happens to the index after events: several are taken together, because a commit costs more than a document."""

from __future__ import annotations

from collections.abc import Sequence

from lindang.events import Event
from lindang.host import Host
from lindang.plugin import Subscription
from plugins.search.queries.changes import INDEXED_EVENTS, SUBSCRIBER
from plugins.search.service.indexing import index_events


def update_index(host: Host, events: Sequence[Event]) -> None:
    """Bring the index up to date; an event counts as delivered only after the commit."""
    index_events(host, events)


SUBSCRIPTIONS = tuple(
    Subscription(event=kind, name=f"{SUBSCRIBER}{kind.__name__}", handle=update_index, batch=True)
    for kind in INDEXED_EVENTS
)
