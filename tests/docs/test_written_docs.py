"""What is written by hand keeps pace with the code: links, commands of the README, tables, plugin fields, glossary."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from lindang.plugin import Plugin
from tests.rules.tree import PRODUCT, ROOT, files

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "name", ["README.md", "README.en.md", "CONTRIBUTING.md", "docs/cli.md", "docs/architecture.md"]
)
def test_every_make_command_exists(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", read(name))) - {"it", "a", "the"} <= targets


def test_both_readmes_say_the_same() -> None:
    chinese, english = read("README.md"), read("README.en.md")
    links = re.compile(r"\]\(([^)]+)\)")
    swapped = {"README.md": "README.en.md", "README.en.md": "README.md"}
    assert [swapped.get(link, link) for link in links.findall(chinese)] == links.findall(english)
    assert re.findall(r"^```sh\n(make \w+)", chinese, re.MULTILINE) == re.findall(
        r"^```sh\n(make \w+)", english, re.MULTILINE
    )
    assert chinese.count("\n## ") == english.count("\n## ")


def test_the_first_line_of_the_set_up_names_what_must_be_there_first() -> None:
    for name in ("README.md", "README.en.md"):
        before = read(name).split("make run", 1)[0]
        assert "apt install make python3-venv" in before


def test_every_plugin_field_is_explained() -> None:
    page = read("docs/architecture.md")
    assert [field.name for field in dataclasses.fields(Plugin) if f"`{field.name}`" not in page] == []


def test_every_host_module_and_plugin_is_on_the_map() -> None:
    page = read("docs/architecture.md")
    modules = [path.name for path in (ROOT / "lindang").glob("*.py") if not path.name.startswith("__")]
    plugins = [path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py")]
    assert modules
    assert plugins
    assert [name for name in [*modules, *plugins] if name not in page] == []


def test_every_identifier_of_the_glossary_exists() -> None:
    today = read("docs/glossary.md").split("## Kept for what comes")[0]
    rows = [line for line in today.splitlines() if line.startswith("| ") and "`" in line]
    identifiers = {name for line in rows for name in re.findall(r"`([a-z0-9_]+)`", line)}
    code = "\n".join(path.read_text(encoding="utf-8") for path in files(PRODUCT, ".py"))
    assert len(rows) > 35
    assert identifiers - set(re.findall(r"\w+", code)) == set()


def test_every_decision_is_listed_and_complete() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(folder.glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        assert path.name in listed
        text = path.read_text(encoding="utf-8")
        assert [
            part
            for part in ("**Decided.**", "**Why.**", "**Instead of.**", "**What would change it.**")
            if part not in text
        ] == []
