"""The office opens: three officers by the set-up link, divisions and organisations, then an account for every role."""

from __future__ import annotations

import csv
import io
import re
import secrets

from lindang.errors import PermanentFailure
from models.place import ORG_FORESTRY, ORG_REGISTRY
from plugins.demo.adapters.visitor import Page, Visitor
from plugins.demo.domain import numbers
from plugins.demo.domain.cast import OFFICERS, STAFF, Part, invent_password
from plugins.demo.domain.values import Village
from plugins.demo.service.stage import Stage

_SETUP_LINK = re.compile(r"/accounts/setup/[\w\-]+")
SYSADMIN, SECADMIN = (part.login for part in OFFICERS[:2])


def invent_passwords() -> dict[str, str]:
    """Return a password of its own for every account."""
    rng = secrets.SystemRandom()
    return {part.login: invent_password(rng) for part in (*OFFICERS, *STAFF)}


def appoint_officers(stage: Stage) -> None:
    """Create the three officers as the first start asks for them."""
    visitor = Visitor(stage.app)
    page = visitor.open(_setup_link(stage))
    fields: dict[str, str] = {}
    for part in OFFICERS:
        password = stage.marker.passwords[part.login]
        fields |= {
            f"{part.role}_login": part.login,
            f"{part.role}_name": part.name,
            f"{part.role}_password": password,
            f"{part.role}_repeat": password,
        }
    visitor.submit(page, page.path, **fields)


def _setup_link(stage: Stage) -> str:
    """Read the link that the start prints on the console."""
    lines = [line for plugin in stage.host.plugins if plugin.setup_links for line in plugin.setup_links(stage.host)]
    for line in lines:
        if found := _SETUP_LINK.search(line):
            return found[0]
    raise PermanentFailure("no set-up link is offered: the officers exist already")


def load_divisions(stage: Stage) -> None:
    """Load the fictional province down to the village, as the system administrator."""
    table = stage.papers / "行政区划.csv"
    table.write_text(_divisions(stage.village), encoding="utf-8")
    visitor = stage.visitor(SYSADMIN)
    address = "/catalogue/tables/divisions/load"
    visitor.submit(visitor.open(address), address, table=table)


def _divisions(village: Village) -> str:
    rows = (
        ("code", "name", "level", "parent"),
        (numbers.PROVINCE_CODE[:2], village.province, "province", ""),
        (numbers.CITY_CODE[:4], village.city, "city", numbers.PROVINCE_CODE[:2]),
        (numbers.COUNTY_CODE, village.county, "county", numbers.CITY_CODE[:4]),
        (numbers.TOWN_CODE, village.town, "town", numbers.COUNTY_CODE),
        (numbers.VILLAGE_CODE, village.name, "village", numbers.TOWN_CODE),
    )
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def register_offices(stage: Stage) -> None:
    """Register the forestry office that hands over and the registry that receives."""
    village, address = stage.village, "/catalogue/orgs/new"
    visitor = stage.visitor(SYSADMIN)
    for kind, name, code in (
        (ORG_FORESTRY, forestry_office(village), "YANSHI-LY"),
        (ORG_REGISTRY, registry_office(village), "YANSHI-BDC"),
    ):
        page = visitor.open(address)
        visitor.submit(page, address, kind=kind, name=name, code=code, division_code=numbers.COUNTY_CODE)


def forestry_office(village: Village) -> str:
    """Name the office that keeps the archive."""
    return f"{village.county}林业局（虚构）"


def registry_office(village: Village) -> str:
    """Name the office that receives the batches."""
    return f"{village.county}不动产登记中心（虚构）"


def admit_staff(stage: Stage) -> None:
    """Create, approve and activate the accounts that do the work: each step by the person whose it is."""
    for part in STAFF:
        created = _create(stage, part)
        secret = _approve(stage, created, part)
        visitor = Visitor(stage.app)
        page = visitor.open(secret)
        password = stage.marker.passwords[part.login]
        visitor.submit(page, page.path, password=password, repeat=password)


def _create(stage: Stage, part: Part) -> str:
    """Fill in the form for a new account; returns the address of its page."""
    visitor = stage.visitor(SYSADMIN)
    page = visitor.open("/accounts/new")
    village = stage.village
    org = registry_office(village) if part.is_registry else forestry_office(village)
    made = visitor.submit(page, "/accounts/new", login=part.login, name=part.name, org_id=org, remark="虚构演示账号")
    return made.path


def _approve(stage: Stage, address: str, part: Part) -> str:
    """Give the account its role and scope; returns the one-time link."""
    visitor = stage.visitor(SECADMIN)
    page = visitor.open(address)
    approved = visitor.submit(page, "/approve", roles=[part.role], prefixes=part.prefixes)
    return _link_on(approved)


def _link_on(page: Page) -> str:
    found = _SETUP_LINK.search(page.text)
    if not found:
        raise PermanentFailure(f"{page.path}: no one-time link on the page")
    return found[0]
