"""The whole story in a real browser, on real rendered scans, against the product as its own command runs it.

Three households' papers go from a folder to a closed batch through the hands of six people: the archivist files, finds and
keys them; the liaison officer makes a batch, a second officer signs it, it is sent; the registry's receiver accepts all but
one; the feedback papers come back through the same intake behind their printed cover sheets; the second officer closes the
batch; the auditor reads all of it and can change nothing. Each step asserts on words that the person sees.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from lindang.testing import make_host
from models.place import ORG_FORESTRY, ORG_REGISTRY
from plugins.catalogue.service.reference import add_org, load_divisions
from plugins.demo.domain import numbers
from plugins.demo.domain.values import Household, IssueState, Parcel, Village
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing.papers.feedback import Notice
from plugins.demo.drawing.render import render_feedback, render_household
from plugins.demo.drawing.truth import HouseholdTruth
from tests.support.office import PATIENCE_MS, Person, open_chromium, run_lindang, serve_office
from tests.support.people import PASSWORD, admit_one

pytestmark = [pytest.mark.browser, pytest.mark.ocr, pytest.mark.timeout(600)]

ARCHIVIST, LIAISON, REVIEWER, RECEIVER, AUDITOR = "dangan", "lianluo", "shenhe", "jieshou", "shenji"
ROLES = {ARCHIVIST: "archivist", LIAISON: "liaison", REVIEWER: "liaison", RECEIVER: "receiver", AUDITOR: "auditor"}
REGISTRY = "示范县不动产登记中心"
DPI = 150
FULL_WIDTH = str.maketrans("()0123456789", "（）０１２３４５６７８９")
CERTIFICATES, PAPERS = "林权证存根", "其余材料"
RETURN_WORDS = "东至与四至范围图不一致"


@dataclass
class Story:
    """What all steps know: the drawn village and where its papers lie, who is at a browser, and the batch's address.

    Attributes:
        households: the three whose papers are filed; the last one is returned by the registry.
    """

    village: Village
    households: tuple[HouseholdTruth, ...]
    papers: Path
    data: Path
    people: dict[str, Person]
    batch_no: str = ""
    batch_path: str = ""

    @property
    def accepted(self) -> tuple[Household, ...]:
        """The households that the registry accepts."""
        return tuple(one.household for one in self.households[:-1])

    @property
    def returned(self) -> Household:
        """The household that comes back."""
        return self.households[-1].household


# The office before the story begins -----------------------------------------------------------------------------------


def choose_households(village: Village) -> list[Household]:
    """Return three households with one parcel, complete papers and an issued certificate: few pages, nothing amiss."""
    plain = [
        one
        for one in village.households
        if len(one.parcels) == 1 and one.issue_state is IssueState.ISSUED and not one.absent and not one.co_holders
    ]
    return plain[:3]


def draw_papers(folder: Path, village: Village) -> tuple[HouseholdTruth, ...]:
    """Draw three households' papers; the first one's copy of the certificate goes into a folder to be read."""
    drawn = tuple(
        render_household(folder / PAPERS, village, household, quality="clean", dpi=DPI)
        for household in choose_households(village)
    )
    copy = drawn[0].file("D11").relative_path
    (folder / CERTIFICATES / copy).parent.mkdir(parents=True)
    (folder / PAPERS / copy).rename(folder / CERTIFICATES / copy)
    return drawn


def found_office(data: Path, village: Village) -> None:
    """Load the divisions, register the two offices and create the accounts, as the administrators do beforehand."""
    host = make_host(data)
    with host.uow(host.system_actor()) as uow:
        load_divisions(uow, divisions(village).encode(), source="区划.csv")
        county = numbers.COUNTY_CODE
        add_org(uow, code="LY", name=f"{village.county}林业局", kind=ORG_FORESTRY, division_code=county)
        registry = add_org(uow, code="BDC", name=REGISTRY, kind=ORG_REGISTRY, division_code=county).id
    for login, role in ROLES.items():
        org = registry if login == RECEIVER else None
        admit_one(host, login, role, prefixes=(numbers.COUNTY_CODE,), password=PASSWORD, org_id=org)
    host.close()


def divisions(village: Village) -> str:
    """Write the table of divisions from the county down to the village."""
    return (
        "code,name,level,parent\n"
        f"{numbers.COUNTY_CODE},{village.county},county,\n"
        f"{numbers.TOWN_CODE},{village.town},town,{numbers.COUNTY_CODE}\n"
        f"{numbers.VILLAGE_CODE},{village.name},village,{numbers.TOWN_CODE}\n"
    )


@pytest.fixture
def browser() -> Iterator[Browser]:
    with open_chromium() as chromium:
        yield chromium


@pytest.fixture
def story(tmp_path: Path, browser: Browser) -> Iterator[Story]:
    """Draw the papers, found the office, serve it, and seat everybody at a browser."""
    village = invent_village(households=12)
    households = draw_papers(tmp_path, village)
    found_office(tmp_path / "data", village)
    with serve_office(tmp_path / "data") as address:
        people = {login: Person.sit_down(browser, address) for login in ROLES}
        yield Story(village, households, tmp_path, tmp_path / "data", people)


# The story --------------------------------------------------------------------------------------------------------------


def test_scans_travel_from_a_folder_to_a_closed_batch(story: Story) -> None:
    for login, person in story.people.items():
        person.log_in(login, PASSWORD)
    archivist_files_a_certificate(story)
    search_finds_the_household_by_a_fragment_of_the_name(story)
    search_finds_the_page_by_the_number_in_full_width(story)
    archivist_files_the_other_papers(story)
    archivist_counts_the_paper(story)
    archivist_keys_the_certificates(story)
    liaison_makes_a_batch_and_has_it_checked(story)
    second_officer_signs(story)
    liaison_sends(story)
    receiver_confirms_the_receipt(story)
    receiver_returns_one_and_accepts_the_rest(story)
    feedback_is_filed_behind_its_cover_sheets(story)
    second_officer_closes(story)
    auditor_reads_everything(story)
    auditor_changes_nothing(story)
    nothing_is_out_of_balance(story)
    assert {login: person.complaints for login, person in story.people.items() if person.complaints} == {}


# The archivist -----------------------------------------------------------------------------------------------------------


def upload(story: Story, note: str, *, folder: str = "", files: Sequence[Path] = (), ocr: str = "自动选择") -> Person:
    """Let the archivist send a folder, or files, and start the filing once the naming is shown."""
    person = story.people[ARCHIVIST]
    person.choose("扫描入库")
    person.fill({"区划": numbers.VILLAGE_CODE, "说明": note, "识别引擎": ocr})
    person.press("下一步：选择文件")
    picker = person.content.locator("input[webkitdirectory]" if folder else "input[type=file][accept]")
    picker.set_input_files(story.papers / folder if folder else list(files))
    expect(person.card("核对命名")).to_be_visible(timeout=PATIENCE_MS)
    person.press("命名无误，开始入库")
    person.sees("个文件开始入库")
    return person


def archivist_files_a_certificate(story: Story) -> None:
    """The household's folder becomes a 案卷, the file an 件, its pages are read; the page shows how far it is, by itself."""
    person = upload(story, "存根", folder=CERTIFICATES)
    person.sees("已处理完。")
    expect(person.row(story.households[0].file("D11").relative_path)).to_contain_text("已入库")


