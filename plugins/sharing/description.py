"""Answers and agreements as plain data, for the API and the command line."""

from __future__ import annotations

from typing import Any

from plugins.sharing.queries.agencies import Agreement
from plugins.sharing.service.asking import Answer, CertificateAnswer


def describe_answer(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data."""
    return {
        "query_id": answer.query_id,
        "agency": answer.agency,
        "at": answer.at.isoformat(),
        "groups": list(answer.groups),
        "found": answer.found,
        "page": answer.page,
        "per_page": answer.page_size,
        "used_today": answer.used,
        "quota": answer.quota,
        "certificates": [describe_certificate(one) for one in answer.certificates],
    }


def describe_certificate(one: CertificateAnswer) -> dict[str, Any]:
    """Return what is told of one certificate: for each agreed group its rows, and its note where it has one."""
    return {
        section.group: {"rows": [dict(row) for row in section.rows], "note": section.note} for section in one.sections
    }


def describe_agreement(agreed: Agreement, used: int, obstacle: str) -> dict[str, Any]:
    """Return an agreement as plain data."""
    return {
        "agency": agreed.name,
        "divisions": list(agreed.prefixes),
        "groups": list(agreed.groups),
        "daily_quota": agreed.daily_quota,
        "used_today": used,
        "valid_from": agreed.valid_from.isoformat(),
        "valid_to": agreed.valid_to.isoformat() if agreed.valid_to else None,
        "obstacle": obstacle,
    }
