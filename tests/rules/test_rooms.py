"""Who lives where: what import-linter cannot see of docs/architecture.md, sections 1 to 4."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

from tests.rules.tree import ROOT, files, hits

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
APP_LINES_MAX = 80


def plugin_folders() -> list[Path]:
    return [path.parent for path in sorted((ROOT / "plugins").glob("*/__init__.py"))]


def test_a_plugin_package_holds_its_value_and_nothing_that_runs() -> None:
    def is_quiet(node: ast.stmt) -> bool:
        return isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.Expr)

    assert plugin_folders()
    for folder in plugin_folders():
        body = ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
        assert [f"{folder.name}:{node.lineno}" for node in body if not is_quiet(node)] == []
        assigned = [
            target for node in body if isinstance(node, ast.Assign | ast.AnnAssign) for target in _targets(node)
        ]
        assert "PLUGIN" in assigned, folder.name


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    return [ast.unparse(target) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])]


def test_the_composition_root_is_short() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= APP_LINES_MAX


def test_every_table_module_is_closed_to_pure_code() -> None:
    """The contract names them one by one; a new one must not be forgotten there."""
    closed = set(CONTRACTS["domain is pure: no web, no database, no tables"]["forbidden_modules"])
    with_tables = {
        f"models.{path.stem}"
        for path in (ROOT / "models").glob("*.py")
        if path.stem != "__init__" and "sqlalchemy" in path.read_text(encoding="utf-8")
    }
    assert len(with_tables) > 5
    assert with_tables - closed == set()


def test_the_contracts_of_the_architecture_are_all_there() -> None:
    kinds = sorted((contract["type"], tuple(contract.get("containers", ()))) for contract in CONTRACTS.values())
    assert kinds.count(("forbidden", ())) >= 6
    assert kinds.count(("independence", ())) == 1
    assert ("layers", ()) in kinds
    assert ("layers", ("plugins.*",)) in kinds
    assert not any(contract.get("ignore_imports") for contract in CONTRACTS.values() if contract["type"] != "forbidden")


def test_foreign_worlds_are_not_reached_by_name_at_run_time() -> None:
    """``importlib`` would walk around the contracts; only the reader of the composition root and adapters may use it."""
    allowed = {"lindang/cli.py", "lindang/host.py"}
    found = hits(files(("app.py", "lindang", "models", "plugins"), ".py"), r"import_module\(|__import__\(")
    assert [line for line in found if line.split(":")[0] not in allowed and "/adapters/" not in line] == []


def test_templates_lie_with_their_plugin() -> None:
    known = {folder.name for folder in plugin_folders()} | {"host", "macros", "errors"}
    assert {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()} <= known


def test_licences_are_there() -> None:
    assert [name for name in PROJECT["project"]["license-files"] if not (ROOT / name).is_file()] == []
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_no_compiled_or_private_file_would_be_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {".venv/", "/data/", "/demo-data/", "*.mo", "/config.toml", "/wheels/"} <= set(ignored)
    assert not (ROOT / "uv.lock").exists()


def test_an_excuse_for_the_linter_gives_its_reason() -> None:
    lines = hits(files(("lindang", "models", "plugins"), ".py"), r"noqa: [A-Z0-9, ]*$", flags=re.NOFLAG)
    assert lines == [], "write: noqa: CODE - because ..."
