"""The Flask application around a host: guards, security headers, error pages, templates' vocabulary.

Plugins import from here what a view needs: ``guard`` and its scopes, ``current_host``, ``current_actor``, ``page_number``.
"""

from __future__ import annotations

import uuid
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import structlog
from flask import Flask, Response, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, IntegerConverter, Map

from lindang import __version__, i18n
from lindang.access import (
    DIVISION,
    NONE,
    OWN,
    PUBLIC,
    SIGNED_IN,
    Unauthenticated,
    check_entry,
    guard,
    is_api,
    undeclared_routes,
)
from lindang.addresses import local_path
from lindang.auth import ANONYMOUS, Actor
from lindang.errors import Faults, LindangError, Unavailable
from lindang.host import Host
from lindang.i18n import _

__all__ = [
    "DIVISION",
    "NONE",
    "OWN",
    "PUBLIC",
    "SIGNED_IN",
    "create_web_app",
    "current_actor",
    "current_host",
    "guard",
    "notify",
    "object_url",
    "page_number",
    "send_attachment",
]

log = structlog.get_logger()

ROOT = Path(__file__).resolve().parent.parent
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
_EXTENSION = "lindang"


def create_web_app(host: Host) -> Flask:
    """Put a Flask application around the host.

    Raises:
        RuntimeError: a route declares no permission and scope, or one that nobody knows.
    """
    app = Flask("lindang", root_path=str(ROOT), static_folder="static", template_folder="templates")
    app.extensions[_EXTENSION] = host
    _configure(app, host)
    csrf = CSRFProtect(app)
    _register_plugins(app, host, csrf)
    app.before_request(lambda: check_entry(app, host))
    app.after_request(_secure_headers)
    _register_errors(app)
    _register_vocabulary(app, host)
    guard(SIGNED_IN, scope=PUBLIC)(app.view_functions["static"])
    wrong = undeclared_routes(app, set(host.permissions))
    if wrong:
        raise RuntimeError("undeclared routes:\n  " + "\n  ".join(wrong))
    return app


