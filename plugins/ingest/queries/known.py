"""Is this content known already? Asked by digest, inside one county: what another county holds is nobody's business here."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.archive import Item
from models.digital import MASTER, DigitalObject
from models.intake import FILED, RECEIVED, SORTING, SPLIT, SPLITTING, IntakeFile


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a content: the state it is in (empty: nothing), and the item or intake file that holds it."""

    state: str = ""
    file_id: int | None = None
    item_id: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether the content must not be taken in again."""
        return bool(self.state)


def standing_of(session: Session, division_code: str, sha256: str, relative_path: str) -> Standing:
    """Return the standing of a content in the county of ``division_code``.

    Filed content (also cut into papers) and content under way are known, wherever they came from. Content that failed or was dismissed is known
    only from the same path: elsewhere somebody may mean it anew.
    """
    item_id = item_with(session, division_code, sha256)
    if item_id is not None:
        return Standing(FILED, None, item_id)
    query = select(IntakeFile).where(
        IntakeFile.sha256 == sha256, IntakeFile.division_code.startswith(division_code[:6])
    )
    rows = list(session.scalars(query.order_by(IntakeFile.id)))
    under_way = next((row for row in rows if row.state in (RECEIVED, SORTING, SPLITTING, SPLIT)), None)
    same = next((row for row in reversed(rows) if row.relative_path == relative_path), None)
    found = under_way or same
    return Standing(found.state, found.id, found.item_id) if found else Standing()


def item_with(session: Session, division_code: str, sha256: str) -> int | None:
    """Return the item of the county whose original has this digest, if there is one."""
    return session.scalar(
        select(DigitalObject.item_id)
        .join(Item, Item.id == DigitalObject.item_id)
        .where(
            DigitalObject.role == MASTER,
            DigitalObject.sha256 == sha256,
            Item.division_code.startswith(division_code[:6]),
        )
        .order_by(DigitalObject.item_id)
        .limit(1)
    )