def archivist_files_the_other_papers(story: Story) -> None:
    """Papers that come later join the 案卷 of their household; filing does not need recognition."""
    person = upload(story, "其余", folder=PAPERS, ocr="不识别文字")
    person.sees("还没有识别文字")
    person.choose("案卷")
    for one in story.households:
        pages = sum(len(file.pages) for file in one.files)
        figures = person.row(one.household.holder.name).locator("td.num")
        expect(figures).to_have_text([str(len(one.files)), str(pages)])


def archivist_counts_the_paper(story: Story) -> None:
    person = story.people[ARCHIVIST]
    for one in story.households:
        open_file(person, one.household)
        person.sees("纸质页数未登记")
        person.follow("修改著录")
        person.fill({"纸质页数": str(sum(len(file.pages) for file in one.files)), "盒号": "林权001"})
        person.press("保存")
        person.sees("与纸质相符")


def open_file(person: Person, household: Household) -> None:
    """Find a household's 案卷 in the list and open it."""
    person.choose("案卷")
    person.row(household.holder.name).get_by_role("link").first.click()
    person.sees(re.compile("^档号 "))


def archivist_keys_the_certificates(story: Story) -> None:
    """Certificate, parcel, next household: the forms lead on until nothing is left to key."""
    person = story.people[ARCHIVIST]
    waiting = {one.household.holder.name: one.household for one in story.households}
    person.choose("案卷")
    person.follow("录入")
    while waiting:
        person.sees("照证书原样录入")
        household = waiting.pop(person.content.get_by_label("权利人 必填").input_value())
        person.fill(certificate_fields(story.village, household))
        person.press("保存并录宗地")
        person.sees(f"林权证 {household.cert_no} 已保存")
        person.fill(parcel_fields(story.village, household, household.parcels[0]))
        person.press("保存，录下一户" if waiting else "保存，这本证录完了")
        person.sees(f"第 1 宗已保存：{household.parcels[0].parcel_no}")
    for one in story.households:
        open_file(person, one.household)
        expect(person.content.locator(".page-title").get_by_text("齐全", exact=True)).to_be_visible()


