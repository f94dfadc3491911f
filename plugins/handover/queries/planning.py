"""A proposed batch (拟批): what is ready in a village, a township or a county, as far as the limits allow, and the rest by its
first blocking reason. A proposal is a reading: nothing is reserved, and what becomes of it is judged again when it is drafted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import Item
from models.digital import MASTER, DigitalObject
from models.evidence import handed_over
from models.place import Division
from models.ready_counts import READY, fresh_counts
from models.register import Certificate
from plugins.handover.domain.planning import TRAVELLING, Filling, Limits, Load
from plugins.handover.queries.places import division_names
from plugins.handover.queries.ready import ready_rows

_VILLAGES_AT_A_TIME: Final = 20
_PLACE_LENGTHS: Final = frozenset({6, 9, 12})


@dataclass(frozen=True, slots=True)
class VillagePlan:
    """One village of a proposal: how many of its certificates are ready, how many of them go along, what holds up the rest.

    `reasons` are (code, number of certificates) by first reason, most frequent first, without those already travelling.
    """

    code: str
    name: str
    town: str
    total: int
    ready: int
    chosen: int
    in_batch: int
    done: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposed batch: the certificates in the order of the shelf, their sums, the villages, and why it ends where it does."""

    place_code: str
    place_name: str
    limits: Limits
    certificate_ids: tuple[int, ...]
    pages: int
    bytes: int
    stopped_by: str
    villages: tuple[VillagePlan, ...]

    @property
    def ready(self) -> int:
        """Ready certificates of the place, in the proposal or not."""
        return sum(village.ready for village in self.villages)

    @property
    def total(self) -> int:
        """All certificates of the place."""
        return sum(village.total for village in self.villages)

    @property
    def reasons(self) -> tuple[tuple[str, int], ...]:
        """First blocking reasons of the whole place with their numbers, most frequent first."""
        counted: Counter[str] = Counter()
        for village in self.villages:
            counted.update(dict(village.reasons))
        return tuple(counted.most_common())


def propose(
    session: Session,
    actor: Actor,
    place_code: str,
    limits: Limits,
    *,
    needs_paper_count: bool,
    is_counted: bool = False,
) -> Proposal:
    """Return the proposed batch of a place in the actor's scope.

    `is_counted` says that a plugin keeps `VillageReadiness` up to date: villages that the limits leave out are then not
    judged but read from it.

    Raises:
        NotFound: there is no such county, township or village, or it is not the actor's to see.
    """
    name = _place_name(session, actor, place_code)
    codes = _village_codes(session, actor, place_code)
    names = division_names(session, [*codes, *(code[:9] for code in codes)])
    filling, villages = Filling(limits), list[VillagePlan]()
    for part in _parts(codes):
        counted = (
            _counted(session, part, needs_paper_count=needs_paper_count) if is_counted and filling.stopped_by else {}
        )
        judged = [code for code in part if code not in counted]
        firsts = counted | _judge(session, actor, judged, filling, needs_paper_count=needs_paper_count)
        taken = Counter(load.village_code for load in filling.chosen)
        villages += (_village(code, names, firsts[code], taken[code]) for code in part)
    return Proposal(
        place_code=place_code,
        place_name=name,
        limits=limits,
        certificate_ids=tuple(load.certificate_id for load in filling.chosen),
        pages=filling.pages,
        bytes=filling.bytes,
        stopped_by=filling.stopped_by,
        villages=tuple(villages),
    )


def places(session: Session, actor: Actor, chosen: str = "") -> list[tuple[str, str]]:
    """Return (code, name) of the counties and townships in scope that have certificates, and of the `chosen` place."""
    towns = _town_codes(session, actor)
    codes = sorted({*towns, *(code[:6] for code in towns), *([chosen] if chosen else [])})
    names = division_names(session, codes)
    return [(code, _indented(code, names[code])) for code in codes if actor.covers(code)]


def _indented(code: str, name: str) -> str:
    """Return the name moved in below its county: full-width blanks, which a list of choices keeps."""
    return "　" * ((len(code) - 6) // 3) + name


def _town_codes(session: Session, actor: Actor) -> list[str]:
    town = func.substr(Certificate.division_code, 1, 9)
    query = select(town).where(actor.within(Certificate.division_code), ~Certificate.is_withdrawn).distinct()
    return list(session.scalars(query))


def _place_name(session: Session, actor: Actor, code: str) -> str:
    known = select(Division.id).where(Division.code == code).limit(1)
    if len(code) not in _PLACE_LENGTHS or not actor.covers(code) or session.scalar(known) is None:
        raise NotFound(_("没有这个县、乡镇或村"), remedy=_("它不存在，或不在您的权限范围内。"))
    names = division_names(session, [code, code[:9]])
    return names[code] if len(code) < 12 else f"{names[code[:9]]}{names[code]}"


def _village_codes(session: Session, actor: Actor, place_code: str) -> list[str]:
    query = (
        select(Certificate.division_code)
        .where(
            actor.within(Certificate.division_code),
            ~Certificate.is_withdrawn,
            Certificate.division_code.startswith(place_code, autoescape=True),
        )
        .distinct()
    )
    return list(session.scalars(query.order_by(Certificate.division_code)))


def _parts(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(codes), _VILLAGES_AT_A_TIME):
        yield codes[start : start + _VILLAGES_AT_A_TIME]


def _counted(session: Session, codes: Collection[str], *, needs_paper_count: bool) -> dict[str, Counter[str]]:
    counted = fresh_counts(session, codes, needs_paper_count=needs_paper_count)
    return {code: one.reasons for code, one in counted.items()}


def _judge(
    session: Session, actor: Actor, codes: Sequence[str], filling: Filling, *, needs_paper_count: bool
) -> dict[str, Counter[str]]:
    """Judge villages, offer what is ready to the batch, and return their first reasons (`READY` for none)."""
    firsts: dict[str, Counter[str]] = {code: Counter() for code in codes}
    if not codes:
        return firsts
    rows = ready_rows(session, actor, Certificate.division_code.in_(codes), needs_paper_count=needs_paper_count)
    # the rows come by archival code; the village first keeps it together where files have no code of the village
    rows.sort(key=lambda row: (row.division_code, row.archival_code, row.cert_no))
    weights = _bytes(session, [row.archive_file_id for row in rows if row.is_ready and row.archive_file_id])
    for row in rows:
        firsts[row.division_code][row.reasons[0].code if row.reasons else READY] += 1
        if row.is_ready:
            weight = weights.get(row.archive_file_id or 0, 0)
            filling.offer(Load(row.certificate_id, row.division_code, row.pages, weight))
    return firsts


def _bytes(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    """Return the bytes of the original files of each archive file: what its package will weigh."""
    query = (
        select(Item.archive_file_id, func.sum(DigitalObject.bytes))
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .where(*handed_over(file_ids), DigitalObject.role == MASTER, DigitalObject.is_current)
        .group_by(Item.archive_file_id)
    )
    weights: dict[int, int] = defaultdict(int)
    weights.update({file_id: int(weight) for file_id, weight in session.execute(query)})
    return weights


def _village(code: str, names: dict[str, str], firsts: Counter[str], chosen: int) -> VillagePlan:
    waiting = [(reason, n) for reason, n in firsts.most_common() if reason != READY and reason not in TRAVELLING]
    return VillagePlan(
        code=code,
        name=names[code],
        town=names[code[:9]],
        total=firsts.total(),
        ready=firsts[READY],
        chosen=chosen,
        in_batch=firsts["in_batch"],
        done=firsts["handed_over"],
        reasons=tuple(waiting),
    )
