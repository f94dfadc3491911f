"""Runs, findings and exports as plain values, one shape for the command line and the API."""

from __future__ import annotations

import dataclasses
from typing import Any

from models.finding import CheckRun
from plugins.register.domain.rules.book import RULES
from plugins.register.domain.target_rows import TargetFault
from plugins.register.queries.exports import ExportLine
from plugins.register.queries.findings import FindingRow
from plugins.register.words import remedy, sentence, target_sentence


def run_values(run: CheckRun) -> dict[str, Any]:
    """Return a run; what could not be checked is never counted as passed."""
    return {
        "id": run.id,
        "division": run.division_code,
        "rules": run.rules,
        "rows": run.rows,
        "found": dict(sorted(run.found.items())),
        "changes": run.changes,
        "not_checked": {
            code: {"count": count, "reason": str(RULES[code].missing)}
            for code, count in sorted(run.not_checked.items())
        },
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def finding_values(row: FindingRow) -> dict[str, Any]:
    """Return a finding with its sentence."""
    values = {one.name: getattr(row, one.name) for one in dataclasses.fields(row) if one.name != "asked_by_id"}
    return {
        **values,
        "facts": dict(row.facts),
        "sentence": sentence(row.code, row.facts),
        "remedy": remedy(row.code),
        "first_seen_at": row.first_seen_at.isoformat(),
        "last_seen_at": row.last_seen_at.isoformat(),
    }


def export_values(line: ExportLine) -> dict[str, Any]:
    """Return an export with the first rows that its target would refuse."""
    file = line.file
    return {
        "id": line.id,
        "division": line.division_code,
        "target": line.target,
        "format": line.format,
        "with_id_numbers": line.with_id_numbers,
        "state": line.state,
        "rows": line.rows,
        "refused": line.refused,
        "refusals": [_refusal(row) for row in line.found.get("shown", ())],
        "file_name": file.file_name if file else "",
        "bytes": file.bytes if file else 0,
        "sha256": file.file_sha256 if file else "",
    }


def _refusal(row: list[Any]) -> dict[str, Any]:
    village_code, _village, seq, cert_no, parcel_no, said = row
    faults = [
        {"column": each.column, "title": each.title, "code": each.code, "message": target_sentence(each)}
        for each in (TargetFault(*one) for one in said)
    ]
    return {
        "village_code": village_code,
        "seq": seq,
        "cert_no": cert_no,
        "parcel_no": parcel_no,
        "faults": faults,
    }