def certificate_fields(village: Village, household: Household) -> dict[str, str]:
    """Return what is keyed of a certificate, by the words beside the fields."""
    issued = household.course.issue_date
    return {
        "林权证号": household.cert_no,
        "林权证编号（印刷号）": household.cert_serial or "",
        "登记申请表编号": household.parcels[0].application_no,
        "证书状态": household.issue_state.value,
        "发证机关": f"{village.county}人民政府",
        "发证日期": issued.isoformat() if issued else "",
        "权利人类型": "个人",
        "证件种类": "身份证",
        "证件号码": household.holder.id_no,
        "共有方式": "单独所有",
    }


def parcel_fields(village: Village, household: Household, parcel: Parcel) -> dict[str, str]:
    """Return what is keyed of a parcel; who holds land and trees is filled in already."""
    tenure = household.tenure
    return {
        "宗地号": parcel.parcel_no,
        "面积（亩）": str(parcel.area_mu),
        "坐落": parcel.location,
        "小地名": parcel.place_name,
        "林班": parcel.compartment,
        "小班": parcel.subcompartment,
        "东至": parcel.bound_e,
        "南至": parcel.bound_s,
        "西至": parcel.bound_w,
        "北至": parcel.bound_n,
        "主要树种": parcel.main_species,
        "林种": parcel.forest_category,
        "林地所有权权利人": village.collective,
        "取得方式": tenure.acquisition,
        "林地使用期（年）": str(tenure.term_years),
        "起始日期": tenure.term_start.isoformat(),
        "终止日期": tenure.term_end.isoformat(),
    }


# Search --------------------------------------------------------------------------------------------------------------------


def search_finds_the_household_by_a_fragment_of_the_name(story: Story) -> None:
    person, holder = story.people[LIAISON], story.households[0].household.holder.name
    file = person.content.get_by_role("article").filter(has_text="案卷").filter(has_text=holder)
    person.search_until(holder[1:], file)
    expect(file.locator("mark").first).to_have_text(holder[1:])
    page = person.content.get_by_role("article").filter(has_text="林权证存根").filter(has_text=holder)
    expect(page.get_by_role("link", name=re.compile(r"第 \d+ 页")).first).to_be_visible()


def search_finds_the_page_by_the_number_in_full_width(story: Story) -> None:
    """The number is found however it is typed, and its page opens with the number marked on the picture and in the text."""
    person, household = story.people[LIAISON], story.households[0].household
    typed = household.cert_no.translate(FULL_WIDTH)
    found = person.row("号码相同", "从扫描件识别")
    person.search_until(typed, found)
    expect(found.first).to_contain_text(household.holder.name)
    found.first.get_by_role("link", name=re.compile(r"第 \d+ 页")).first.click()
    viewer = person.content.get_by_role("region", name=re.compile(household.holder.name))
    expect(viewer.get_by_text(re.compile(r"本页标出 [1-9]\d* 处"))).to_be_visible(timeout=PATIENCE_MS)
    expect(viewer.locator(".viewer-mark").first).to_be_visible()
    lit = "".join(viewer.get_by_role("region", name="识别文字").locator("mark").all_inner_texts())
    assert f"{household.number:04d}" in lit


# The handover ---------------------------------------------------------------------------------------------------------------


