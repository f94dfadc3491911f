"""Any plugin can be switched off and the rest still runs: pages, API, commands, checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from lindang.errors import ConfigError
from lindang.host import Host
from lindang.testing import actor, client, drain, make_app, make_host
from lindang.verify import run_checks
from tests.support.world import OWN, World, make_world

PLUGINS = ("catalogue", "ingest", "search", "handover", "sharing", "progress", "demo")
ROLES = ("archivist", "liaison", "auditor", "sysadmin", "secadmin", "auditadmin")


def _without(folder: Path, name: str) -> tuple[Host, World]:
    """Fill an archive with everything on, then open it again with one plugin off."""
    whole = make_host(folder, ingest={"layered_pdf": False})  # a child process for each item would take a minute
    world = make_world(whole)
    drain(whole)
    whole.close()
    return make_host(folder, host={"disabled": (name,)}), world


def _plain_pages(app: Flask) -> list[str]:
    """Return every address without a placeholder that GET opens."""
    rules = app.url_map.iter_rules()
    return sorted(r.rule for r in rules if not r.arguments and "GET" in (r.methods or set()) and "export" not in r.rule)


@pytest.mark.parametrize("name", PLUGINS)
def test_the_rest_runs_without_it(tmp_path: Path, name: str) -> None:
    host, world = _without(tmp_path / "data", name)
    app = make_app(host)
    visitor = client(app, actor(host, ROLES))
    pages = _plain_pages(app)
    assert not [page for page in pages if page.startswith(f"/{name}/")]
    if name != "catalogue":
        pages += [
            f"/catalogue/files/{world.value('archive_file', OWN)}",
            f"/catalogue/items/{world.value('item', OWN)}",
        ]
    answers = {page: visitor.get(page).status_code for page in pages}
    assert {page: status for page, status in answers.items() if status >= 500} == {}
    assert answers["/"] == 200
    drain(host)
    broken = {result.code for result in run_checks(host) if result.violations}
    host.close()
    whole = make_host(tmp_path / "data")
    assert broken <= {result.code for result in run_checks(whole) if result.violations}
    whole.close()


def test_a_misspelt_name_is_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="handovr"):
        make_host(tmp_path / "data", host={"disabled": ("handovr",)})
