"""Every route declares who may enter it and what its scope is; an undeclared route fails the build.

``@guard`` only marks the view; :func:`check_entry` is called before each request and decides, and
:func:`undeclared_routes` lists what a developer forgot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from flask import Flask, g, request, session

from lindang.auth import ANONYMOUS, Actor
from lindang.errors import LindangError
from lindang.host import Host
from lindang.i18n import _


class Scope(Enum):
    """What a route shows: nothing tied to a division, rows inside the actor's divisions, or only the actor's own."""

    NONE = "none"
    DIVISION = "division"
    OWN = "own"
    PUBLIC = "public"


NONE, DIVISION, OWN, PUBLIC = Scope.NONE, Scope.DIVISION, Scope.OWN, Scope.PUBLIC
SIGNED_IN = ""
"""The permission key of routes that need no more than a login."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a view declared."""

    permission: str
    scope: Scope


class Unauthenticated(LindangError):
    """Nobody is logged in: pages go to the login form, the API answers 401."""

    code = "unauthenticated"
    http_status = 401
    exit_code = 4


View = TypeVar("View", bound=Callable[..., Any])


def guard(permission: str, *, scope: Scope) -> Callable[[View], View]:
    """Declare the permission and the scope of a view; put it directly above the function."""

    def mark(view: View) -> View:
        view.__guard__ = Guard(permission, scope)  # type: ignore[attr-defined]
        return view

    return mark


def guard_of(app: Flask, endpoint: str | None) -> Guard | None:
    """Return what the endpoint's view declared, looking through decorators that kept ``__wrapped__``."""
    view: Any = app.view_functions.get(endpoint or "")
    while view is not None:
        found = getattr(view, "__guard__", None)
        if isinstance(found, Guard):
            return found
        view = getattr(view, "__wrapped__", None)
    return None


def undeclared_routes(app: Flask, permissions: set[str]) -> list[str]:
    """Return the routes that declare nothing, or a permission that no plugin knows; sorted."""
    wrong = []
    for rule in app.url_map.iter_rules():
        found = guard_of(app, rule.endpoint)
        if found is None:
            wrong.append(f"{rule.rule} ({rule.endpoint}): no @guard")
        elif found.scope is not PUBLIC and found.permission != SIGNED_IN and found.permission not in permissions:
            wrong.append(f"{rule.rule} ({rule.endpoint}): unknown permission {found.permission!r}")
    return sorted(wrong)


def identify(host: Host) -> Actor:
    """Return who sends this request: a bearer token under ``/api``, a session cookie elsewhere."""
    if is_api():
        return _bearer(host) or ANONYMOUS
    sid = session.get("sid")
    if host.identity is None or not isinstance(sid, str):
        return ANONYMOUS
    return host.identity.from_session(sid, request.remote_addr or "") or ANONYMOUS


def _bearer(host: Host) -> Actor | None:
    """Return whom the token of the request lets in: the first of those that know tokens of its kind decides."""
    scheme, _sep, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    found = (reader.from_bearer(token.strip()) for reader in host.key_readers)
    return next((actor for actor in found if actor is not None), None)


def is_api() -> bool:
    """Say whether this request is for the JSON API."""
    return request.path.startswith("/api/")


def check_entry(app: Flask, host: Host) -> None:
    """Identify the actor and refuse entry where the view's guard does not allow it."""
    g.actor = identify(host)
    found = guard_of(app, request.endpoint)
    if request.endpoint is None:
        return  # no such page: the 404 or 405 handler answers
    if found is None:
        raise RuntimeError(f"route without @guard: {request.endpoint}")
    if found.scope is PUBLIC:
        return
    if not g.actor.is_authenticated:
        raise Unauthenticated(_("请先登录"), remedy=_("登录后会回到这个页面。"))
    if found.permission != SIGNED_IN:
        g.actor.require(found.permission)