def open_batch(story: Story, login: str) -> Person:
    """Open the batch from the list, as somebody."""
    person = story.people[login]
    person.choose("移交批次")
    person.follow(story.batch_no)
    expect(person.page.get_by_role("heading", level=1)).to_have_text(f"批次 {story.batch_no}")
    return person


def state_of(person: Person, label: str) -> None:
    """See the batch's state beside its name; what the background still does arrives by itself."""
    expect(person.content.locator(".page-title .badge").first).to_have_text(label, timeout=PATIENCE_MS)


def liaison_makes_a_batch_and_has_it_checked(story: Story) -> None:
    person = story.people[LIAISON]
    person.choose("成熟清单")
    expect(person.row(story.village.name)).to_contain_text("3 / 3")
    person.follow("打开")
    for one in story.households:
        expect(person.row(one.household.holder.name)).to_contain_text(one.household.cert_no)
    person.content.get_by_label("全选").check()
    person.press("组成批次")
    person.fill({"批次名称": f"{story.village.name}第一批", "接收单位": REGISTRY})
    person.press("建立批次")
    state_of(person, "拟稿")
    story.batch_no = str(person.page.get_by_role("heading", level=1).inner_text()).removeprefix("批次 ")
    story.batch_path = urlsplit(person.page.url).path
    person.confirm("送检查", f"把批次 {story.batch_no} 送检查？")
    state_after_work(person, "待签发")
    person.sees("您参与了拟定或送检查，请由另一位有签发权限的人签发。")
    expect(person.content.get_by_role("button", name="签发", exact=True)).to_be_disabled()


def state_after_work(person: Person, label: str) -> None:
    """Wait until the background job of a step is through, then see the state."""
    expect(person.content.locator("#progress[aria-busy]")).to_have_count(0, timeout=PATIENCE_MS)
    person.page.reload()
    state_of(person, label)


def second_officer_signs(story: Story) -> None:
    person = open_batch(story, REVIEWER)
    person.confirm("签发", f"签发批次 {story.batch_no}？")
    state_of(person, "已签发")
    for ending in (".pdf", ".xlsx"):
        expect(person.card("移交文件").get_by_role("link", name=ending).first).to_be_visible()


def liaison_sends(story: Story) -> None:
    person = open_batch(story, LIAISON)
    person.follow("送出")
    person.fill({"电子载体编号": "在线", "纸质档案盒号": "林权001"})
    person.press("送出")
    state_after_work(person, "已送出")


def receiver_confirms_the_receipt(story: Story) -> None:
    person = open_batch(story, RECEIVER)
    files = person.content.locator(".figure-one", has_text="电子文件").locator("dd").first.inner_text()
    code = person.card("基本情况").locator(".fact", has_text="清单核对码").locator(".code").inner_text()
    person.follow("接收")
    person.fill({"清点本数": "2", "清点电子文件数": files, "清单核对码": code})
    person.press("确认接收")
    person.sees("请改正以下内容后再提交")
    person.fill({"清点本数": "3"})
    person.press("确认接收")
    person.sees(f"批次 {story.batch_no} 已接收，请逐件答复。")


def receiver_returns_one_and_accepts_the_rest(story: Story) -> None:
    person = story.people[RECEIVER]
    for household in story.accepted:
        person.row(household.holder.name).get_by_label("接收", exact=True).check()
    row = person.row(story.returned.holder.name)
    row.get_by_label("退回", exact=True).check()
    row.get_by_label(re.compile("退回原因")).select_option("03")
    row.get_by_label(re.compile("说明")).fill(RETURN_WORDS)
    person.confirm("提交全部意见")
    person.sees(f"批次 {story.batch_no} 的接收意见已提交。")
    state_of(person, "已答复")
    expect(person.row(story.returned.holder.name)).to_contain_text(f"03 四至不清：{RETURN_WORDS}")
    waiting = story.people[ARCHIVIST]
    waiting.choose("待补正")
    expect(waiting.row(story.returned.holder.name)).to_contain_text(RETURN_WORDS)