def _configure(app: Flask, host: Host) -> None:
    settings = host.settings.host
    name = "__Host-lindang" if settings.tls else "lindang"
    app.config.update(
        SECRET_KEY=host.vault.session_key,
        SESSION_COOKIE_NAME=name,
        SESSION_COOKIE_SECURE=settings.tls,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=settings.upload_limit_mb * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=True,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.url_map.converters["int"] = _RowId
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    i18n.compile_catalogues()


def _register_plugins(app: Flask, host: Host, csrf: CSRFProtect) -> None:
    for plugin in host.plugins:
        if plugin.blueprint is not None:
            prefix = None if plugin.name == "host" else f"/{plugin.name}"
            app.register_blueprint(plugin.blueprint(), url_prefix=prefix)
        if plugin.api is not None:
            api = plugin.api()
            csrf.exempt(api)  # the API knows no cookie: only a bearer token opens it
            prefix = "/api" if plugin.name == "host" else f"/api/v1/{plugin.name}"
            app.register_blueprint(api, url_prefix=prefix)


def current_host() -> Host:
    """Return the host of this application."""
    return cast("Host", current_app.extensions[_EXTENSION])


def current_actor() -> Actor:
    """Return who sends this request."""
    return cast("Actor", g.get("actor", ANONYMOUS))


def notify(message: str, tone: str = "success") -> None:
    """Show a message on the next page; ``tone`` is success, info, warning or danger."""
    flash(message, tone)


def back_address() -> str | None:
    """Return the page of ours that ``?back=`` names: where the person came from and may want to return to."""
    wanted = request.args.get("back", "")
    return wanted if wanted and local_path(wanted) == wanted else None


def page_number() -> int:
    """Return the page asked for by ``?page=``, at least 1; nonsense is 1."""
    return max(1, min(request.args.get("page", 1, type=int) or 1, 1_000_000))


def object_url(kind: str, object_id: int | str | None, **values: Any) -> str | None:
    """Return the page of an object, or None when no active plugin shows that kind."""
    for plugin in current_host().plugins:
        for page in plugin.object_pages:
            if page.kind == kind:
                target: dict[str, Any] = {page.argument: object_id} if page.argument else {}
                return url_for(page.endpoint, **target, **values)
    return None


def send_attachment(path: Path | BytesIO, name: str, media_type: str = "application/octet-stream") -> Response:
    """Send a stored file, or one made just now, as a download, never rendered in our origin; the name may hold Chinese (RFC 6266)."""
    response = send_file(path, mimetype=media_type, conditional=True, etag=False)
    ascii_name = "".join(c if (c.isascii() and c.isalnum()) or c in ".-_" else "_" for c in name)
    response.headers["Content-Disposition"] = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


class _RowId(IntegerConverter):
    """Row ids in addresses: a number that no database column can hold is simply not found."""

    def __init__(self, url_map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(url_map, *args, **{"max": 2**31 - 1, **kwargs})


def _forbid_caching(response: Response) -> None:
    """Keep answers out of shared and disk caches; only page images say ``private`` and may stay a few minutes."""
    headers = response.headers
    if "private" in headers.get("Cache-Control", ""):
        headers["Vary"] = "Cookie, Authorization"
    else:
        headers["Cache-Control"] = "no-store"


def _secure_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if request.endpoint == "static":
        headers["Cache-Control"] = "public, max-age=3600"
    else:
        _forbid_caching(response)
    if current_host().settings.host.tls:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def _register_errors(app: Flask) -> None:
    app.register_error_handler(LindangError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(OperationalError, _answer_database)
    app.register_error_handler(Exception, _answer_unexpected)


def _answer_error(error: LindangError) -> ResponseReturnValue:
    if isinstance(error, Unauthenticated) and not is_api():
        return _to_login()
    return _problem(error.http_status, error.code, error.message, error.remedy, error)


def _answer_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None and status < 400:
        return error.response
    words = {
        400: (_("请求不正确"), _("请返回上一页重试。")),
        404: (_("没有找到"), _("它不存在，或不在您的权限范围内。请检查网址，或从检索框查找。")),
        405: (_("这个地址不支持该操作"), _("请从页面上的按钮进入。")),
        413: (_("上传的文件太大"), _("请分批上传，或请系统管理员调高 upload_limit_mb。")),
        415: (_("不支持的内容类型"), _("请按 API 文档发送。")),
    }
    title, remedy = words.get(status, (_("请求没有完成"), _("请返回上一页重试。")))
    return _problem(status, f"http_{status}", title, remedy)


def _answer_csrf(_error: CSRFError) -> ResponseReturnValue:
    return _problem(400, "csrf", _("页面已过期，操作没有执行"), _("请刷新页面后再提交一次。"))


def _answer_database(error: OperationalError) -> ResponseReturnValue:
    log.error("web.database", path=request.path, error=repr(error.orig))
    busy = Unavailable(
        _("数据库正忙或磁盘出错，操作没有执行"), remedy=_("请稍候再试；仍不行请联系系统管理员查看“体检”页。")
    )
    return _problem(503, busy.code, busy.message, busy.remedy)


def _answer_unexpected(error: Exception) -> ResponseReturnValue:
    reference = uuid.uuid4().hex[:8]
    log.error("web.unexpected", reference=reference, path=request.path, exc_info=error)
    return _problem(500, "internal", _("系统内部出错，操作没有执行"), _("请把编号 %(n)s 告诉系统管理员。", n=reference))


def _to_login() -> ResponseReturnValue:
    login = object_url("login", None)
    if login is None:
        return _problem(401, "unauthenticated", _("请先登录"), _("本机没有启用账号插件。"))
    here = request.full_path.rstrip("?") if request.method == "GET" else ""
    response = redirect(f"{login}?next={quote(here)}" if here and here != "/" else login)
    if request.headers.get("HX-Request"):
        response.headers["HX-Redirect"] = login
    return response


def _problem(status: int, code: str, title: str, remedy: str, error: LindangError | None = None) -> ResponseReturnValue:
    faults = [{"where": f.where, "message": f.message, "remedy": f.remedy} for f in getattr(error, "faults", ())]
    where = error.where if error is not None else ""
    if is_api():
        body = {"type": code, "title": title, "status": status, "detail": remedy, "where": where, "faults": faults}
        response = current_app.json.response(body)
        response.headers["Content-Type"] = "application/problem+json"
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="lindang"'
        response.status_code = status
        return response
    page = render_template("errors/error.html", status=status, title=title, remedy=remedy, where=where, faults=faults)
    return page, status


def _register_vocabulary(app: Flask, host: Host) -> None:
    env = app.jinja_env
    env.filters.update(
        mu=i18n.format_mu,
        date_list=i18n.format_date,
        date_doc=i18n.format_date_doc,
        filesize=i18n.format_filesize,
        mask_id=i18n.mask_number,
        when=i18n.format_when,
    )
    env.globals.update(_=_, object_url=object_url, locales=i18n.LOCALES, version=__version__)

    @app.context_processor
    def vocabulary() -> dict[str, Any]:
        actor = current_actor()
        return {
            "actor": actor,
            "can": actor.can,
            "menu": _menu(host, actor),
            "role_labels": host.identity.role_labels(actor) if host.identity and actor.is_authenticated else (),
            "office_name": host.settings.host.office_name,
            "is_demo": host.is_demo,
            "locale": i18n.current_locale(),
            "now": host.clock.now(),
        }


def _menu(host: Host, actor: Actor) -> list[dict[str, Any]]:
    """Return the entries that the person may use; the one whose address leads to this page is active."""
    if not actor.is_authenticated:
        return []
    items = [item for plugin in host.plugins for item in plugin.menu if actor.can(item.permission)]
    shown: list[dict[str, Any]] = [
        {"label": str(item.label), "url": _menu_url(item.endpoint), "icon": item.icon, "active": False}
        for item in sorted(items, key=lambda item: item.weight)
    ]
    leading = [entry for entry in shown if f"{request.path.rstrip('/')}/".startswith(f"{entry['url'].rstrip('/')}/")]
    if leading:
        max(leading, key=lambda entry: len(entry["url"]))["active"] = True
    return shown


def _menu_url(endpoint: str) -> str:
    try:
        return url_for(endpoint)
    except BuildError as error:
        raise RuntimeError(f"menu entry of unknown endpoint {endpoint}") from error


def faults_of(error: LindangError) -> list[str]:
    """Return the error as lines for a form's summary."""
    return [str(fault) for fault in error.faults] if isinstance(error, Faults) else [str(error)]
