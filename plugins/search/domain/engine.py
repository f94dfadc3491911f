"""The port of the search engine: what is asked, what is answered, and what an engine must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from plugins.search.domain.documents import Kind, Unit
from plugins.search.domain.query import Node

FACETS = ("county", "town", "village", "class", "year", "state", "batch")
"""Facets in the order shown. Keys are division codes, class codes, years, issue-state numbers, and 1/0 for in a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What was chosen beside the box; an empty value chooses nothing. `division` is a code of any level."""

    division: str = ""
    class_code: str = ""
    year: int | None = None
    issue_state: int | None = None
    in_batch: bool | None = None


class Order(StrEnum):
    """What the groups of an answer are ordered by; where a value is not known, the group comes last.

    Groups with the same value come by 档号, and at the very end (also where there is no 档号) by unit and item. Codes compare
    by code points, not by a language, of which the first `CODE_BYTES` bytes in UTF-8 count.
    """

    RELEVANCE = "relevance"
    """Best score first; the same scores come by unit and item."""
    CODE = "code"
    """档号, ascending."""
    DATE = "date"
    """Newest first: the date of the 件 or of issue, or else the year."""
    VILLAGE = "village"
    """Division code, ascending."""
    AREA = "area"
    """Largest area first."""


CODE_BYTES = 40
"""How many bytes of a 档号 the order looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One search.

    Attributes:
        query: The tree, None for everything (then only files are hits).
        scope: Division prefixes the actor may see; `("",)` is everything, `()` nothing.
        filters: Choices beside the box.
        offset: Number of groups to skip.
        limit: Number of groups to return.
        per_group: Number of hits to return of each group.
        facets: Whether facet counts are wanted.
        order: What the groups are ordered by; the hits in a group always come best first.
        respelled: Whether the query was typed otherwise than it stands here: then what is written so too comes first.
    """

    query: Node | None
    scope: tuple[str, ...]
    filters: Filters = field(default_factory=Filters)
    offset: int = 0
    limit: int = 20
    per_group: int = 3
    facets: bool = True
    order: Order = Order.RELEVANCE
    respelled: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One document found, by the ids it has in the database."""

    kind: Kind
    file_id: int
    item_id: int
    page_id: int
    certificate_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one 件, or of what describes one 案卷; `count` is their number, `hits` the best of them."""

    count: int
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine found.

    Attributes:
        hits: Number of documents that match, all pages of the answer together.
        groups: The groups of this page, in the order asked for.
        group_count: Number of groups, all pages of the answer together.
        facets: For each facet the groups under each of its keys.
        is_exact: False where the engine stopped counting.
        engine: Name of the engine that answered.
    """

    hits: int
    group_count: int
    groups: tuple[Group, ...]
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    is_exact: bool = True
    engine: str = ""


class IndexUnavailable(Exception):
    """There is no index that can be read; the caller answers from the database and says so."""


class SearchEngine(Protocol):
    """Answers searches."""

    name: str

    def search(self, request: Request) -> Answer:
        """Answer a search. Raises IndexUnavailable when it cannot."""


AllUnits = Callable[[AbstractSet[int]], Iterator[Unit]]
"""Reads every unit of the database but those with the given keys."""
Reload = Callable[[Iterable[int]], Iterable[Unit]]
"""Reads the units with these keys as the database has them now; one that is gone has no documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """What an engine says of its index.

    Attributes:
        units: Number of archive files and lone certificates.
        documents: Number of searchable documents.
        size: Bytes on the disk, with what a running rebuild has written beside.
        committed_at: When it was last written, in seconds since 1970; 0 if it never was.
        half_built: Whether a rebuild is running or was cut off.
    """

    units: int
    documents: int
    size: int
    committed_at: float
    half_built: bool


class IndexedEngine(SearchEngine, Protocol):
    """A search engine that keeps an index of its own, written by one writer at a time."""

    def replace(self, units: Iterable[Unit]) -> bool:
        """Make the index hold these units as they are; durable when it returns. False: there is no readable index."""

    def rebuild(self, all_units: AllUnits, reload: Reload) -> int:
        """Build a new index beside the one in use and swap it in; returns the number of units in it.

        Units that `replace` writes meanwhile are loaded again with `reload` before the swap. What a rebuild that was killed
        has left is gone on with: `all_units` is then asked for the rest, and what `replace` wrote since is loaded again too.
        Raises BlockingIOError if another rebuild runs.
        """

    def stamps(self) -> dict[int, int]:
        """Return key and stamp of every unit in the index. Raises IndexUnavailable."""

    def check(self) -> None:
        """Read every byte of the index. Raises IndexUnavailable if something is damaged."""

    def state(self) -> IndexState:
        """Say how large the index is and when it was written. Raises IndexUnavailable."""