def feedback_is_filed_behind_its_cover_sheets(story: Story) -> None:
    """The registry's papers come back, each scanned behind the cover sheet that the batch's page prints."""
    liaison = open_batch(story, LIAISON)
    liaison.sees("还有 2 个条目等待反馈材料")
    covers = story.papers / "封面.pdf"
    liaison.download("打印反馈封面").save_as(covers)
    scans = [scan_behind_cover(story, covers, number, household) for number, household in enumerate(story.accepted)]
    person = upload(story, "反馈", files=scans, ocr="不识别文字")
    for scan in scans:
        expect(person.row(scan.name)).to_contain_text("已入库", timeout=PATIENCE_MS)
    until_filed(story)
    person.choose("反馈登记")
    person.sees("没有待对应的反馈材料")
    person.follow("反馈登记簿")
    for household in story.accepted:
        expect(person.row(household.cert_no)).to_contain_text("封面码")


def until_filed(story: Story) -> None:
    """Look at the batch until its feedback is complete; the officer who sent it has to press nothing."""
    person = open_batch(story, LIAISON)
    for _look in range(30):
        if person.content.locator(".page-title .badge").first.inner_text() == "反馈已归档":
            break
        person.page.reload()
    state_of(person, "反馈已归档")
    for household in story.accepted:
        expect(person.row(household.holder.name)).to_contain_text("反馈已归档")


def scan_behind_cover(story: Story, covers: Path, number: int, household: Household) -> Path:
    """Scan one cover sheet and the registry's paper together, into one PDF of pictures."""
    document = pypdfium2.PdfDocument(covers)
    texts = [document[index].get_textpage().get_text_bounded() for index in range(len(document))]
    own = next(index for index, text in enumerate(texts) if household.cert_no in text)
    cover = document[own].render(scale=DPI / 72).to_pil().convert("RGB")
    document.close()
    notice = Notice(
        doc_no=f"示不动产反〔2021〕{number + 1}号",
        batch_no=story.batch_no,
        archival_code="",
        dated=dt.date(2021, 3, 5),
    )
    paper = render_feedback(story.papers / "反馈", story.village, household, notice, dpi=DPI)
    scan = story.papers / f"扫描{number + 1:03d}.pdf"
    with Image.open(story.papers / "反馈" / paper.relative_path) as sheet:
        cover.save(scan, save_all=True, append_images=[sheet.convert("RGB")], resolution=DPI)
    return scan


def second_officer_closes(story: Story) -> None:
    archivist = open_batch(story, ARCHIVIST)
    expect(archivist.content.get_by_role("button", name="结案")).to_have_count(0)
    person = open_batch(story, REVIEWER)
    person.confirm("结案", f"批次 {story.batch_no} 结案？")
    state_of(person, "已结案")


# The auditor -----------------------------------------------------------------------------------------------------------------


def auditor_reads_everything(story: Story) -> None:
    """The closed batch, a file with its pictures and history, the journal: all open, none with a button that changes it."""
    person = open_batch(story, AUDITOR)
    state_of(person, "已结案")
    for household in story.accepted:
        expect(person.row(household.holder.name)).to_contain_text("反馈已归档")
    expect(person.row(story.returned.holder.name)).to_contain_text("退回待补正")
    assert person.offers() == set()
    open_file(person, story.accepted[0])
    person.sees(story.batch_no)
    assert person.offers() == set()
    person.follow("看扫描件")
    expect(person.content.locator(".viewer.is-live")).to_be_visible()
    assert person.offers() == set()
    person.choose("日志")
    expect(person.row("结案").first).to_contain_text("相符")
    expect(person.content.get_by_text("不符", exact=True)).to_have_count(0)
    assert person.offers() == {"导出 CSV"}


def auditor_changes_nothing(story: Story) -> None:
    """Requests that no page offers, with a valid form token: refused, and the batch stands as it stood."""
    person = open_batch(story, AUDITOR)
    token = person.page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    for path in (f"{story.batch_path}/cancel", f"{story.batch_path}/close", "/ingest/", "/catalogue/files/1/edit"):
        answer = person.page.request.post(path, form={"csrf_token": token, "version": "1", "reason": "试"})
        assert answer.status == 403, (path, answer.status)
    person.page.reload()
    state_of(person, "已结案")


def nothing_is_out_of_balance(story: Story) -> None:
    """The archive's own check of all invariants passes while the server runs, and the command line sees the same batch."""
    verified = run_lindang(story.data, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "不通过" not in verified.stdout
    shown = run_lindang(story.data, "handover", "batch", "show", story.batch_no, "--json")
    assert json.loads(shown.stdout)["state"] == "CLOSED"
