"""The vendored front-end files are the ones that ``tools/vendor.sh`` took, and every icon that is asked for is there."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
MANIFEST = "manifest.sha512"


def manifest() -> dict[str, str]:
    lines = (VENDOR / MANIFEST).read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def sprite_names() -> set[str]:
    sprite = ET.parse(VENDOR / "icons.svg").getroot()
    return {symbol.attrib["id"] for symbol in sprite}


def asked_icons() -> set[str]:
    """Names in ``icon("x")``, ``icon_name="x"`` and in the icon arguments of the button macros, wherever they are written."""
    names = set()
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("plugins/**/*.py"), *ROOT.glob("lindang/*.py")]:
        text = path.read_text(encoding="utf-8")
        names |= set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", text))
        names |= set(re.findall(r"""\bicon(?:_name)?\s*=\s*["']([a-z0-9-]+)["']""", text))
        button = r"""(?:link_button|dialog_button|form\.button)\((?:[^()]|\([^()]*\))*?["'](?:primary|secondary|link|danger)["']\s*,\s*["']([a-z0-9-]+)["']"""
        names |= set(re.findall(button, text))
    return names


def test_every_vendored_file_has_its_digest() -> None:
    files = {path.name for path in VENDOR.iterdir() if path.is_file()} - {MANIFEST}
    assert files == set(manifest())


def test_no_vendored_file_was_changed() -> None:
    found = {name: hashlib.sha512((VENDOR / name).read_bytes()).hexdigest() for name in manifest()}
    assert found == manifest()


def test_every_vendored_file_names_its_licence() -> None:
    licences = (VENDOR / "LICENSES.md").read_text(encoding="utf-8")
    assert [name for name in manifest() if name != "LICENSES.md" and name not in licences] == []


def test_the_sprite_holds_exactly_the_listed_icons() -> None:
    listed = (ROOT / "tools" / "icons.txt").read_text(encoding="ascii").split()
    assert sprite_names() == set(listed)
    assert listed == sorted(listed)


def test_every_icon_that_is_asked_for_exists() -> None:
    assert len(asked_icons()) > 10
    assert asked_icons() - sprite_names() == set()
