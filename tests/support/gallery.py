"""A small application that shows every piece of the face under the real security headers, with made-up content.

The browser tests drive it, and a person may look at it: ``python -m tests.support.gallery`` serves it on port 8111.
It stands outside the host on purpose: what is tested here is templates and scripts, not plugins.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template_string,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from PIL import Image, ImageDraw
from wtforms import BooleanField, DecimalField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Optional

from lindang import i18n
from lindang.forms import BaseForm
from lindang.i18n import _
from lindang.plugin import Cell, PanelTable
from lindang.web import CONTENT_SECURITY_POLICY

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = "".join(
    f'{{% import "macros/{name}.html" as {name} with context %}}'
    for name in ("ui", "table", "form", "viewer", "upload")
)
PAGE_SIZE = (620, 877)
LINE_HEIGHT = 40


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of the list page."""

    id: int
    no: str
    title: str
    area: Decimal
    state: str
    tone: str
    day: dt.date


class ParcelForm(BaseForm):
    """Every kind of field."""

    cert_no = StringField("林权证号", [DataRequired()], description="按证书上的写法录入")
    holder = StringField("权利人", [DataRequired()])
    state = SelectField(
        "发放状态", choices=[SelectChoice("", ""), SelectChoice("a", "发放到户")], validators=[DataRequired()]
    )
    area = DecimalField("面积", [Optional()], description="单位：亩，两位小数")
    kind = RadioField(
        "取得方式", choices=[SelectChoice("a", "家庭承包"), SelectChoice("b", "其他方式")], validators=[DataRequired()]
    )
    checked = BooleanField("与纸质档案核对无误")
    note = TextAreaField("备注")


gallery = Blueprint("gallery", __name__)


