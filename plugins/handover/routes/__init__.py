"""The pages of the handover, at ``/handover``."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint

from plugins.handover.routes import (
    answer,
    balance,
    batches,
    calendar,
    desk,
    documents,
    forms,
    packages,
    planning,
    ready,
    replies,
    returns,
    steps,
)

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")

RULES: Final[tuple[tuple[Any, ...], ...]] = (
    ("/ready", ready.ready, GET),
    ("/ready/<village_code>", ready.ready_village, GET),
    ("/ready/selection", ready.selection, POST),
    ("/plan", planning.plan, GET),
    ("/calendar", calendar.calendar, GET),
    ("/balance", balance.balance, GET),
    ("/balance.xlsx", balance.balance_book, GET),
    ("/balance/<int:number>", balance.balance_of, GET),
    ("/batches", batches.batches, GET),
    ("/batches/new", batches.new_batch, POST),
    ("/batches/<int:batch_id>", batches.batch_page, GET),
    ("/batches/<int:batch_id>/progress", batches.progress, GET),
    ("/batches/<int:batch_id>/items/add", batches.add_items, POST),
    ("/batches/<int:batch_id>/items/remove", batches.remove, POST),
    ("/batches/<int:batch_id>/check", steps.check, POST),
    ("/batches/<int:batch_id>/reopen", steps.reopen, POST),
    ("/batches/<int:batch_id>/sign", steps.sign, POST),
    ("/batches/<int:batch_id>/refuse-to-sign", steps.refuse_signature, POST),
    ("/batches/<int:batch_id>/send", steps.send, BOTH),
    ("/batches/<int:batch_id>/resume", steps.resume, POST),
    ("/batches/<int:batch_id>/cancel", steps.cancel, POST),
    ("/batches/<int:batch_id>/revise", steps.revise, POST),
    ("/batches/<int:batch_id>/complete-feedback", steps.complete, POST),
    ("/batches/<int:batch_id>/close", steps.close, POST),
    ("/batches/<int:batch_id>/receive", answer.receive, BOTH),
    ("/batches/<int:batch_id>/refuse", answer.refuse, POST),
    ("/batches/<int:batch_id>/answer", answer.answer, BOTH),
    ("/batches/<int:batch_id>/reply.xlsx", replies.reply_book, GET),
    ("/batches/<int:batch_id>/replies", replies.replies, GET),
    ("/batches/<int:batch_id>/replies", replies.read, POST, "read_reply"),
    ("/batches/<int:batch_id>/record-answer", replies.record, POST, "record_answer"),
    ("/replies/<int:reply_id>", replies.reply, GET),
    ("/replies/<int:reply_id>/take", replies.take, POST, "take_reply"),
    ("/replies/lines/<int:line_id>/settle", replies.settle, POST, "settle_line"),
    ("/batches/<int:batch_id>/documents/<int:doc_id>", documents.document, GET),
    ("/batches/<int:batch_id>/list.pdf", documents.list_as_pdf, GET),
    ("/batches/<int:batch_id>/forms/<kind>.<suffix>", forms.form, GET),
    ("/batches/<int:batch_id>/papers", forms.file_now, POST),
    ("/batches/<int:batch_id>/packages", packages.packages, BOTH),
    ("/batches/<int:batch_id>/packages/progress", packages.packages_progress, GET),
    ("/batches/<int:batch_id>/packages/<int:package_id>.zip", packages.package_download, GET),
    ("/batches/<int:batch_id>/covers.pdf", documents.covers_as_pdf, GET),
    ("/returns", returns.returns, GET),
    ("/returns/<int:item_id>/fix", returns.fix, POST),
    ("/returns/<int:item_id>/finish", returns.finish, BOTH),
    ("/waiting", returns.waiting, GET),
    ("/feedback", desk.desk, GET),
    ("/feedback/register", desk.register, GET),
    ("/feedback/orphans/<int:item_id>", desk.orphan, GET),
    ("/feedback/orphans/<int:item_id>/<int:batch_item_id>", desk.file, BOTH),
    ("/feedback/<int:feedback_id>", desk.amend, BOTH),
)
"""The address book of this plugin: address, view, methods, and the endpoint where it is not the view's own name."""


def blueprint() -> Blueprint:
    """Return the pages."""
    bp = Blueprint("handover", __name__)
    for rule, view, methods, *endpoint in RULES:
        bp.add_url_rule(rule, endpoint[0] if endpoint else None, view_func=view, methods=list(methods))
    return bp
