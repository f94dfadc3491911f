"""From a scan in a clerk's hand to stored page images: before any transaction. Parsing is the business of whoever offers
the port ``page_maker`` (the intake plugin, in its limited child process); here the results are stored by their digests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from lindang.errors import BadInput, ConfigError, Unavailable
from lindang.host import Host
from lindang.i18n import _
from lindang.ports import Blob

PORT: Final = "page_maker"
JPEG: Final = "image/jpeg"


class ScannedPage(Protocol):
    """One page as the maker saw it: names of its images in the folder, sizes in pixels."""

    view: str
    thumb: str
    width: int
    height: int
    dpi: int | None
    colour_mode: str
    view_width: int
    view_height: int
    thumb_width: int
    thumb_height: int
    is_blank: bool


class ScanFacts(Protocol):
    """What the maker found out about the whole file."""

    format: str
    media_type: str
    tool: str

    @property
    def pages(self) -> Sequence[ScannedPage]:
        """The pages in order."""


class Scanned(Protocol):
    """A parsed file and the folder that holds its page images while the context lasts."""

    @property
    def folder(self) -> Path:
        """Where the images are."""

    @property
    def result(self) -> ScanFacts:
        """What was found."""


PageMaker = Callable[[Path], AbstractContextManager[Scanned]]


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One stored image and what describes it."""

    blob: Blob
    format: str
    media_type: str
    width: int
    height: int
    dpi: int
    colour_mode: str


@dataclass(frozen=True, slots=True)
class PageImages:
    """The three objects of one page, stored: the file as it came, the view, the small picture."""

    master: StoredImage
    view: StoredImage
    thumb: StoredImage
    tool: str
    source_name: str
    is_blank: bool


def store_page(host: Host, path: Path, source_name: str) -> PageImages:
    """Parse a one-page scan and store its objects; nothing refers to them yet.

    Raises:
        BadInput: the file cannot be read as a page, or holds several.
        Unavailable: no plugin offers to parse scans.
    """
    try:
        maker: PageMaker = host.port(PORT)
    except ConfigError as error:
        raise Unavailable(_("扫描入库插件没有启用，不能处理图像"), remedy=_("请联系系统管理员。")) from error
    with maker(path) as scan:
        if len(scan.result.pages) != 1:
            raise BadInput(
                _("这个文件有 %(n)s 页，这里一次只收一页", n=len(scan.result.pages)), remedy=_("请分成单页后再上传。")
            )
        return _stored(host, path, source_name, scan)


def _stored(host: Host, path: Path, source_name: str, scan: Scanned) -> PageImages:
    page, facts = scan.result.pages[0], scan.result
    dpi = page.dpi or 0
    view_dpi = round(dpi * page.view_width / page.width) if page.width else 0
    return PageImages(
        master=StoredImage(
            host.storage.put_file(path),
            facts.format,
            facts.media_type,
            page.width,
            page.height,
            dpi,
            page.colour_mode,
        ),
        view=StoredImage(
            host.storage.put_file(scan.folder / page.view),
            "jpeg",
            JPEG,
            page.view_width,
            page.view_height,
            view_dpi,
            page.colour_mode,
        ),
        thumb=StoredImage(
            host.storage.put_file(scan.folder / page.thumb),
            "jpeg",
            JPEG,
            page.thumb_width,
            page.thumb_height,
            0,
            page.colour_mode,
        ),
        tool=facts.tool,
        source_name=source_name,
        is_blank=page.is_blank,
    )
