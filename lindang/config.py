"""Settings: a TOML file and environment variables become frozen, strict values.

Every section is a pydantic model that forbids unknown keys. ``LINDANG__HOST__PORT=8080`` overrides ``port`` in
``[host]``; ``LINDANG__PLUGINS__INGEST__OCR=off`` overrides ``ocr`` in ``[plugins.ingest]``. An error names the file,
the section, the key and the value.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lindang.errors import ConfigError

ENVIRONMENT_PREFIX = "LINDANG__"
DEFAULT_FILE = Path("config.toml")


class Section(BaseModel):
    """Base of all settings sections: frozen, and no unknown key is let through."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class HostSettings(Section):
    """The section ``[host]``."""

    data_dir: Path = Field(
        Path("data"), description="数据文件夹：数据库、原件、索引、密钥都在这里；备份它就是备份全部档案"
    )
    address: str = Field("127.0.0.1", description="监听地址；改为 0.0.0.0 之前请先配置 TLS 反向代理")
    port: int = Field(8000, ge=1, le=65535, description="监听端口")
    threads: int = Field(8, ge=2, le=64, description="网页服务线程数")
    office_name: str = Field("档案室", description="单位名称，显示在页眉和打印件上")
    database_url: str = Field("", description="空 = 数据文件夹内的 SQLite；多机时填 postgresql+psycopg://…")
    storage: str = Field("local", description="原件存储:local = 数据文件夹 objects/")
    queue: str = Field(
        "huey-sqlite", description="任务传送:huey-sqlite = 数据文件夹内;huey-redis = 用 queue_url 指定的 Redis"
    )
    queue_url: str = Field("", description="queue = huey-redis 时的地址，如 redis://127.0.0.1:6379/0")
    workers: int = Field(2, ge=1, le=32, description="后台同时处理的任务数，不宜超过 CPU 核数")
    lease_seconds: int = Field(
        30, ge=5, le=3600, description="任务租约(秒)：后台进程意外退出后，最多等这么久由他人接手"
    )
    disk_reserve_mb: int = Field(200, ge=0, description="磁盘保留空间(MB)：低于此值暂停接收新文件，检索照常")
    upload_limit_mb: int = Field(512, ge=1, description="单个上传文件上限(MB)")
    tls: bool = Field(False, description="前面是否有 TLS(https)；为真时 Cookie 加 Secure 并发送 HSTS")
    session_idle_minutes: int = Field(15, ge=1, le=24 * 60, description="多久不操作自动退出(分钟)")
    session_hours: int = Field(8, ge=1, le=24 * 7, description="一次登录最长有效(小时)")
    disabled: tuple[str, ...] = Field((), description='停用的插件名，如 ["handover"]')


Model = TypeVar("Model", bound=BaseModel)


class Settings:
    """All settings of one instance: ``host`` and one typed section per plugin."""

    def __init__(self, host: HostSettings, raw_plugins: Mapping[str, Mapping[str, Any]], source: str) -> None:
        self.host = host
        self.source = source
        self._raw_plugins = raw_plugins
        self._plugins: dict[str, BaseModel] = {}

    def bind(self, name: str, model: type[BaseModel]) -> None:
        """Check ``[plugins.<name>]`` against the plugin's model. Raises ConfigError."""
        self._plugins[name] = _checked(model, self._raw_plugins.get(name, {}), self.source, f"plugins.{name}")

    def plugin(self, name: str) -> Any:
        """Return the typed section of a plugin that declared one."""
        return self._plugins[name]

    def unknown_sections(self, known: set[str]) -> list[str]:
        """Return plugin sections that no plugin declares, sorted."""
        return sorted(set(self._raw_plugins) - known)


def load_settings(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read settings from ``file`` (or ``config.toml`` beside the program, if there) and the environment.

    Args:
        file: a TOML file that must exist; None means the optional default.
        environment: variables to read ``LINDANG__…`` from; the process environment when None.
        overrides: nested values that win over everything, for tests and the command line.

    Raises:
        ConfigError: naming the file, section, key and value at fault.
    """
    env = os.environ if environment is None else environment
    path = file or Path(env.get("LINDANG_CONFIG", "") or DEFAULT_FILE)
    required = file is not None or bool(env.get("LINDANG_CONFIG"))
    raw = _merge(_read_toml(path, required=required), _from_environment(env))
    raw = _merge(raw, dict(overrides or {}))
    unknown = sorted(set(raw) - {"host", "plugins"})
    if unknown:
        raise ConfigError(f"{path}:不认识的段落 [{unknown[0]}]", remedy="只有 [host] 和 [plugins.名称] 两类段落。")
    host = _checked(HostSettings, raw.get("host", {}), str(path), "host")
    return Settings(host, raw.get("plugins", {}), str(path))


def _read_toml(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists() and not required:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"找不到设置文件 {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}:不是正确的 TOML:{error}", remedy="请对照 config.example.toml 修改。") from error


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    """``LINDANG__A__B=v`` becomes ``{"a": {"b": v}}``; values stay text, pydantic reads them."""
    result: dict[str, Any] = {}
    for name, value in env.items():
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        *sections, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        place = result
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = _toml_value(value)
    return result


def _toml_value(text: str) -> Any:
    """Lists and tables may be written as TOML; anything else is text."""
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return merged


def _checked(model: type[Model], values: Mapping[str, Any], source: str, section: str) -> Model:
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"{source} [{section}] {key} = {first.get('input')!r}:{first['msg']}",
            remedy="请对照 config.example.toml 修改；环境变量 LINDANG__… 优先于文件。",
        ) from error
