"""The pages of the intake, at ``/ingest``: thin views, one module for each desk."""

from __future__ import annotations

from flask import Blueprint

from plugins.ingest.routes import copies, failed, quality, runs, separators, sorting, splitting, texts, upload_links


def blueprint() -> Blueprint:
    """Return the pages; an endpoint is named like its view."""
    bp = Blueprint("ingest", __name__)
    post, both = ["POST"], ["GET", "POST"]

    bp.add_url_rule("/", view_func=runs.intake, methods=both)
    bp.add_url_rule("/rules", view_func=runs.rules)
    bp.add_url_rule("/runs/<int:run_id>", view_func=runs.run)
    bp.add_url_rule("/runs/<int:run_id>/progress", view_func=runs.progress)
    bp.add_url_rule("/runs/<int:run_id>/files", view_func=runs.upload, methods=post)
    bp.add_url_rule("/runs/<int:run_id>/pause", view_func=runs.pause, methods=post)
    bp.add_url_rule("/runs/<int:run_id>/resume", view_func=runs.resume, methods=post)
    bp.add_url_rule("/gather", view_func=runs.gather, methods=post)
    bp.add_url_rule("/runs/<int:run_id>/confirm", view_func=runs.confirm, methods=post)

    bp.add_url_rule("/desk", view_func=sorting.desk)
    bp.add_url_rule("/desk/<int:file_id>", view_func=sorting.sort, methods=both)
    bp.add_url_rule("/desk/<int:file_id>/candidates", view_func=sorting.candidates)
    bp.add_url_rule("/desk/<int:file_id>/pages/<int:page_no>/words", view_func=sorting.words)
    bp.add_url_rule("/desk/<int:file_id>/pages/<int:page_no>/<role>", view_func=sorting.picture)

    bp.add_url_rule("/items/<int:item_id>/marked.pdf", view_func=copies.marked)
    bp.add_url_rule("/items/<int:item_id>/texts", view_func=texts.item_texts)
    bp.add_url_rule("/items/<int:item_id>/read", view_func=texts.item_read, methods=post)
    bp.add_url_rule("/desk/<int:file_id>/split", view_func=splitting.split, methods=both)
    bp.add_url_rule("/desk/<int:file_id>/hold", view_func=splitting.hold, methods=post)
    bp.add_url_rule("/separators", view_func=separators.separators)

    bp.add_url_rule("/links", view_func=upload_links.links, methods=both)
    bp.add_url_rule("/links/<int:link_id>/revoke", view_func=upload_links.revoke, methods=post)
    bp.add_url_rule("/drop/<secret>", view_func=upload_links.drop)
    bp.add_url_rule("/drop/<secret>/files", view_func=upload_links.drop_file, methods=post)
    bp.add_url_rule("/quality", view_func=quality.rescan)
    bp.add_url_rule("/quality.xlsx", view_func=quality.rescan_xlsx)
    bp.add_url_rule("/quality/<int:page_id>", view_func=quality.judge_page)
    bp.add_url_rule("/quality/<int:page_id>/accept", view_func=quality.accept_page, methods=post)
    bp.add_url_rule("/quality/<int:page_id>/reopen", view_func=quality.reopen_page, methods=post)

    bp.add_url_rule("/failed", view_func=failed.failed)
    bp.add_url_rule("/files/<int:file_id>/retry", view_func=failed.retry, methods=post)
    bp.add_url_rule("/files/<int:file_id>/dismiss", view_func=failed.dismiss, methods=post)
    return bp
