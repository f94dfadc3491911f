"""Pictures of the main pages of the demonstration, for the README and for a critical look: ``docs/images/*.png``.

Usage: ``python -m tools.screenshots [FOLDER]``: serves the demonstration that lies in ``demo-data`` (build it with
``make demo``) on a free port of this machine and photographs its pages in Chromium, at the size of an office screen.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from app import make_host
from lindang.config import load_settings
from lindang.host import Host
from lindang.web import create_web_app
from models.archive import ArchiveFile
from models.handover import Batch
from models.register import Parcel
from plugins.demo.adapters.marker import read_marker
from tools.serving import serving

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-background-networking"]
WINDOW = {"width": 1366, "height": 768}


@dataclass(frozen=True, slots=True)
class Picture:
    """One page, seen by one person: where it is, and what to click once it is open."""

    name: str
    login: str
    path: str
    click: str = ""


def pictures(host: Host) -> list[Picture]:
    """Return what to photograph in the demonstration at hand."""
    with host.view() as session:
        closed = session.scalar(select(Batch.id).where(Batch.state == "ANSWERED").limit(1))
        village, row = session.execute(select(Parcel.division_code, Parcel.id).order_by(Parcel.id).limit(1)).one()
        file_id = session.scalar(select(ArchiveFile.id).where(ArchiveFile.holder_name != "").limit(1))
    return [
        Picture("home", "dangan", "/"),
        Picture("search", "dangan", "/search?q=柳树沟"),
        Picture("file", "dangan", f"/catalogue/files/{file_id}"),
        Picture("viewer", "dangan", "/search?q=四至", click="main a[href*='mark=']"),
        Picture("sorting", "dangan", "/ingest/desk", click="main a[href*='/ingest/desk/']"),
        Picture("intake", "dangan", "/ingest/"),
        Picture("register", "dangan", f"/register/villages/{village}"),
        Picture("keying", "dangan", f"/register/villages/{village}/grid?parcel={row}"),
        Picture("findings", "dangan", "/register/findings"),
        Picture("matching", "dangan", "/register/matching"),
        Picture("ready", "lianluo", "/handover/ready"),
        Picture("batch", "lianluo", f"/handover/batches/{closed}"),
        Picture("journal", "shenji", "/accounts/journal"),
    ]


def log_in(browser: Browser, address: str, login: str, password: str) -> Page:
    """Open a window of one person."""
    page = browser.new_context(base_url=address, viewport=WINDOW, locale="zh-CN").new_page()  # type: ignore[arg-type]
    page.goto("/accounts/login")
    page.get_by_label("登录名").fill(login)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login" not in url)
    return page


def main(folder: Path) -> None:
    """Photograph every page of the list."""
    host = make_host(load_settings(overrides={"host": {"data_dir": str(folder)}}))
    marker = read_marker(host.data_dir)
    if marker is None:
        raise SystemExit(f"{folder}: no demonstration here; build it with: make demo")
    TARGET.mkdir(parents=True, exist_ok=True)
    with serving(create_web_app(host)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        windows: dict[str, Page] = {}
        for picture in pictures(host):
            if picture.login not in windows:
                windows[picture.login] = log_in(browser, address, picture.login, marker.passwords[picture.login])
            page = windows[picture.login]
            page.goto(picture.path)
            if picture.click:
                page.locator(picture.click).first.click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=TARGET / f"{picture.name}.png")
            print(picture.name, page.url.removeprefix(address))
        browser.close()
    host.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo-data")
