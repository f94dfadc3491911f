"""The host orders plugins by what they require and refuses gaps, circles and doubles."""

from __future__ import annotations

from pathlib import Path

import pytest

from lindang.config import Settings, load_settings
from lindang.errors import ConfigError
from lindang.host import make_host
from lindang.plugin import Permission, Plugin


def _settings(folder: Path, **host: object) -> Settings:
    return load_settings(environment={}, overrides={"host": {"data_dir": str(folder), **host}})


def test_a_plugin_comes_after_what_it_requires(tmp_path: Path) -> None:
    late = Plugin(name="late", title="后", requires=("early",))
    early = Plugin(name="early", title="前")
    host = make_host(_settings(tmp_path), (late, early))
    assert [plugin.name for plugin in host.plugins] == ["early", "late"]


def test_a_missing_requirement_is_named(tmp_path: Path) -> None:
    late = Plugin(name="late", title="后", requires=("early",))
    with pytest.raises(ConfigError, match=r"late.*early"):
        make_host(_settings(tmp_path), (late,))


def test_a_switched_off_plugin_is_gone_and_missed(tmp_path: Path) -> None:
    plugins = (Plugin(name="a", title="甲"), Plugin(name="b", title="乙"))
    host = make_host(_settings(tmp_path, disabled=("a",)), plugins)
    assert [plugin.name for plugin in host.plugins] == ["b"]


def test_a_circle_is_drawn(tmp_path: Path) -> None:
    circle = (Plugin(name="a", title="甲", requires=("b",)), Plugin(name="b", title="乙", requires=("a",)))
    with pytest.raises(ConfigError, match="成环"):
        make_host(_settings(tmp_path), circle)


def test_two_plugins_cannot_own_one_permission(tmp_path: Path) -> None:
    permission = Permission(key="x:y:z", label="某")
    doubled = tuple(Plugin(name=name, title=name, permissions=(permission,)) for name in "ab")
    with pytest.raises(ConfigError, match="x:y:z"):
        make_host(_settings(tmp_path), doubled)
