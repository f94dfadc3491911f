"""What an address or a form asks for besides the words: filters and order."""

from __future__ import annotations

from typing import Any

from plugins.search import words
from plugins.search.domain.engine import Filters, Order


def read_filters(values: Any) -> Filters:
    """Return the filters that an address asks for; nonsense chooses nothing."""
    state, batch = values.get("state", ""), values.get("batch", "")
    return Filters(
        division="".join(char for char in values.get("division", "")[:12] if char.isascii() and char.isdigit()),
        class_code=values.get("class", "")[:10],
        year=values.get("year", type=int),
        issue_state=int(state) if state in words.STATE_WORDS else None,
        in_batch=batch == "1" if batch in words.BATCH_WORDS else None,
    )


def read_order(values: Any) -> Order:
    """Return the order that an address asks for; nonsense asks for relevance."""
    asked = values.get("order", "")
    return Order(asked) if asked in set(Order) else Order.RELEVANCE


def asked_again(filters: Filters, order: Order) -> dict[str, Any]:
    """Return the filters and the order as an address has them; what `read_filters` and `read_order` read."""
    values = {
        "division": filters.division,
        "class": filters.class_code,
        "year": str(filters.year or ""),
        "state": str(filters.issue_state or ""),
        "batch": "" if filters.in_batch is None else str(int(filters.in_batch)),
        "order": "" if order is Order.RELEVANCE else order.value,
    }
    return {name: value for name, value in values.items() if value}
