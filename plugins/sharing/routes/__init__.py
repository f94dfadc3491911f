"""The pages of the sharing service, at ``/sharing``."""

from __future__ import annotations

from flask import Blueprint

from plugins.sharing.routes import agencies, excerpts, home, inbox, lists, log, query


def blueprint() -> Blueprint:
    """Return the pages: the address book of this plugin."""
    bp = Blueprint("sharing", __name__)
    both, post = ["GET", "POST"], ["POST"]

    bp.add_url_rule("/", view_func=home.home)
    bp.add_url_rule("/query", view_func=query.query, methods=both)
    bp.add_url_rule("/queries/<int:query_id>/pages/<int:page_id>.jpg", view_func=query.image)

    bp.add_url_rule("/agencies", view_func=agencies.agencies)
    bp.add_url_rule("/agencies/new", view_func=agencies.new_agency, methods=both)
    bp.add_url_rule("/agencies/<int:agency_id>", view_func=agencies.agency, methods=both)
    bp.add_url_rule("/agencies/<int:agency_id>/keys", view_func=agencies.new_key, methods=post)
    bp.add_url_rule("/agencies/<int:agency_id>/keys/<int:token_id>/revoke", view_func=agencies.revoke, methods=post)

    bp.add_url_rule("/excerpts", view_func=excerpts.excerpts)
    bp.add_url_rule("/excerpts/new", view_func=excerpts.new_excerpt, methods=both)
    bp.add_url_rule("/excerpts/<int:excerpt_id>.pdf", view_func=excerpts.excerpt_file)
    bp.add_url_rule("/verify", view_func=excerpts.verify, methods=both)

    bp.add_url_rule("/lists", view_func=lists.lists)
    bp.add_url_rule("/lists", view_func=lists.order, methods=post)
    bp.add_url_rule("/lists/<int:list_id>.<any(xlsx, pdf, json):kind>", view_func=lists.list_file)

    bp.add_url_rule("/inbox", view_func=inbox.inbox)
    bp.add_url_rule("/inbox/book", view_func=inbox.book_rows, methods=post)
    bp.add_url_rule("/inbox/match", view_func=inbox.match_again, methods=post)
    bp.add_url_rule("/inbox/<int:row_id>/aside", view_func=inbox.aside, methods=post)
    bp.add_url_rule("/deliveries/new", view_func=inbox.new_delivery, methods=both)
    bp.add_url_rule("/deliveries/<int:delivery_id>", view_func=inbox.delivery)
    bp.add_url_rule("/deliveries/<int:delivery_id>/receive", view_func=inbox.receive_delivery, methods=post)

    bp.add_url_rule("/log", view_func=log.log)
    bp.add_url_rule("/log/export", view_func=log.export, methods=post)
    return bp
