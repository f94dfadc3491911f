"""Accounts for tests: one per role (``admit_everybody``), browsers that are really logged in (``signed_in``: a session row
and a cookie, no shortcut), API tokens (``token_of``), and the form token of a page (``csrf_of``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient

from lindang.host import Host
from models.account import Account, LoginSession
from plugins.accounts.adapters.secret_texts import digest_of, new_secret
from plugins.accounts.domain.officers import OFFICERS, ROLE_KEYS
from plugins.accounts.domain.rights import make_rights
from plugins.accounts.service.accounts import Person, admit
from plugins.accounts.service.passwords import PasswordOwner, accepted_hash, policy_of, store_password
from plugins.accounts.service.tokens import issue_token

COUNTY = "141124"
OTHER_COUNTY = "141125"
PASSWORD = "Kz7!fichte-rain"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

__all__ = ["COUNTY", "OTHER_COUNTY", "PASSWORD", "admit_everybody", "admit_one", "csrf_of", "signed_in", "token_of"]


def admit_one(
    host: Host,
    login: str,
    *roles: str,
    prefixes: tuple[str, ...] = (COUNTY,),
    password: str = "",
    name: str = "",
    org_id: int | None = None,
) -> int:
    """Create an active account and return its id; officers get no scope."""
    scope = () if set(roles) <= set(OFFICERS) else prefixes
    hashed = accepted_hash(policy_of(host), PasswordOwner(login, name or login), password) if password else ""
    with host.uow(host.system_actor()) as uow:
        account = admit(uow, Person(login, name or f"{login}君", org_id), make_rights(roles, scope))
        if hashed:
            store_password(uow, account, hashed)
        return account.id


def admit_everybody(host: Host, prefixes: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, int]:
    """Create one account per role, in the test county unless ``prefixes`` says otherwise; returns ids by role."""
    scopes = prefixes or {}
    return {role: admit_one(host, role, role, prefixes=scopes.get(role, (COUNTY,))) for role in ROLE_KEYS}


def signed_in(app: Flask, host: Host, account_id: int) -> FlaskClient:
    """Return a client with a live session of the account, made as the login page makes it but for the password."""
    secret, now = new_secret(), host.clock.now()
    with host.transaction() as db:
        assert db.get(Account, account_id) is not None
        db.add(LoginSession(account_id=account_id, digest=digest_of(secret), created_at=now, last_seen_at=now))
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["sid"] = secret
    return client


def token_of(host: Host, account_id: int, *, prefixes: tuple[str, ...] = (), days: int = 90) -> str:
    """Return a new API token of the account."""
    with host.uow(host.system_actor()) as uow:
        return issue_token(uow, account_id, "test", days=days, prefixes=prefixes)


def csrf_of(client: FlaskClient, path: str) -> str:
    """Return the form token of a page."""
    found = TOKEN.search(client.get(path).text)
    assert found, f"no form on {path}"
    return found.group(1)
