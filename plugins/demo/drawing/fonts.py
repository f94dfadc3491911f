"""Find the Chinese faces that the system has and open them at a size; say which package is missing when there is none."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from PIL import ImageFont

from lindang.errors import Unavailable
from lindang.i18n import _


class Face(StrEnum):
    """The faces an office knows: book type and a heavy one of it, headline type and a lighter one, brush type, and the hand
    that fills in the forms.
    """

    SONG = "song"
    HEI = "hei"
    HAND = "hand"
    BOLD = "bold"
    SANS = "sans"
    KAI = "kai"


# (file name, index of the simplified Chinese face in a collection), best first.
_CANDIDATES: dict[Face, tuple[tuple[str, int], ...]] = {
    Face.SONG: (("NotoSerifCJK-Regular.ttc", 2), ("uming.ttc", 0), ("gbsn00lp.ttf", 0)),
    Face.HEI: (("wqy-zenhei.ttc", 0), ("NotoSansCJK-Regular.ttc", 2), ("wqy-microhei.ttc", 0)),
    Face.HAND: (("LXGWWenKai-Regular.ttf", 0), ("gkai00mp.ttf", 0), ("ukai.ttc", 0)),
    Face.BOLD: (("NotoSerifCJK-Bold.ttc", 2), ("NotoSansCJK-Bold.ttc", 2)),
    Face.SANS: (("NotoSansCJK-Regular.ttc", 2), ("wqy-microhei.ttc", 0)),
    Face.KAI: (("gkai00mp.ttf", 0), ("ukai.ttc", 0), ("LXGWWenKai-Regular.ttf", 0)),
}
PRESSES: tuple[Mapping[Face, Face], ...] = (
    {},
    {Face.SONG: Face.KAI, Face.HEI: Face.BOLD},
    {Face.SONG: Face.SANS, Face.HEI: Face.SONG},
    {Face.HEI: Face.SANS},
)
"""Print shops: which face each has in place of the usual one."""
PACKAGES = "fonts-noto-cjk fonts-wqy-zenhei fonts-arphic-gkai00mp"


def font_folders() -> tuple[Path, ...]:
    """List the folders in which fontconfig looks by default, those of the user first."""
    home = Path.home()
    data_home = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return (data_home / "fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts"))


@functools.cache
def _font_files(folders: tuple[Path, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        for pattern in ("*.ttf", "*.ttc", "*.otf"):
            for path in sorted(folder.rglob(pattern)):
                found.setdefault(path.name, path)
    return found


@functools.cache
def font_file(face: Face) -> tuple[Path, int]:
    """Find the file of a face, or the nearest that is installed.

    Raises:
        Unavailable: when the system has no Chinese font at all; the remedy names the packages.
    """
    files = _font_files(font_folders())
    others = [candidate for other in Face if other is not face for candidate in _CANDIDATES[other]]
    for name, index in (*_CANDIDATES[face], *others):
        if name in files:
            return files[name], index
    raise Unavailable(
        _("没有找到中文字体，无法绘制演示村的纸质材料。"),
        where=", ".join(map(str, font_folders())),
        remedy=_("请安装中文字体:apt install %(packages)s", packages=PACKAGES),
    )


@functools.lru_cache(maxsize=256)
def open_font(face: Face, pixels: int) -> ImageFont.FreeTypeFont:
    """Open a face at a height in pixels.

    Raises:
        Unavailable: when the system has no Chinese font.
    """
    path, index = font_file(face)
    return ImageFont.truetype(str(path), pixels, index=index, layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=20_000)
def advance(face: Face, pixels: int, char: str) -> float:
    """Tell how far one character moves the pen; papers measure the same few characters over and over."""
    return float(open_font(face, pixels).getlength(char))
