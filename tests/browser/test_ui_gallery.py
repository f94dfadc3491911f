"""The face in a real browser: keyboard, viewer, upload, dialogs, print and accessibility, under the product's own policy.

The pages come from :mod:`tests.support.gallery`, so that a fault here is a fault of templates, styles or scripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright
from pypdf import PdfReader

from tests.support.gallery import create_gallery
from tools.serving import serving

pytestmark = pytest.mark.browser

CHROMIUM = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-background-networking"]}
WINDOW = {"width": 1366, "height": 768}
PAGES = ["/list", "/list?empty=1", "/detail", "/form", "/view/2", "/upload"]


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_gallery()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**CHROMIUM)  # type: ignore[arg-type]
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a missing image on purpose is no complaint."""
    return []


@pytest.fixture
def page(app: Flask, address: str, browser: Browser, complaints: list[str]) -> Iterator[Page]:
    app.extensions["seen"].clear()
    app.extensions["uploads"].clear()
    context = browser.new_context(base_url=address, viewport=WINDOW, locale="zh-CN", reduced_motion="reduce")
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def asked(app: Flask, start: str) -> list[str]:
    return [line for line in app.extensions["seen"] if line.startswith(start)]


# Accessibility, small screens, paper ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_timeout(300)
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found if rule["impact"] in {"serious", "critical"}] == []


