"""The catalogue: 案卷, 件, pages, certificates and parcels, their numbers, and the reference data behind them."""

from __future__ import annotations

from lindang.i18n import lazy
from lindang.plugin import MenuItem, ObjectPage, Plugin
from plugins.catalogue.api import api_blueprint
from plugins.catalogue.checks import CHECKS
from plugins.catalogue.cli import catalogue
from plugins.catalogue.permissions import FILE_READ, PERMISSIONS, REFERENCE_READ
from plugins.catalogue.routes import pages_blueprint
from plugins.catalogue.settings import CatalogueSettings
from plugins.catalogue.setup import seed
from plugins.catalogue.tiles import TILES

PLUGIN = Plugin(
    name="catalogue",
    title=lazy("档案目录"),
    blueprint=pages_blueprint,
    api=api_blueprint,
    settings=CatalogueSettings,
    permissions=PERMISSIONS,
    menu=(
        MenuItem(label=lazy("案卷"), endpoint="catalogue.files", permission=FILE_READ, weight=30, icon="archive"),
        MenuItem(label=lazy("各村概况"), endpoint="catalogue.overview", permission=FILE_READ, weight=35, icon="map"),
        MenuItem(
            label=lazy("分类与区划"),
            endpoint="catalogue.scheme",
            permission=REFERENCE_READ,
            weight=80,
            icon="diagram-3",
        ),
    ),
    tiles=TILES,
    object_pages=(
        ObjectPage(kind="archive_file", endpoint="catalogue.file_page", argument="file_id"),
        ObjectPage(kind="item", endpoint="catalogue.item_page", argument="item_id"),
        ObjectPage(kind="page", endpoint="catalogue.page_show", argument="page_id"),
        ObjectPage(kind="certificate", endpoint="catalogue.certificate_page", argument="certificate_id"),
        ObjectPage(kind="page_replace", endpoint="catalogue.page_replace", argument="page_id"),
        ObjectPage(kind="page_picture", endpoint="catalogue.page_picture", argument="page_id"),
    ),
    commands=catalogue,
    checks=CHECKS,
    setup=seed,
)
