"""Mapping files on disk: the two that ship with the plugin, and those an office puts into its own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lindang.errors import BadInput, Faults, NotFound
from lindang.i18n import _
from plugins.register.domain.mapping import MOST_BYTES, TargetMapping, read_mapping

BUNDLED: Final = Path(__file__).resolve().parent.parent / "data"
SHEET_TARGET, REGISTRY_TARGET = "szhb", "qlt_ql_lq"
_SHIPPED: Final = (SHEET_TARGET, REGISTRY_TARGET)
_MOST_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A mapping file: its text and what it says, or (``mapping`` None) why it cannot be used."""

    name: str
    text: str
    mapping: TargetMapping | None
    error: str = ""
    is_bundled: bool = False

    @property
    def title(self) -> str:
        """What the target is called."""
        return self.mapping.title if self.mapping else self.name


def targets_in(folder: Path) -> tuple[TargetFile, ...]:
    """Return the bundled targets, then those of an office's folder by file name; unusable ones with their error."""
    found = [_tried(BUNDLED / f"{name}.toml", is_bundled=True) for name in _SHIPPED]
    own = sorted(folder.glob("*.toml"))[:_MOST_FILES] if folder.is_dir() else []
    return (*found, *(_tried(path, is_bundled=False) for path in own if path.is_file()))


def target_named(folder: Path, name: str) -> TargetFile:
    """Return one target by its name: a bundled one, or the name of a file in the office's folder without ``.toml``.

    Raises:
        NotFound: nobody has it.
        Faults: the file cannot be used.
    """
    for target in targets_in(folder):
        if target.name == name:
            if target.mapping is None:
                return read_target(folder / f"{name}.toml")
            return target
    raise NotFound(
        _("没有名为 %(name)s 的导出目标", name=name), remedy=_("请用 szhb、qlt_ql_lq 或映射文件夹中的文件名。")
    )


def read_target(path: Path) -> TargetFile:
    """Read one mapping file.

    Raises:
        BadInput: it cannot be read, is too large or no UTF-8.
        Faults: everything that is wrong in it.
    """
    text = _text_of(path)
    return TargetFile(path.stem, text, read_mapping(text, path.name))


def _tried(path: Path, *, is_bundled: bool) -> TargetFile:
    text = ""
    try:
        text = _text_of(path)
        return TargetFile(path.stem, text, read_mapping(text, path.name), is_bundled=is_bundled)
    except (BadInput, Faults) as error:
        return TargetFile(path.stem, text, None, str(error), is_bundled)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(_("映射文件超过 1 MB"), where=path.name, remedy=_("请核对是否选对了文件。"))
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(_("映射文件读不出来：%(reason)s", reason=error.strerror or error), where=path.name) from error
    except UnicodeDecodeError as error:
        raise BadInput(_("映射文件不是 UTF-8 编码"), where=path.name, remedy=_("请另存为 UTF-8。")) from error
