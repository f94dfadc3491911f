"""Household files of every kind, by chance but always the same: more or less papers, waivers, certificates."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from models.archive import ArchiveFile, Item, Page, Waiver
from models.register import ISSUE_STATES, Certificate, Parcel
from tests.support.catalogue_world import VILLAGE, World

PAPERS = [f"D{number:02d}" for number in range(1, 19)]


def fill_by_chance(world: World, count: int, seed: int) -> None:
    """Put files of every kind into the archive: more or less papers, waivers, certificates in every state."""
    chance = random.Random(seed)
    now = world.clock.now()
    with world.host.transaction() as session:
        for number in range(1, count + 1):
            file = ArchiveFile(
                archival_code=f"T-{seed}-{number}",
                fonds_code="0001",
                class_code="QQ01",
                retention="Y",
                division_code=VILLAGE,
                file_no=number,
                title=f"卷 {number}",
                created_at=now,
                created_by="x",
            )
            session.add(file)
            session.flush()
            likely = chance.choice([0.4, 0.9, 1.0])
            for place, doc_type in enumerate(PAPERS, start=1):
                if chance.random() < likely:
                    session.add(_item(file, place, doc_type, chance.choice([0, 1, 1, 2, 3]), now))
                elif chance.random() < 0.3:
                    approved = now if chance.random() < 0.6 else None
                    session.add(
                        Waiver(
                            archive_file_id=file.id,
                            doc_type=doc_type,
                            reason="x",
                            requested_by="x",
                            requested_at=now,
                            approved_at=approved,
                        )
                    )
            if chance.random() < 0.8:
                session.add(_certificate(file, number, chance, now))


def _item(file: ArchiveFile, place: int, doc_type: str, pages: int, now: dt.datetime) -> Item:
    return Item(
        archive_file_id=file.id,
        archival_code=f"{file.archival_code}-{place}",
        item_no=place,
        division_code=VILLAGE,
        doc_type=doc_type,
        title=doc_type,
        created_at=now,
        created_by="x",
        pages=[Page(page_no=page) for page in range(1, pages + 1)],
    )


def _certificate(file: ArchiveFile, number: int, chance: random.Random, now: dt.datetime) -> Certificate:
    return Certificate(
        division_code=VILLAGE,
        county_code=VILLAGE[:6],
        cert_no=file.archival_code,
        cert_no_norm=file.archival_code,
        cert_key=file.archival_code,
        issue_state=chance.choice(ISSUE_STATES),
        holder_name="某",
        co_holders=chance.choice([[], [], ["乙"]]),
        archive_file_id=file.id,
        created_at=now,
        created_by="x",
        parcels=[
            Parcel(
                division_code=VILLAGE,
                seq=seq,
                parcel_no=str(seq),
                location="x",
                area_mu=Decimal(number),
                area_as_written="x",
                land_owner="x",
                land_use_holder="x",
                tree_owner="x",
                tree_use_holder="x",
                acquisition=chance.choice(["FAMILY", "SELF", "OTHER", ""]),
                created_at=now,
                created_by="x",
            )
            for seq in range(chance.choice([0, 1, 2, 3]))
        ],
    )
