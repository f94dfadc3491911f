"""The pages of the handover, at ``/handover``."""

from __future__ import annotations

from flask import Blueprint

from plugins.handover.routes import answer, batches, desk, documents, forms, packages, ready, returns, steps


def blueprint() -> Blueprint:
    """Return the pages: the address book of this plugin."""
    bp = Blueprint("handover", __name__)
    both, post = ["GET", "POST"], ["POST"]

    bp.add_url_rule("/ready", view_func=ready.ready)
    bp.add_url_rule("/ready/<village_code>", view_func=ready.ready_village)
    bp.add_url_rule("/ready/selection", view_func=ready.selection, methods=post)

    bp.add_url_rule("/batches", view_func=batches.batches)
    bp.add_url_rule("/batches/new", view_func=batches.new_batch, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>", view_func=batches.batch_page)
    bp.add_url_rule("/batches/<int:batch_id>/progress", view_func=batches.progress)
    bp.add_url_rule("/batches/<int:batch_id>/items/add", view_func=batches.add_items, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/items/remove", view_func=batches.remove, methods=post)

    bp.add_url_rule("/batches/<int:batch_id>/check", view_func=steps.check, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/reopen", view_func=steps.reopen, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/sign", view_func=steps.sign, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/refuse-to-sign", view_func=steps.refuse_signature, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/send", view_func=steps.send, methods=both)
    bp.add_url_rule("/batches/<int:batch_id>/resume", view_func=steps.resume, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/cancel", view_func=steps.cancel, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/revise", view_func=steps.revise, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/complete-feedback", view_func=steps.complete, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/close", view_func=steps.close, methods=post)

    bp.add_url_rule("/batches/<int:batch_id>/receive", view_func=answer.receive, methods=both)
    bp.add_url_rule("/batches/<int:batch_id>/refuse", view_func=answer.refuse, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/answer", view_func=answer.answer, methods=both)

    bp.add_url_rule("/batches/<int:batch_id>/documents/<int:doc_id>", view_func=documents.document)
    bp.add_url_rule("/batches/<int:batch_id>/list.pdf", view_func=documents.list_as_pdf)
    bp.add_url_rule("/batches/<int:batch_id>/forms/<kind>.<suffix>", view_func=forms.form)
    bp.add_url_rule("/batches/<int:batch_id>/papers", view_func=forms.file_now, methods=post)
    bp.add_url_rule("/batches/<int:batch_id>/packages", view_func=packages.packages, methods=both)
    bp.add_url_rule("/batches/<int:batch_id>/packages/progress", view_func=packages.packages_progress)
    bp.add_url_rule("/batches/<int:batch_id>/packages/<int:package_id>.zip", view_func=packages.package_download)
    bp.add_url_rule("/batches/<int:batch_id>/covers.pdf", view_func=documents.covers_as_pdf)

    bp.add_url_rule("/returns", view_func=returns.returns)
    bp.add_url_rule("/returns/<int:item_id>/fix", view_func=returns.fix, methods=post)
    bp.add_url_rule("/returns/<int:item_id>/finish", view_func=returns.finish, methods=both)
    bp.add_url_rule("/waiting", view_func=returns.waiting)

    bp.add_url_rule("/feedback", view_func=desk.desk)
    bp.add_url_rule("/feedback/register", view_func=desk.register)
    bp.add_url_rule("/feedback/orphans/<int:item_id>", view_func=desk.orphan)
    bp.add_url_rule("/feedback/orphans/<int:item_id>/<int:batch_item_id>", view_func=desk.file, methods=both)
    bp.add_url_rule("/feedback/<int:feedback_id>", view_func=desk.amend, methods=both)
    return bp