def create_gallery() -> Flask:
    """Return the application."""
    app = Flask("gallery", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.config.update(SECRET_KEY="not-a-secret-gallery-key", WTF_CSRF_TIME_LIMIT=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["uploads"] = collections.Counter()
    app.extensions["seen"] = []
    CSRFProtect(app)
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.filters.update(mu=i18n.format_mu, date_list=i18n.format_date, when=i18n.format_when, mask_id=i18n.mask_number)
    env.globals.update(_=_, object_url=object_url, locales=i18n.LOCALES, version="0")
    host = Blueprint("host", __name__)
    host.add_url_rule("/language/<locale>", "choose_language", choose_language, methods=["POST"])
    app.register_blueprint(host)
    app.register_blueprint(gallery)
    app.context_processor(frame_words)
    app.after_request(secure)
    return app


def choose_language(locale: str) -> ResponseReturnValue:
    """Stand where the host's language switch stands."""
    return redirect(f"/list?locale={locale}")


def object_url(kind: str, object_id: int | None, **_values: Any) -> str | None:
    """Return an address for every kind but ``off``, which stands for a plugin that is switched off."""
    if kind in {"off", "logout", "account", "about"}:
        return None
    return "/search" if kind == "search" else f"/list?{kind}={object_id or ''}"


def frame_words() -> dict[str, Any]:
    """Return what the host puts into every page."""
    who = SimpleNamespace(name="测试员", is_authenticated=True)
    menu = [
        {"label": "移交批次", "url": "/list", "icon": "box-seam", "active": request.path == "/list"},
        {"label": "检索", "url": "/search", "icon": "search", "active": False},
        {"label": "登记", "url": "/form", "icon": "journal-check", "active": request.path == "/form"},
    ]
    now = dt.datetime(2020, 9, 1, 1, tzinfo=dt.UTC)
    words = {"office_name": "某县档案室", "locale": i18n.current_locale(), "is_demo": False, "now": now}
    return {"actor": who, "can": lambda _key: True, "menu": menu, "role_labels": ("档案员",), **words}


def secure(response: Response) -> Response:
    """Send the product's own policy and caching rule."""
    current_app.extensions["seen"].append(f"{request.method} {request.full_path.rstrip('?')}")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


def page(body: str, **values: Any) -> str:
    """Render one page of the gallery."""
    return render_template_string('{% extends "base.html" %}' + IMPORTS + body, **values)


def rows() -> list[Row]:
    """Return twelve rows, one with a title that tries to be markup."""
    states = [
        ("草稿", "neutral"),
        ("待签发", "warning"),
        ("已发出", "info"),
        ("部分退回", "danger"),
        ("办结", "success"),
    ]
    return [
        Row(n, f"YJ-2020-{n:03d}", f"<b onclick=x>第 {n} 批", Decimal(n) * 100, *states[n % 5], dt.date(2020, 9, n))
        for n in range(1, 13)
    ]


LIST = """{% set title = "移交批次" %}
{% block actions %}{{ ui.link_button("新建", "/form", "primary", "plus-lg") }}{{ ui.print_button() }}{% endblock %}
{% block content %}
{% call table.filters() %}{{ table.text_filter("no", "批次号") }}{{ table.select_filter("state", "状态", [("a", "草稿")]) }}
{{ table.date_filter("since", "起始日期") }}{% endcall %}
{% set buttons %}<button class="btn btn-primary btn-sm" name="do" value="add">加入批次</button>{% endset %}
{% set columns = [{"label": "批次号", "sort": "no", "class": "code"}, "标题", {"label": "面积", "class": "num"}, "状态",
                  {"label": "日期", "sort": "day"}, {"label": "操作", "class": "actions"}] %}
{% call table.bulk("/echo", buttons) %}
{% call(row) table.rows(rows, columns, caption="移交批次", first=21, select="ids",
                        empty=ui.empty("还没有批次", "从成熟清单里选证组批。", "看清单", "/form")) %}
<td class="code">{{ ui.object_link("batch", row.id, row.no) }}</td><td>{{ ui.object_link("off", row.id, row.title) }}</td>
<td class="num">{{ row.area | mu }}</td><td>{{ ui.badge(row.state, row.tone) }}</td><td>{{ row.day | date_list }}</td>
<td class="actions">{{ ui.link_button("打开", "/detail", "link", small=true) }}</td>
{% endcall %}{% endcall %}
{{ table.pager(7, 20, 259) }}
<label class="visually-hidden" for="live">实时</label><input id="live" data-live class="form-control" type="text">
{% endblock %}"""

DETAIL = """{% set title = "批次 YJ-2020-003" %}{% set crumbs = [("移交批次", "/list")] %}{% set lead = "共 37 本证" %}
{% block beside_title %}{{ ui.badge("待签发", "warning") }}{% endblock %}
{% block actions %}{{ ui.dialog_button("sign", "签发", "primary") }}{% endblock %}
{% block content %}
{{ ui.steps([("起草", "done", "2020-08-20"), ("签发", "current", none), ("办结", "todo", none)], "批次进度") }}
{{ ui.tabs([("清单", "/detail", true, 37), ("日志", "/list", false)], "批次") }}
<div class="split"><div class="stack">
{% call ui.card("批次信息", aside=ui.copy_button("YJ-2020-003"), id="info") %}{% call ui.facts(2) %}
{{ ui.fact("批次号", "YJ-2020-003") }}{{ ui.fact("状态", ui.badge("待签发", "warning")) }}{{ ui.fact("发出日期", none) }}
{{ ui.fact("说明", "<i>文字</i>", wide=true) }}{% endcall %}{% endcall %}
{% call ui.card("清单", flush=true, id="items") %}{{ table.panel(panel, "清单") }}{% endcall %}
</div><div class="stack">
{% call ui.card("经过", id="log") %}{{ ui.timeline([("2020-08-20 16:02", "王某", "起草批次")]) }}{% endcall %}
{% call ui.card("数字", id="sums") %}{{ ui.figures([("证", "37", "本")]) }}{{ ui.progress(3, 9, "识别") }}{% endcall %}
{{ ui.note("不能签发", "danger", "缺件") }}{{ ui.empty("没有反馈", "等待登记机构答复。") }}
</div></div>
{% call ui.confirm("sign", "签发批次 YJ-2020-003？", "/echo", "签发", hidden={"version": 3}) %}<p>签发后清单冻结。</p>
<label for="why">意见</label><input class="form-control" id="why" name="why">{% endcall %}
{% include poll %}
{% endblock %}"""

POLL = """{% import "macros/ui.html" as ui with context %}
{% call ui.poll("/poll/" ~ (step + 1), step < 2, "poll") %}<p id="step">第 {{ step }} 步</p>{% endcall %}"""

FORM = """{% set title = "登记林权证" %}{% block content %}{% call ui.card() %}{% call form.post(f, columns=2) %}
{{ form.field(f.cert_no) }}{{ form.field(f.holder) }}{{ form.field(f.state) }}{{ form.field(f.area) }}{{ form.field(f.kind) }}
{% call form.group("其他") %}{{ form.field(f.note, wide=true) }}{{ form.field(f.checked, wide=true) }}{% endcall %}
{{ form.buttons("保存", cancel_url="/list") }}{% endcall %}{% endcall %}{% endblock %}"""

VIEW = """{% set title = "第 %d 张扫描件" % (current + 1) %}{% set page_class = "wide" %}
{% block actions %}{{ ui.link_button("换第 %d 页" % (current + 1), "/form") }}{% endblock %}
{% block content %}
{{ viewer.pages(pages, current=current, marks=marks, text="服务器给的文字", title="申请表", follow=true) }}{% endblock %}"""

UPLOAD = """{% set title = "接收扫描件" %}{% block content %}
{{ upload.box("/upload/one", "/list?done=1", 17, max_mb=1) }}{% endblock %}"""


@gallery.get("/list")
def list_page() -> str:
    """Show a list page; ``?empty=1`` without rows."""
    return page(LIST, rows=[] if request.args.get("empty") else rows())


@gallery.get("/detail")
def detail_page() -> str:
    """Show an object's page, with a fragment that renews itself."""
    flash("已保存 <u>批次</u>", "success")
    cells = tuple((str(n), Cell(f"某林证字（2010）第{n:06d}号", "certificate", n)) for n in range(1, 61))
    poll = current_app.jinja_env.from_string(POLL)
    return page(DETAIL, panel=PanelTable(("序号", "证号"), cells), poll=poll, step=0)


@gallery.get("/poll/<int:step>")
def poll_fragment(step: int) -> str:
    """Answer the fragment of the detail page."""
    return render_template_string(POLL, step=step)


@gallery.route("/form", methods=["GET", "POST"])
def form_page() -> str:
    """Show a form, and all its faults when it is sent empty."""
    form = ParcelForm()
    form.validate_on_submit()
    return page(FORM, f=form)


@gallery.post("/echo")
def echo() -> ResponseReturnValue:
    """Answer with what was sent."""
    return jsonify(request.form.to_dict(flat=False))


# The viewer's pages: lines of small blocks whose boxes are known exactly ---------------------------------------------

LINES = ("林权登记申请表", "坐落：白文镇王家沟村小地名后", "山梁", "证号：第０００１２３号")


def words_of(number: int) -> list[dict[str, Any]]:
    """Return the word boxes of a page: two letters a word, letters 20 wide, in 0..10000."""
    width, height = PAGE_SIZE
    found = []
    for index, line in enumerate((f"第{number}页", *LINES)):
        top = 60 + index * LINE_HEIGHT
        for at in range(0, len(line), 2):
            text = line[at : at + 2]
            left, right = 60 + at * 20, 60 + (at + len(text)) * 20
            box = {"x0": left / width, "x1": right / width, "y0": top / height, "y1": (top + 24) / height}
            found.append(
                {**{k: round(v * 10000) for k, v in box.items()}, "text": text, "conf": 0.4 if at == 2 else 0.9}
            )
    return found


@gallery.get("/view/<int:number>")
def view_page(number: int) -> str:
    """Show the viewer on a scan of five pages; the image of page 4 is missing."""
    pages = [
        {
            "number": n,
            "image_url": f"/scan/{n}.png",
            "thumb_url": "/scan/1.png",
            "words_url": f"/words/{n}" if n != 3 else None,
            "page_url": f"/view/{n}?mark=1",
        }
        for n in range(1, 6)
    ]
    marks = request.args.getlist("q") or ["王家沟", "后山梁", "000123"]
    return page(VIEW, pages=pages, current=number - 1, marks=marks)


@gallery.get("/scan/<int:number>.png")
def scan(number: int) -> ResponseReturnValue:
    """Draw a page: a block where each word stands."""
    if number == 4:
        return "missing", 404
    image = Image.new("RGB", PAGE_SIZE, "white")
    pen = ImageDraw.Draw(image)
    for word in words_of(number):
        left, right = (word[k] * PAGE_SIZE[0] / 10000 for k in ("x0", "x1"))
        top, bottom = (word[k] * PAGE_SIZE[1] / 10000 for k in ("y0", "y1"))
        pen.rectangle((left + 2, top + 2, right - 2, bottom - 2), fill="#777")
    out = io.BytesIO()
    image.save(out, "PNG")
    return send_file(io.BytesIO(out.getvalue()), mimetype="image/png")


@gallery.get("/words/<int:number>")
def words(number: int) -> ResponseReturnValue:
    """Answer the words of a page; page 5 as a bare list of arrays."""
    found = words_of(number)
    if number == 5:
        return jsonify([[w["x0"], w["y0"], w["x1"], w["y1"], w["text"], w["conf"] * 100] for w in found])
    return jsonify(text="\n".join(LINES), words=found)


@gallery.get("/upload")
def upload_page() -> str:
    """Show the upload box."""
    return page(UPLOAD)


@gallery.post("/upload/one")
def upload_one() -> ResponseReturnValue:
    """Receive one file; the name says how it goes."""
    path = request.form["relative_path"]
    tries = current_app.extensions["uploads"]
    tries[path] += 1
    if "bad" in path:
        return jsonify(title="不能接收", detail="文件被截断，打不开"), 422
    if "away" in path:
        return "<html>请登录</html>"
    if "flaky" in path and tries[path] < 2:
        return "busy", 503
    state = "duplicate" if "twice" in path else "received"
    return jsonify(state=state, run=request.form["run_id"], bytes=len(request.files["file"].read())), 201


if __name__ == "__main__":
    create_gallery().run("127.0.0.1", 8111, threaded=True)