def test_axe_finds_nothing_serious_in_a_form_with_faults_and_an_open_dialog(page: Page) -> None:
    page.goto("/form")
    page.get_by_role("button", name="保存").click()
    serious = [
        rule["id"] for rule in Axe().run(page).response["violations"] if rule["impact"] in {"serious", "critical"}
    ]
    page.goto("/detail")
    page.get_by_role("button", name="签发").click()
    serious += [
        rule["id"] for rule in Axe().run(page).response["violations"] if rule["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1366, 1024, 390])
def test_no_page_scrolls_sideways(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_no_text_is_smaller_than_14_px_but_the_key_hint(page: Page) -> None:
    sizes = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
        && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(e).fontSize) < 14)
        .map(e => e.tagName)"""
    for path in PAGES:
        page.goto(path)
        assert set(page.evaluate(sizes)) <= {"KBD"}


def test_paper_shows_the_content_and_not_the_chrome(page: Page, tmp_path: Path) -> None:
    page.goto("/detail")
    page.emulate_media(media="print")
    for hidden in (".top", ".side", ".foot", ".page-actions", ".tabs"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator(".table thead").first.evaluate("e => getComputedStyle(e).display") == "table-header-group"
    page.pdf(path=tmp_path / "detail.pdf", prefer_css_page_size=True)
    pages = PdfReader(tmp_path / "detail.pdf").pages
    assert len(pages) > 1
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    numbers = [re.search(r"第\s*(\d+)\D+共\s*(\d+)", sheet.extract_text()) for sheet in pages]
    assert [found.groups() for found in numbers if found] == [
        (str(n), str(len(pages))) for n in range(1, len(pages) + 1)
    ]
    assert all("证号" in sheet.extract_text() for sheet in pages[:2])  # the head of the table again on the second sheet


# Keys, dialogs, forms ---------------------------------------------------------------------------------------------------


def test_the_slash_key_goes_to_the_search_box(page: Page) -> None:
    page.goto("/list")
    page.keyboard.press("/")
    expect(page.locator("#top-q")).to_be_focused()
    page.keyboard.type("a/b")
    expect(page.locator("#top-q")).to_have_value("a/b")


def test_the_first_tab_stop_jumps_over_the_menu(page: Page) -> None:
    page.goto("/list")
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_confirm_box_names_the_object_and_posts_once(app: Flask, page: Page) -> None:
    page.goto("/detail")
    page.get_by_role("button", name="签发").press("Enter")
    box = page.get_by_role("dialog", name="签发批次 YJ-2020-003？")
    expect(box.get_by_label("意见")).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    page.get_by_role("button", name="签发").click()
    page.keyboard.type("同意")
    box.get_by_role("button", name="签发").dblclick()
    page.wait_for_url("**/echo")
    assert '"why":["同意"]' in page.content().replace("\n", "").replace(" ", "")
    assert len(asked(app, "POST /echo")) == 1


def test_the_bulk_bar_counts_and_unlocks(page: Page) -> None:
    page.goto("/list")
    add = page.get_by_role("button", name="加入批次")
    expect(add).to_be_disabled()
    page.get_by_label("选择第 22 行").check()
    expect(page.get_by_text("已选 1 项")).to_be_visible()
    page.get_by_label("全选").check()
    expect(page.get_by_text("已选 12 项")).to_be_visible()
    add.click()
    page.wait_for_url("**/echo")
    assert page.content().count('"') > 24


def test_leaving_a_changed_form_asks_and_saving_does_not(page: Page) -> None:
    asked_to_stay: list[str] = []
    page.on("dialog", lambda dialog: (asked_to_stay.append(dialog.type), dialog.dismiss())[0])
    page.goto("/form")
    page.get_by_label("权利人").fill("王某")
    page.get_by_role("link", name="移交批次").click()
    page.wait_for_timeout(300)
    assert asked_to_stay == ["beforeunload"]
    assert page.url.endswith("/form")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("请改正以下内容")
    expect(page.get_by_label("林权证号")).to_be_focused()
    assert asked_to_stay == ["beforeunload"]


def test_live_search_waits_until_a_chinese_word_is_composed(page: Page) -> None:
    page.goto("/list")
    page.evaluate("window.sent = []; document.addEventListener('live', e => window.sent.push(e.target.value))")
    page.locator("#live").focus()
    keyboard = page.context.new_cdp_session(page)
    for partial in ("w", "wa", "wang"):
        keyboard.send("Input.imeSetComposition", {"text": partial, "selectionStart": 0, "selectionEnd": len(partial)})
        page.wait_for_timeout(400)
    assert page.evaluate("window.sent") == []
    keyboard.send("Input.insertText", {"text": "王"})
    page.wait_for_timeout(2000)
    assert page.evaluate("window.sent") == ["王"]


def test_a_fragment_renews_itself_until_the_work_is_done(app: Flask, page: Page) -> None:
    page.goto("/detail")
    expect(page.locator("#step")).to_have_text("第 2 步", timeout=10_000)
    page.wait_for_timeout(2500)
    assert asked(app, "GET /poll") == ["GET /poll/1", "GET /poll/2"]


def test_copying_puts_the_text_on_the_clipboard(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/detail")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "YJ-2020-003"


# The viewer ---------------------------------------------------------------------------------------------------------------


def boxes(page: Page) -> list[dict[str, float]]:
    return [box for box in (each.bounding_box() for each in page.locator(".viewer-mark").all()) if box]


def test_the_viewer_lights_words_across_boxes_and_lines(page: Page) -> None:
    page.goto("/view/2")
    expect(page.get_by_text("本页标出 3 处")).to_be_visible()
    expect(page.locator(".viewer-mark")).to_have_count(4)  # the second mark runs over the end of a line
    assert [mark.inner_text() for mark in page.locator("mark").all()] == [
        "王家",
        "沟",
        "后",
        "山梁",
        "００",
        "０１",
        "２３",
    ]
    first = boxes(page)[0]
    assert first["width"] > 2.5 * first["height"] * 0.8  # three letters of the seven-letter line, as one box


def test_a_mark_covers_its_letters_in_the_image(page: Page) -> None:
    page.goto("/view/2?q=沟村小")
    expect(page.locator(".viewer-mark")).to_have_count(1)
    page.wait_for_timeout(300)
    (box,) = boxes(page)
    scan = page.evaluate("""() => { const v = document.querySelector('.openseadragon-canvas').getBoundingClientRect();
        return {x: v.x, y: v.y, width: v.width, height: v.height}; }""")
    scale = scan["height"] / 877
    left = scan["x"] + (scan["width"] - 620 * scale) / 2
    assert box["x"] == pytest.approx(left + (60 + 8 * 20) * scale, abs=6)
    assert box["width"] == pytest.approx(3 * 20 * scale, abs=10)
    assert box["y"] == pytest.approx(scan["y"] + (60 + 2 * 40) * scale, abs=6)


def test_turning_pages_by_key_keeps_the_address(page: Page) -> None:
    page.goto("/view/2?mark=1")
    page.locator("[data-stage]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/view/3?mark=1")
    expect(page.get_by_text("这一页还没有识别文字。")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/view/1?mark=1")
    expect(page.locator('[data-page][aria-current="page"]')).to_contain_text("1")
    expect(page.locator('[data-do="previous"]')).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    assert page.url.endswith("/view/1?mark=1")


def test_what_stands_around_the_viewer_follows_the_page_shown(page: Page) -> None:
    page.goto("/view/1")
    page.locator("[data-stage]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1)).to_have_text("第 2 张扫描件")
    expect(page.get_by_role("link", name="换第 2 页")).to_be_visible()
    expect(page).to_have_title(re.compile("第 2 张扫描件"))


def test_a_button_of_the_last_page_cannot_be_pressed_while_the_next_one_is_coming(page: Page) -> None:
    page.goto("/view/1")
    page.route("**/view/2?mark=1", lambda _route: None)  # the answer never comes
    page.locator("[data-stage]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-where]")).to_have_text("2")
    with pytest.raises(Error, match="Timeout"):
        page.get_by_text("换第 1 页").click(trial=True, timeout=700)
    assert page.get_by_text("换第 1 页").evaluate("e => { e.focus(); return document.activeElement === e; }") is False


def test_an_image_that_cannot_be_read_is_said_and_the_others_still_open(page: Page) -> None:
    page.goto("/view/3")
    page.get_by_title("下一页（→）").click()
    expect(page.get_by_role("alert")).to_contain_text("图像打不开")
    page.get_by_title("下一页（→）").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(".viewer-text-body .line")).to_have_count(5)  # a bare list of words is understood as well


def test_rotation_turns_marks_with_the_page_and_zoom_enlarges(page: Page) -> None:
    page.goto("/view/2?q=王家沟")
    expect(page.locator(".viewer-mark")).to_have_count(1)
    page.wait_for_timeout(300)
    flat = boxes(page)[0]
    page.locator("[data-stage]").focus()
    page.keyboard.press("r")
    page.wait_for_timeout(300)
    turned = boxes(page)[0]
    assert flat["width"] > flat["height"]
    assert turned["height"] > turned["width"]
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    assert boxes(page)[0]["height"] > turned["height"] * 1.4


def test_the_text_can_be_hidden_and_the_choice_is_kept(page: Page) -> None:
    page.goto("/view/2")
    page.get_by_role("button", name="文字", exact=True).click()
    expect(page.locator("[data-text-panel]")).to_be_hidden()
    page.reload()
    expect(page.locator("[data-text-panel]")).to_be_hidden()


def test_an_image_is_fetched_once_per_page(app: Flask, page: Page) -> None:
    page.goto("/view/2")
    page.wait_for_timeout(500)
    assert len(asked(app, "GET /scan/2.png")) == 1


def test_without_script_the_viewer_is_an_image_with_links(address: str, browser: Browser) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False, viewport=WINDOW)
    plain = context.new_page()
    plain.goto("/view/2")
    expect(plain.get_by_role("img", name="第 2 页图像")).to_be_visible()
    expect(plain.get_by_role("button", name="旋转")).to_have_count(0)
    plain.get_by_title("下一页（→）").click()
    expect(plain).to_have_url(f"{address}/view/3?mark=1")
    context.close()


# Upload ---------------------------------------------------------------------------------------------------------------------

Folder = Callable[..., list[Path]]


@pytest.fixture
def scans(tmp_path: Path) -> Folder:
    def make(*names: str) -> list[Path]:
        made = [tmp_path / "王某户" / name for name in names]
        for path in made:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"scan" * 100)
        return made

    return make


def test_good_files_go_up_and_the_page_moves_on(app: Flask, page: Page, scans: Folder) -> None:
    page.goto("/upload")
    page.get_by_label("选择文件", exact=True).set_input_files(scans("2.jpg", "10.jpg", "flaky.jpg"))
    page.wait_for_url("**/list?done=1", timeout=15_000)
    assert app.extensions["uploads"] == {"2.jpg": 1, "10.jpg": 1, "flaky.jpg": 2}


def test_a_folder_keeps_its_paths_and_system_files_stay_out(
    app: Flask, page: Page, scans: Folder, tmp_path: Path
) -> None:
    scans("1.jpg", "Thumbs.db", ".hidden.jpg")
    page.goto("/upload")
    page.get_by_label("选择文件夹").set_input_files(tmp_path / "王某户")
    page.wait_for_url("**/list?done=1")
    assert app.extensions["uploads"] == {"王某户/1.jpg": 1}


def test_one_bad_file_stops_nobody_and_says_why(app: Flask, page: Page, scans: Folder) -> None:
    files = scans("1.jpg", "bad.jpg", "twice.pdf", "letter.wps", "big.tif", "away.png")
    files[4].write_bytes(b"x" * (1024 * 1024 + 1))
    page.goto("/upload")
    page.get_by_label("选择文件", exact=True).set_input_files(files)

    def row(name: str) -> Locator:
        return page.get_by_role("row", name=name)

    expect(row("1.jpg")).to_contain_text("已接收")
    expect(row("bad.jpg")).to_contain_text("文件被截断，打不开")
    expect(row("twice.pdf")).to_contain_text("重复")
    expect(row("letter.wps")).to_contain_text("不是可接收的格式")
    expect(row("big.tif")).to_contain_text("文件超过 1 MB")
    expect(row("away.png")).to_contain_text("登录已失效")
    expect(page.locator("[data-sum]")).to_have_text("已完成 2 / 6，失败 4")
    assert set(app.extensions["uploads"]) == {"1.jpg", "bad.jpg", "twice.pdf", "away.png"}
    page.get_by_role("button", name="重试失败的文件").click()
    expect(row("away.png")).to_contain_text("登录已失效")
    assert app.extensions["uploads"]["away.png"] == 2
    assert page.url.endswith("/upload")


def test_files_dropped_on_the_box_are_taken(app: Flask, page: Page) -> None:
    page.goto("/upload")
    page.evaluate("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(['scan'], '1.jpg', {type: 'image/jpeg'}));
        document.querySelector('[data-drop]').dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true}));
    }""")
    page.wait_for_url("**/list?done=1")
    assert app.extensions["uploads"] == {"1.jpg": 1}
