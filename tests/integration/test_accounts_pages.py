"""The accounts pages as people use them: first start, approval, rights, own account, journal."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import FixedClock, drain, make_app, make_host
from models.account import Account, AccountRole, ApiToken, SetupToken
from plugins.accounts.domain.officers import OFFICERS
from plugins.accounts.queries.standing import get_account, roles_of
from plugins.accounts.service.first_start import setup_links
from tests.support.people import COUNTY, OTHER_COUNTY, PASSWORD, admit_everybody, admit_one, signed_in

LINK = re.compile(r"/accounts/setup/[\w-]{43}")
PASSWORDS = {"sysadmin": "Kz7!fichte-rain", "secadmin": "Mq4?buche-wind", "auditadmin": "Vt9#eiche-nebel"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def host(tmp_path: Path, clock: FixedClock) -> Host:
    return make_host(tmp_path, clock=clock)


@pytest.fixture
def app(host: Host) -> Flask:
    return make_app(host)


def _first_link(host: Host) -> str:
    found = LINK.search("\n".join(setup_links(host)))
    assert found
    return found.group()


def _officers(**changes: str) -> dict[str, str]:
    form = {}
    for role, password in PASSWORDS.items():
        form |= {f"{role}_login": f"u-{role}", f"{role}_name": f"{role}君"}
        form |= {f"{role}_password": password, f"{role}_repeat": password}
    return form | changes


def _log_in(app: Flask, login: str, password: str) -> int:
    return app.test_client().post("/accounts/login", data={"login": login, "password": password}).status_code


def _accounts(host: Host) -> list[tuple[str, str]]:
    with host.view() as db:
        query = select(Account.login, AccountRole.role_key).join(AccountRole, AccountRole.account_id == Account.id)
        return [(login, role) for login, role in db.execute(query.order_by(Account.id))]


# --- first start ------------------------------------------------------------------------------------------------------


def test_one_link_makes_three_officers_and_is_spent(app: Flask, host: Host) -> None:
    link = _first_link(host)
    assert app.test_client().get(link).status_code == 200
    done = app.test_client().post(link, data=_officers())
    assert done.status_code == 200
    assert not LINK.search(done.text)
    assert _accounts(host) == [(f"u-{role}", role) for role in OFFICERS]
    assert all(_log_in(app, f"u-{role}", password) == 302 for role, password in PASSWORDS.items())
    assert app.test_client().get(link).status_code == 404
    assert app.test_client().post(link, data=_officers()).status_code == 404
    assert setup_links(host) == [], "nobody is missing now"


def test_who_is_not_there_gets_a_link_of_his_own(app: Flask, host: Host) -> None:
    absent = _officers(auditadmin_password="", auditadmin_repeat="")
    links = LINK.findall(app.test_client().post(_first_link(host), data=absent).text)
    assert len(set(links)) == 1
    assert _log_in(app, "u-auditadmin", "") == 200, "the form itself asks for a password"
    assert _log_in(app, "u-auditadmin", "Vt9#eiche-nebel") == 401
    chosen = {"password": "Vt9#eiche-nebel", "repeat": "Vt9#eiche-nebel"}
    assert app.test_client().post(links[0], data=chosen).status_code == 302
    assert _log_in(app, "u-auditadmin", "Vt9#eiche-nebel") == 302


def test_the_first_archivist_may_come_along_and_work_at_once(app: Flask, host: Host) -> None:
    extra = {"archivist_login": "dangan", "archivist_name": "赵丽", "archivist_prefixes": COUNTY}
    extra |= {"archivist_password": "Hn3%linde-tau8", "archivist_repeat": "Hn3%linde-tau8"}
    assert app.test_client().post(_first_link(host), data=_officers() | extra).status_code == 200
    assert ("dangan", "archivist") in _accounts(host)
    assert _log_in(app, "dangan", "Hn3%linde-tau8") == 302


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"secadmin_login": "U-SYSADMIN"}, "登录名不能相同"),
        ({"secadmin_password": PASSWORDS["sysadmin"], "secadmin_repeat": PASSWORDS["sysadmin"]}, "密码不能相同"),
        ({"secadmin_password": "short", "secadmin_repeat": "short"}, "密码至少 8 位"),
        ({"secadmin_repeat": "typo"}, "两次输入的密码不一致"),
        ({"auditadmin_name": ""}, "安全审计员"),
        ({"archivist_login": "dangan", "archivist_name": "赵丽", "archivist_prefixes": "14112"}, "行政区划代码"),
        ({"archivist_login": "dangan", "archivist_name": "赵丽", "archivist_prefixes": ""}, "请填辖区"),
    ],
)
def test_a_faulty_first_start_makes_nobody_and_the_link_stays(
    app: Flask, host: Host, changes: dict[str, str], told: str
) -> None:
    link = _first_link(host)
    answer = app.test_client().post(link, data=_officers(**changes))
    assert answer.status_code == 422
    assert told in answer.text
    assert _accounts(host) == []
    assert app.test_client().post(link, data=_officers()).status_code == 200


def test_only_the_newest_first_link_works_and_not_for_ever(app: Flask, host: Host, clock: FixedClock) -> None:
    old, new = _first_link(host), _first_link(host)
    assert app.test_client().get(old).status_code == 404
    clock.advance(hours=72)
    assert app.test_client().get(new).status_code == 404
    assert app.test_client().get(_first_link(host)).status_code == 200


def test_the_link_names_only_officers_that_are_missing(app: Flask, host: Host) -> None:
    """An office that began on the command line completes itself; nobody there can be doubled."""
    admit_one(host, "aa", "sysadmin")
    admit_one(host, "bb", "auditadmin")
    link = _first_link(host)
    page = app.test_client().get(link).text
    assert 'name="secadmin_login"' in page
    assert 'name="sysadmin_login"' not in page
    assert 'name="archivist_login"' not in page
    app.test_client().post(link, data=_officers())
    assert _accounts(host) == [("aa", "sysadmin"), ("bb", "auditadmin"), ("u-secadmin", "secadmin")]


def test_the_secret_of_a_link_is_not_in_the_database(app: Flask, host: Host) -> None:
    secret = _first_link(host).rsplit("/", 1)[1]
    with host.view() as db:
        assert db.scalars(select(SetupToken.digest)).all()
    assert secret.encode() not in b"".join(path.read_bytes() for path in host.data_dir.glob("lindang.db*"))


# --- from new to working ----------------------------------------------------------------------------------------------


def test_two_officers_bring_somebody_in(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    maker, approver = (signed_in(app, host, people[role]) for role in ("sysadmin", "secadmin"))
    made = maker.post("/accounts/new", data={"login": "lianluo", "name": "孙立军", "remark": "县联络员"})
    page = made.headers["Location"]
    assert "待审批" in maker.get(page).text
    rights = {"roles": ["liaison"], "prefixes": f"{COUNTY}, {OTHER_COUNTY}", "version": "1"}
    assert maker.post(f"{page}/approve", data=rights).status_code == 403
    answer = approver.post(f"{page}/approve", data=rights)
    link = LINK.search(answer.text)
    assert answer.status_code == 200
    assert link
    chosen = {"password": PASSWORD, "repeat": PASSWORD}
    assert app.test_client().post(link.group(), data=chosen).status_code == 302
    assert _log_in(app, "lianluo", PASSWORD) == 302
    assert link.group() not in approver.get(page).text


def test_the_approval_form_tells_what_is_wrong_and_keeps_what_was_chosen(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    page = signed_in(app, host, people["sysadmin"]).post("/accounts/new", data={"login": "xx", "name": "新"})
    approver, at = signed_in(app, host, people["secadmin"]), page.headers["Location"]
    wrong = {"roles": ["liaison", "auditor"], "prefixes": "14112", "version": "1"}
    answer = approver.post(f"{at}/approve", data=wrong)
    assert answer.status_code == 422
    assert "不能兼任" in answer.text
    assert "14112" in answer.text
    assert answer.text.count(" checked") == 2
    unknown = approver.post(f"{at}/approve", data={**wrong, "roles": ["root"]})
    assert unknown.status_code == 422


def test_a_stale_form_is_a_readable_conflict(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    approver, at = signed_in(app, host, people["secadmin"]), f"/accounts/{people['archivist']}"
    assert approver.post(f"{at}/disable", data={"version": "99"}).status_code == 409
    assert approver.post(f"{at}/disable", data={"version": "x"}).status_code == 409
    assert approver.post(f"{at}/disable").status_code == 409
    with host.view() as db:
        version = get_account(db, people["archivist"]).version
    assert approver.post(f"{at}/disable", data={"version": version, "reason": "调离"}).status_code == 302
    assert "停用" in approver.get(at).text


def test_roles_are_adjusted_within_their_fence(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    officer, reader = (signed_in(app, host, people[role]) for role in ("secadmin", "reader"))
    assert reader.get("/accounts/me/tokens").status_code == 200
    page = officer.get("/accounts/roles/reader").text
    offered = re.findall(r'name="permissions"[^>]*value="([^"]+)"', page)
    assert "accounts:token:manage" in offered
    assert not any(key.startswith(("accounts:account", "accounts:role")) for key in offered)
    assert officer.post("/accounts/roles/reader", data={"submit": "1"}).status_code == 302
    assert reader.get("/accounts/me/tokens").status_code == 403
    smuggled = officer.post("/accounts/roles/reader", data={"permissions": ["accounts:role:grant"]})
    assert smuggled.status_code == 422
    assert officer.post("/accounts/roles/auditor", data={"permissions": ["host:jobs:manage"]}).status_code == 422
    assert officer.get("/accounts/roles/nonsense").status_code == 404


def test_the_list_finds_by_name_state_and_role(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    officer = signed_in(app, host, people["secadmin"])
    assert "liaison君" in officer.get("/accounts/?words=LIAISON").text
    only = officer.get("/accounts/?role=auditor").text
    assert "auditor君" in only
    assert "liaison君" not in only
    assert "没有符合条件" in officer.get("/accounts/?words=%25").text
    assert officer.get("/accounts/?page=99999&per_page=7&state=nonsense").status_code == 200


# --- API tokens -------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_can_be_revoked_by_its_owner_only(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    owner, stranger = (signed_in(app, host, people[role]) for role in ("archivist", "liaison"))
    made = owner.post("/accounts/me/tokens", data={"label": "扫描站", "days": "30", "prefixes": ""})
    secret = re.search(r"ld_[\w-]{43}", made.text)
    assert secret
    assert host.identity
    assert host.identity.from_bearer(secret.group()) is not None
    assert secret.group() not in owner.get("/accounts/me/tokens").text
    with host.view() as db:
        token = db.scalars(select(ApiToken)).one()
    assert stranger.post(f"/accounts/me/tokens/{token.id}/revoke").status_code == 404
    assert owner.post(f"/accounts/me/tokens/{token.id}/revoke").status_code == 302
    assert host.identity.from_bearer(secret.group()) is None


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"label": "x", "days": "366"}, "1 到 365 天"),
        ({"label": "x", "days": "0"}, "1 到 365 天"),
        ({"label": "x", "days": "30", "prefixes": OTHER_COUNTY}, "辖区之内"),
        ({"label": "x", "days": "30", "prefixes": "1411"}, "辖区之内"),
        ({"label": "x", "days": "30", "prefixes": "abc"}, "行政区划代码"),
        ({"label": " ", "days": "30"}, "用途"),
    ],
)
def test_tokens_that_would_be_too_strong_are_refused(app: Flask, host: Host, form: dict[str, str], told: str) -> None:
    owner = signed_in(app, host, admit_everybody(host)["archivist"])
    answer = owner.post("/accounts/me/tokens", data=form)
    assert answer.status_code == 422
    assert told in answer.text
    with host.view() as db:
        assert db.scalars(select(ApiToken)).all() == []


def test_a_token_narrows_lives_and_dies_with_its_account(app: Flask, host: Host, clock: FixedClock) -> None:
    account = admit_one(host, "zhao", "archivist", prefixes=("1411",))
    owner = signed_in(app, host, account)
    made = owner.post("/accounts/me/tokens", data={"label": "x", "days": "30", "prefixes": COUNTY})
    secret = re.search(r"ld_[\w-]{43}", made.text)
    assert secret
    assert host.identity
    actor = host.identity.from_bearer(secret.group())
    assert actor
    assert (actor.prefixes, actor.channel) == ((COUNTY,), "api")
    clock.advance(days=30)
    assert host.identity.from_bearer(secret.group()) is None
    clock.advance(days=-1)
    assert host.identity.from_bearer(secret.group()) is not None
    with host.transaction() as db:
        db.execute(text("UPDATE account SET state = 'disabled'"))
    assert host.identity.from_bearer(secret.group()) is None
    assert host.identity.from_bearer("ld_nonsense") is None


# --- journal ----------------------------------------------------------------------------------------------------------


def _journalled(host: Host) -> dict[str, int]:
    people = admit_everybody(host)
    with host.uow(host.system_actor()) as uow:
        uow.journal("item.filed", "item:1", division=f"{COUNTY}102205", title="=1+1", note="<b>粗</b>")
        uow.journal("item.filed", "item:2", division=f"{OTHER_COUNTY}102205", title="别县")
    return people


def test_the_audit_administrator_reads_all_and_the_auditor_his_own_county(app: Flask, host: Host) -> None:
    people = _journalled(host)
    everything = signed_in(app, host, people["auditadmin"]).get("/accounts/journal?per_page=100").text
    assert "item:1" in everything
    assert "item:2" in everything
    assert "新建账号" in everything
    own = signed_in(app, host, people["auditor"]).get("/accounts/journal?per_page=100").text
    assert "item:1" in own
    assert "item:2" not in own
    assert "新建账号" not in own
    assert "<b>粗</b>" not in everything
    assert "&lt;b&gt;粗&lt;/b&gt;" in everything


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("subject=item:1", {"item:1"}),
        ("action=item", {"item:1", "item:2"}),
        ("action=item.filed&division=141125", {"item:2"}),
        ("who=系统&action=item", {"item:1", "item:2"}),
        ("who=某人", set()),
        ("since=2020-09-01&until=2020-09-01&action=item", {"item:1", "item:2"}),
        ("since=2020-09-02", set()),
        ("until=2020-08-31", set()),
        ("since=nonsense&subject=item:2", {"item:2"}),
        ("subject=%25", set()),
    ],
)
def test_the_journal_is_narrowed(app: Flask, host: Host, query: str, seen: set[str]) -> None:
    people = _journalled(host)
    page = signed_in(app, host, people["auditadmin"]).get(f"/accounts/journal?per_page=100&{query}").text
    assert {subject for subject in ("item:1", "item:2") if f">{subject}<" in page} == seen


def test_the_office_day_decides_not_the_utc_day(app: Flask, host: Host, clock: FixedClock) -> None:
    people = _journalled(host)
    clock.advance(hours=16)  # 2020-09-01 17:00 UTC is 01:00 on the 2nd in the office
    with host.uow(host.system_actor()) as uow:
        uow.journal("item.filed", "item:3", division=COUNTY)
    reader = signed_in(app, host, people["auditadmin"])
    assert ">item:3<" in reader.get("/accounts/journal?since=2020-09-02").text
    assert ">item:3<" not in reader.get("/accounts/journal?until=2020-09-01").text


def test_the_export_holds_no_formula_and_is_itself_journalled(app: Flask, host: Host) -> None:
    people = _journalled(host)
    with host.uow(host.system_actor("=cmd|'/c calc'!A0")) as uow:
        uow.journal("item.filed", "@item:3", division=COUNTY)
    client = signed_in(app, host, people["auditadmin"])
    answer = client.post("/accounts/journal/export", data={"action": "item"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row[6] for row in rows[1:]] == ["item:1", "item:2", "'@item:3"]
    assert rows[3][2].startswith("'=")
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    with host.view() as db:
        last = db.scalars(select(JournalRow).order_by(JournalRow.seq.desc()).limit(1)).one()
    assert (last.action, last.actor) == ("journal.exported", "auditadmin君")
    own = signed_in(app, host, people["auditor"]).post("/accounts/journal/export", data={"division": OTHER_COUNTY})
    assert "item:2" not in own.text


def test_a_line_that_was_tampered_with_is_marked_where_it_stands(app: Flask, host: Host) -> None:
    people = _journalled(host)
    reader = signed_in(app, host, people["auditadmin"])
    assert "不符" not in reader.get("/accounts/journal?per_page=100").text
    with host.transaction() as db:
        db.execute(text("DROP TRIGGER journal_no_update"))
        db.execute(text("UPDATE journal SET actor = '别人' WHERE subject = 'item:1'"))
    page = reader.get("/accounts/journal?per_page=100").text
    assert "日志链已断" in page
    assert page.count(">不符<") == 1
    assert reader.post("/accounts/journal/verify").status_code == 302
    drain(host)
    with host.view() as db:
        broken = db.scalar(select(JournalRow.seq).where(JournalRow.subject == "item:1"))
    assert f"第 {broken} 条起" in reader.get("/accounts/journal").text


def test_a_healthy_chain_says_so(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    reader = signed_in(app, host, people["auditadmin"])
    assert "还没有做过全部核验" in reader.get("/accounts/journal").text
    reader.post("/accounts/journal/verify")
    drain(host)
    assert re.search(r"共 \d+ 条，完整", reader.get("/accounts/journal").text)


def test_own_page_shows_own_rights(app: Flask, host: Host) -> None:
    people = admit_everybody(host)
    page = signed_in(app, host, people["archivist"]).get("/accounts/me").text
    assert "档案员" in page
    assert COUNTY in page
    with host.view() as db:
        assert roles_of(db, people["archivist"]) == {"archivist"}
