"""What the documentation says of the code is what the code says: settings, commands, API, permissions, events."""

from __future__ import annotations

import ast
import collections
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from lindang.config import load_settings
from lindang.db import Base
from lindang.errors import VIOLATIONS_EXIT_CODE
from lindang.host import Host
from lindang.testing import make_app, make_host
from tools import docs

ROOT = docs.ROOT


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = make_host(tmp_path_factory.mktemp("docs"))
    yield made
    made.close()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_generated_files_are_in_step(host: Host) -> None:
    stale = [path.name for path, text in docs.pages(host).items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run make docs"


def test_example_settings_hold_every_key_with_its_default(host: Host) -> None:
    written = tomllib.loads(read("config.example.toml"))
    sections = docs.sections(host)
    assert {"host", "plugins.ingest", "plugins.search"} <= sections.keys()
    for name, model in sections.items():
        values = written
        for part in name.split("."):
            values = values[part]
        assert values.keys() == model.model_fields.keys()
        assert model.model_validate(values) == model.model_validate({})


def test_every_setting_is_explained(host: Host) -> None:
    silent = [
        f"[{name}] {key}"
        for name, model in docs.sections(host).items()
        for key, field in model.model_fields.items()
        if not (field.description or "").strip()
    ]
    assert silent == []


def test_the_example_is_a_working_settings_file(tmp_path: Path) -> None:
    settings = load_settings(
        ROOT / "config.example.toml", environment={}, overrides={"host": {"data_dir": str(tmp_path)}}
    )
    assert settings.host.port == 8000


def test_every_command_is_documented_with_a_sentence(host: Host) -> None:
    page = read("docs/cli.md")
    found = list(docs.commands(host))
    names = [name for name, _command in found]
    for wanted in (
        "lindang init", "lindang run", "lindang worker", "lindang verify", "lindang plugins", "lindang config check",
        "lindang user add", "lindang ingest folder", "lindang search find", "lindang search rebuild",
        "lindang handover batch list", "lindang handover batch show", "lindang text",
    ):  # fmt: skip
        assert wanted in names
    assert [name for name in names if f"### `{name}`" not in page] == []
    assert [name for name, command in found if not (command.help or "").strip()] == []


def test_the_documented_exit_codes_are_the_real_ones() -> None:
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", read("docs/cli.md"), re.MULTILINE)}
    real = {kind.exit_code for kind in docs.error_classes()} - {1} | {0, VIOLATIONS_EXIT_CODE}
    assert documented == real


def test_the_documented_invariants_are_those_that_verify_checks(host: Host) -> None:
    documented = re.findall(r"^\| ([A-Z]\d+d?) \|", read("docs/cli.md"), re.MULTILINE)
    assert sorted(documented) == sorted(check.code for plugin in host.plugins for check in plugin.checks)
    assert len(set(documented)) == len(documented)


def test_every_api_operation_is_documented(host: Host) -> None:
    document = docs.openapi(host)
    page = read("docs/api.md")
    found = [f"### `{method} {path}`" for method, path, _operation in docs.operations(document)]
    assert len(found) >= 5
    assert [line for line in found if line not in page] == []


def test_every_api_route_is_in_the_openapi_document(host: Host) -> None:
    app = make_app(host)
    declared = {path for _method, path, _operation in docs.operations(docs.openapi(host))}
    routed = {
        re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
    }
    assert routed
    assert routed - declared == set()


def test_every_permission_event_job_and_table_is_in_the_reference(host: Host) -> None:
    page = read("docs/reference.md")
    names = [*host.permissions, *(kind.__name__ for kind in docs.event_classes()), *host.jobs, *Base.metadata.tables]
    assert len(names) > 20
    assert [name for name in names if f"`{name}`" not in page] == []


def test_permission_keys_follow_the_grammar(host: Host) -> None:
    assert [key for key in host.permissions if not re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z_]+", key)] == []
    strange = [
        key
        for plugin in host.plugins
        for p in plugin.permissions
        for key in [p.key]
        if key.split(":")[0] != plugin.name
    ]
    assert strange == []


def test_the_addresses_in_the_written_part_exist(host: Host) -> None:
    paths = {path for _method, path, _operation in docs.operations(docs.openapi(host))}
    written = read("docs/api.md").split(docs.BEGIN)[0]
    named = set(re.findall(r"127\.0\.0\.1:8000(/api/v1/[a-z_/]+)", written))
    assert named
    assert named - paths == set()


def test_bodies_of_the_api_have_a_name_of_their_own() -> None:
    """Two models of one name would stand in the OpenAPI document as one, with the fields of the last."""
    bodies = {
        f"{path.relative_to(ROOT)}:{node.name}": node.name
        for path in (ROOT / "plugins").glob("*/**/*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and {"Model", "BaseModel"} & {ast.unparse(base) for base in node.bases}
    }
    counted = collections.Counter(bodies.values())
    assert len(counted) > 5
    assert sorted(place for place, name in bodies.items() if counted[name] > 1) == []
