"""The web shell: every route declared, every response guarded, every error readable."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Blueprint

from lindang.access import NONE, PUBLIC, guard
from lindang.auth import ANONYMOUS
from lindang.config import load_settings
from lindang.errors import Conflict, Fault, Faults
from lindang.host import Host, make_host
from lindang.migrate import upgrade
from lindang.plugin import Permission, Plugin
from lindang.testing import actor, client
from lindang.testing import make_host as make_archive
from lindang.web import create_web_app

PERMISSION = Permission(key="x:y:read", label="看", roles=frozenset({"auditor"}))


def _host(folder: Path, blueprint: Blueprint, *, api: bool = False) -> Host:
    from lindang.desk import PLUGIN as DESK

    maker = (lambda: blueprint) if not api else None
    plugin = Plugin(
        name="x", title="某", permissions=(PERMISSION,), blueprint=maker, api=(lambda: blueprint) if api else None
    )
    host = make_host(load_settings(environment={}, overrides={"host": {"data_dir": str(folder)}}), (DESK, plugin))
    upgrade(host)
    return host


def test_an_undeclared_route_fails_the_build(tmp_path: Path) -> None:
    bp = Blueprint("x", __name__)
    bp.add_url_rule("/secret", view_func=lambda: "x", endpoint="secret")
    with pytest.raises(RuntimeError, match=r"/x/secret .*no @guard"):
        create_web_app(_host(tmp_path, bp))


def test_a_route_with_an_unknown_permission_fails_the_build(tmp_path: Path) -> None:
    bp = Blueprint("x", __name__)
    bp.add_url_rule("/secret", view_func=guard("x:y:raed", scope=NONE)(lambda: "x"), endpoint="secret")
    with pytest.raises(RuntimeError, match="x:y:raed"):
        create_web_app(_host(tmp_path, bp))


def test_a_guard_lets_in_only_who_may(tmp_path: Path) -> None:
    bp = Blueprint("x", __name__)
    bp.add_url_rule("/room", view_func=guard("x:y:read", scope=NONE)(lambda: "welcome"), endpoint="room")
    host = _host(tmp_path, bp)
    app = create_web_app(host)
    assert client(app, actor(host, ["auditor"])).get("/x/room").text == "welcome"
    assert client(app, actor(host, ["archivist"])).get("/x/room").status_code == 403
    assert client(app, ANONYMOUS).get("/x/room").status_code == 401


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/", "/static/app/app.css", "/api/openapi.json", "/api/v1/no"])
def test_every_response_carries_the_headers(tmp_path: Path, path: str) -> None:
    host = make_archive(tmp_path)
    response = create_web_app(host).test_client().get(path)
    response.close()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    if not path.startswith("/static"):
        assert "no-store" in response.headers["Cache-Control"]


def test_the_api_answers_errors_as_problems(tmp_path: Path) -> None:
    def fail() -> str:
        raise Faults("两处有错", [Fault("第3行", "面积不是数字", "请改")])

    bp = Blueprint("x_api", __name__)
    bp.add_url_rule("/fail", view_func=guard("x:y:read", scope=NONE)(fail), endpoint="fail")
    host = _host(tmp_path, bp, api=True)
    app = create_web_app(host)
    answer = client(app, actor(host, ["auditor"])).get("/api/v1/x/fail")
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json is not None
    assert answer.json["faults"] == [{"where": "第3行", "message": "面积不是数字", "remedy": "请改"}]
    nobody = client(app, ANONYMOUS).get("/api/v1/x/fail")
    assert (nobody.status_code, nobody.mimetype) == (401, "application/problem+json")
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_conflict_page_says_what_to_do_and_an_unexpected_error_tells_no_secret(tmp_path: Path) -> None:
    def conflict() -> str:
        raise Conflict("批次已签发", remedy="请刷新")

    def crash() -> str:
        raise ZeroDivisionError("password=hunter2")

    bp = Blueprint("x", __name__)
    bp.add_url_rule("/conflict", view_func=guard("", scope=PUBLIC)(conflict), endpoint="conflict")
    bp.add_url_rule("/crash", view_func=guard("", scope=PUBLIC)(crash), endpoint="crash")
    app = create_web_app(_host(tmp_path, bp))
    page = app.test_client().get("/x/conflict")
    assert page.status_code == 409
    assert "批次已签发" in page.text
    assert "请刷新" in page.text
    broken = app.test_client().get("/x/crash")
    assert broken.status_code == 500
    assert "hunter2" not in broken.text
    assert "Traceback" not in broken.text


def test_a_post_without_token_is_refused(tmp_path: Path) -> None:
    app = create_web_app(make_archive(tmp_path))
    answer = app.test_client().post("/language/en", data={"next": "/"})
    assert answer.status_code == 400
    assert "页面已过期" in answer.text


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/jobs?state=failed", "/jobs?state=failed"),
        ("https://evil.example/x", "/"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_language_switch_goes_back_only_to_our_own_pages(tmp_path: Path, wanted: str, target: str) -> None:
    app = create_web_app(make_archive(tmp_path))
    app.config["WTF_CSRF_ENABLED"] = False
    answer = app.test_client().post("/language/en", data={"next": wanted})
    assert answer.headers["Location"] == target
