"""What tests of keying share: the cells of one row as a person types them, and saving them as the grid does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from lindang.auth import Actor
from lindang.testing import client
from models.archive import ArchiveFile
from tests.support.catalogue_world import VILLAGE, World, household

ID_NO = "141124197001010017"
CELLS = {
    "cert_no": "临林证字(2010)第000123号",
    "holder_name": "王小山",
    "holder_type": "个人",
    "id_type": "身份证",
    "issuer": "临水县人民政府",
    "issue_date": "2010年5月6日",
    "cert_serial": "B1400000123",
    "issue_state": "发放到户",
    "land_owner": "王家沟村农民集体",
    "land_use_holder": "王小山",
    "tree_owner": "王小山",
    "tree_use_holder": "王小山",
    "location": "临水县柳林镇王家沟村",
    "place_name": "后沟",
    "parcel_no": "001",
    "compartment": "3",
    "subcompartment": "7,8",
    "area_mu": "12.30",
    "main_species": "油松",
    "forest_category": "防护林",
    "acquisition": "家庭承包",
    "term_years": "70",
    "term_start": "2010-05-06",
    "term_end": "2080-05-05",
    "bound_e": "沟底小路以路为界",
    "bound_s": "李四地埂以地埂为界",
    "bound_w": "山脊以分水岭为界",
    "bound_n": "张三林地以界桩为界",
    "archival_code": "",
}


def save(
    app: Flask,
    who: Actor,
    cells: Mapping[str, str],
    *,
    row: Mapping[str, Any] | None = None,
    slot: str = "n1",
    village: str = VILLAGE,
    sources: Mapping[str, str] | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Send a row as the grid does; returns its answer with the HTTP status as ``status``."""
    body = {
        "slot": f"p{row['parcel_id']}" if row else slot,
        "parcel_id": row["parcel_id"] if row else None,
        "seen": row["seen"] if row else 0,
        "cells": dict(cells),
        "sources": dict(sources or dict.fromkeys(cells, "keyed")),
        "reason": reason,
    }
    answer = client(app, who).post(f"/register/villages/{village}/grid/rows", json=body)
    return {**(answer.get_json(silent=True) or {}), "status": answer.status_code}


def keyed(
    world: World,
    app: Flask,
    *,
    who: Actor | None = None,
    village: str = VILLAGE,
    file: ArchiveFile | None = None,
    **changed: str,
) -> dict[str, Any]:
    """Key one row into the register; returns the grid's answer."""
    holder = changed.get("holder_name", CELLS["holder_name"])
    file = file or household(world, division=village, holder_name=holder)
    cells = {**CELLS, "archival_code": file.archival_code, **changed}
    answer = save(app, who or world.archivist, cells, slot=f"n{file.id}-{cells['parcel_no']}", village=village)
    assert answer["state"] == "saved", answer
    return answer
