"""Small pure parts of the host: actors, formats, the vault, file-system refusal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import String, column, select
from sqlalchemy.dialects import sqlite

from lindang import i18n
from lindang.auth import Actor, system_actor
from lindang.crypto import KEY_FILE, Vault, load_vault
from lindang.db import Fixed4, refuse_network_filesystem
from lindang.errors import ConfigError, Fault, Faults, Forbidden


def _actor(*prefixes: str) -> Actor:
    return Actor(account_id=1, name="甲", permissions=frozenset({"a:b:read"}), prefixes=prefixes)


def test_an_actor_covers_what_its_prefixes_say() -> None:
    actor = _actor("141124", "141129102")
    assert actor.covers("141124102205")
    assert actor.covers("141129102001")
    assert not actor.covers("141129103001")
    assert not _actor().covers("141124")
    assert system_actor().covers("")


@pytest.mark.parametrize(
    ("prefixes", "condition"),
    [
        ((), "false"),
        (("",), "true"),
        (("14",), "(code LIKE '14' || '%' ESCAPE '/')"),
    ],
)
def test_the_scope_is_a_condition_in_the_query(prefixes: tuple[str, ...], condition: str) -> None:
    query = select(column("code", String)).where(_actor(*prefixes).within(column("code", String)))
    text = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    wanted = {"false": "0 = 1", "true": "1 = 1"}.get(condition, condition.strip("()"))
    assert wanted in text or (condition == "true" and "WHERE" in text)


def test_a_missing_permission_raises() -> None:
    _actor().require("a:b:read")
    with pytest.raises(Forbidden):
        _actor().require("a:b:write")


def test_the_formats_of_the_office() -> None:
    moment = dt.datetime(2020, 7, 30, 16, 30, tzinfo=dt.UTC)
    assert i18n.format_when(moment) == "2020-07-31 00:30"
    assert i18n.format_date_doc(dt.date(2020, 7, 30)) == "2020年7月30日"
    assert i18n.format_mu(Decimal("12.345")) == "12.35 亩"
    assert i18n.format_mu(Decimal("0.005")) == "0.01 亩"
    assert i18n.mask_number("141124197001010017") == "141124********0017"
    assert i18n.mask_number("12345") == "*****"
    assert i18n.format_filesize(1536) == "1.5 KB"


def test_a_vault_opens_only_what_its_key_sealed(tmp_path: Path) -> None:
    vault = load_vault(tmp_path)
    sealed = vault.seal("141124197001010017")
    assert "141124" not in sealed
    assert sealed != vault.seal("141124197001010017")
    assert load_vault(tmp_path).open(sealed) == "141124197001010017"
    assert vault.digest("甲") == load_vault(tmp_path).digest("甲")
    with pytest.raises(ConfigError, match="密钥"):
        Vault(bytes(32)).open(sealed)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_vault(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_vault(tmp_path)


def test_the_embedded_database_refuses_a_network_folder(tmp_path: Path) -> None:
    mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n"
    with pytest.raises(ConfigError, match="网络文件系统"):
        refuse_network_filesystem(tmp_path / "data", mounts)
    refuse_network_filesystem(tmp_path, "/dev/sda1 / ext4 rw 0 0\n")


def test_areas_are_exact_or_refused() -> None:
    fixed, dialect = Fixed4(), sqlite.dialect()
    assert fixed.process_bind_param(Decimal("12.3456"), dialect) == 123456
    assert fixed.process_result_value(123456, dialect) == Decimal("12.3456")
    with pytest.raises(ValueError, match="four decimals"):
        fixed.process_bind_param(Decimal("0.00001"), dialect)


def test_faults_are_told_all_at_once() -> None:
    text = str(Faults("表格有错", [Fault("第3行", "面积不是数字", "请改为数字"), Fault("第9行", "村代码不存在")]))
    assert "第3行:面积不是数字 请改为数字" in text
    assert "第9行:村代码不存在" in text
