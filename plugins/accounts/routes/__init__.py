"""The pages of the accounts plugin, at ``/accounts``."""

from __future__ import annotations

from flask import Blueprint

from plugins.accounts.routes import entry, journal, own, people, roles


def blueprint() -> Blueprint:
    """Return the pages: the address book of this plugin."""
    bp = Blueprint("accounts", __name__)
    both, post = ["GET", "POST"], ["POST"]

    bp.add_url_rule("/login", view_func=entry.login, methods=both)
    bp.add_url_rule("/logout", view_func=entry.logout, methods=post)
    bp.add_url_rule("/setup/<secret>", view_func=entry.setup, methods=both)

    bp.add_url_rule("/me", view_func=own.me)
    bp.add_url_rule("/me/password", view_func=own.password, methods=both)
    bp.add_url_rule("/me/sessions/<int:session_id>/end", view_func=own.end_own_session, methods=post)
    bp.add_url_rule("/me/sessions/end-others", view_func=own.end_other_sessions, methods=post)
    bp.add_url_rule("/me/tokens", view_func=own.tokens, methods=both)
    bp.add_url_rule("/me/tokens/<int:token_id>/revoke", view_func=own.revoke_own_token, methods=post)

    bp.add_url_rule("/", view_func=people.account_index)
    bp.add_url_rule("/new", view_func=people.new_account, methods=both)
    bp.add_url_rule("/<int:account_id>", view_func=people.account_page)
    bp.add_url_rule("/<int:account_id>/approve", view_func=people.approve, methods=post)
    bp.add_url_rule("/<int:account_id>/rights", view_func=people.change_rights, methods=post)
    bp.add_url_rule("/<int:account_id>/disable", view_func=people.disable, methods=post)
    bp.add_url_rule("/<int:account_id>/enable", view_func=people.enable, methods=post)
    bp.add_url_rule("/<int:account_id>/reset", view_func=people.reset, methods=post)
    bp.add_url_rule("/<int:account_id>/unlock", view_func=people.unlock_account, methods=post)
    bp.add_url_rule("/<int:account_id>/sessions/end", view_func=people.end_account_sessions, methods=post)

    bp.add_url_rule("/roles", view_func=roles.role_table)
    bp.add_url_rule("/roles/<role>", view_func=roles.role_page, methods=both)

    bp.add_url_rule("/journal", view_func=journal.journal)
    bp.add_url_rule("/journal/export", view_func=journal.export, methods=post)
    bp.add_url_rule("/journal/verify", view_func=journal.verify_chain, methods=post)
    return bp
