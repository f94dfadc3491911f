"""Settings: strict, overridable, and an error that names file, section, key and value."""

from __future__ import annotations

from pathlib import Path

import pytest

from lindang.config import Section, load_settings
from lindang.errors import ConfigError


class Colour(Section):
    """A plugin's section for these tests."""

    depth: int = 8


def _write(folder: Path, text: str) -> Path:
    file = folder / "office.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_are_the_embedded_archive() -> None:
    host = load_settings(environment={}).host
    assert (host.address, host.port, host.database_url, host.storage) == ("127.0.0.1", 8000, "", "local")


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = _write(tmp_path, '[host]\nport = 9000\noffice_name = "示范县林业局"\n')
    host = load_settings(file, environment={"LINDANG__HOST__PORT": "9100"}).host
    assert (host.port, host.office_name) == (9100, "示范县林业局")


def test_a_list_in_the_environment_is_toml() -> None:
    host = load_settings(environment={"LINDANG__HOST__DISABLED": '["handover"]'}).host
    assert host.disabled == ("handover",)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[host]\nprot = 9000\n", ["office.toml", "[host]", "prot", "9000"]),
        ('[host]\nport = "many"\n', ["office.toml", "[host]", "port", "many"]),
        ("[host]\nport = 70000\n", ["port", "70000"]),
        ("[hosts]\nport = 1\n", ["office.toml", "[hosts]"]),
        ("[host\n", ["office.toml", "TOML"]),
    ],
)
def test_an_error_names_file_section_key_and_value(tmp_path: Path, text: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(_write(tmp_path, text), environment={})
    assert all(part in str(caught.value) for part in parts)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="找不到"):
        load_settings(tmp_path / "none.toml", environment={})


def test_a_plugin_section_is_checked_when_bound(tmp_path: Path) -> None:
    settings = load_settings(_write(tmp_path, "[plugins.colour]\ndepth = 24\n"), environment={})
    settings.bind("colour", Colour)
    assert settings.plugin("colour").depth == 24
    wrong = load_settings(_write(tmp_path, "[plugins.colour]\ndeep = 24\n"), environment={})
    with pytest.raises(ConfigError, match=r"plugins\.colour.*deep"):
        wrong.bind("colour", Colour)


def test_sections_of_unknown_plugins_are_reported(tmp_path: Path) -> None:
    settings = load_settings(_write(tmp_path, "[plugins.colours]\ndepth = 24\n"), environment={})
    assert settings.unknown_sections({"colour"}) == ["colours"]
