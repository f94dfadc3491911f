"""The port by which other plugins have a scan parsed: the same sandbox, refusals in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from lindang.errors import BadInput
from lindang.host import Host
from lindang.testing import make_host


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return make_host(tmp_path / "data")


def test_a_scan_comes_back_as_pages_with_images(host: Host, tmp_path: Path) -> None:
    Image.new("L", (620, 877), 240).save(tmp_path / "page.png", dpi=(75, 75))
    with host.port("page_maker")(tmp_path / "page.png") as scan:
        (page,) = scan.result.pages
        assert (page.width, page.height) == (620, 877)
        assert (scan.folder / page.view).stat().st_size > 0
        assert (scan.folder / page.thumb).stat().st_size > 0


def test_a_spoilt_scan_is_refused_in_words(host: Host, tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    with pytest.raises(BadInput) as caught, host.port("page_maker")(tmp_path / "page.jpg"):
        pass
    assert caught.value.message
    assert caught.value.remedy
