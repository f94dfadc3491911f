"""Finding a font with Chinese characters to embed. None is shipped; the system's are used, in a fixed order, so that one
machine always chooses the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lindang.errors import Unavailable
from lindang.i18n import _


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font file and, inside a collection, which of its faces is the simplified Chinese one."""

    path: Path
    face: int = 0


_SHARE: Final = Path("/usr/share/fonts")
CANDIDATES: Final = (
    FontFile(_SHARE / "opentype/noto/NotoSansCJK-Regular.ttc", 2),
    FontFile(_SHARE / "opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    FontFile(_SHARE / "truetype/wqy/wqy-zenhei.ttc"),
    FontFile(_SHARE / "truetype/wqy/wqy-microhei.ttc"),
    FontFile(_SHARE / "truetype/arphic/uming.ttc"),
)


def find_font(
    configured: str = "", candidates: Iterable[FontFile] = CANDIDATES, *, section: str = "handover"
) -> FontFile:
    """Return the configured font, or the first of the known ones that is installed; `section` names the plugin whose setting it is.

    Raises:
        Unavailable: there is none; the message names the package that brings one.
    """
    if configured:
        if Path(configured).is_file():
            return FontFile(Path(configured))
        raise Unavailable(
            _("没有找到设置的字体文件：%(path)s", path=configured),
            where=f"[plugins.{section}] pdf_font",
            remedy=_("请改正路径，或留空以使用系统字体。"),
        )
    for font in candidates:
        if font.path.is_file():
            return font
    raise Unavailable(
        _("没有可用的中文字体，无法生成 PDF"),
        remedy=_(
            "请安装系统软件包 fonts-noto-cjk(apt-get install fonts-noto-cjk）或 fonts-wqy-zenhei;Excel 版不受影响。"
        ),
    )
