"""A batch as plain JSON values: one wording for the command line and the API."""

from __future__ import annotations

from typing import Any

from plugins.handover.domain.manifest import plain_totals
from plugins.handover.queries.batches import BatchRow
from plugins.handover.queries.lines import ItemRow
from plugins.handover.queries.page import BatchPage
from plugins.handover.queries.planning import Proposal


def describe_row(row: BatchRow) -> dict[str, Any]:
    """Return one line of a list of batches."""
    return {
        "batch_no": row.batch_no,
        "title": row.title,
        "registry": row.registry,
        "state": row.state.value,
        "state_since": row.state_since.isoformat(),
        "certs": row.certs,
        "accepted": row.accepted,
        "returned": row.returned,
        "feedback_filed": row.filed,
    }


def describe_proposal(proposal: Proposal) -> dict[str, Any]:
    """Return a proposed batch with its villages."""
    return {
        "place": proposal.place_code,
        "name": proposal.place_name,
        "certificates": list(proposal.certificate_ids),
        "pages": proposal.pages,
        "bytes": proposal.bytes,
        "stopped_by": proposal.stopped_by,
        "ready": proposal.ready,
        "total": proposal.total,
        "villages": [
            {
                "code": village.code,
                "name": village.name,
                "total": village.total,
                "ready": village.ready,
                "chosen": village.chosen,
                "in_batch": village.in_batch,
                "handed_over": village.done,
                "first_reasons": dict(village.reasons),
            }
            for village in proposal.villages
        ],
    }


def describe_batch(view: BatchPage) -> dict[str, Any]:
    """Return a whole batch: its lines, what was done to it, its documents."""
    batch = view.batch
    return {
        "batch_no": batch.batch_no,
        "title": batch.title,
        "state": view.state.value,
        "version": batch.version,
        "list_version": batch.list_version,
        "division_code": batch.division_code,
        "from_org": view.from_org,
        "to_org": view.to_org,
        "manifest_sha256": batch.manifest_sha256,
        "package_sha256": batch.package_sha256,
        "totals": plain_totals(view.lines.totals),
        "items": [_item(row) for row in view.lines.rows],
        "history": [
            {
                "action": row.action,
                "from": row.from_state,
                "to": row.to_state,
                "at": row.at.isoformat(),
                "by": row.actor,
                "note": row.note,
            }
            for row in view.history
        ],
        "documents": [
            {
                "kind": doc.kind,
                "list_version": doc.list_version,
                "file_name": doc.file_name,
                "sha256": doc.sha256,
                "bytes": doc.bytes,
            }
            for doc in view.documents
        ],
    }


def _item(row: ItemRow) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "code": row.code,
        "archival_code": row.archival_code,
        "cert_no": row.cert_no,
        "holder_name": row.holder_name,
        "village": row.village,
        "parcels": row.parcels,
        "area_mu": str(row.area_mu),
        "items": row.items,
        "paper_pages": row.paper_pages,
        "files": row.files,
        "bytes": row.bytes,
        "state": row.state.value,
        "answer": row.answer,
        "return_reason": row.return_reason,
        "return_note": row.return_note,
        "replaces": row.replaces_code,
        "feedback": [number for _id, number, _item_id in row.feedback],
    }
