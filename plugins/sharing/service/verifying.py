"""Confirming an excerpt, by its code or by the file itself, or saying what differs: from the paper that was given out, and from
what the register says today.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.errors import NotFound
from lindang.host import Host
from lindang.i18n import _, official
from models.place import Org
from models.register import Certificate
from models.sharing import SharingAgency, SharingExcerpt
from plugins.sharing.domain.groups import BASIC, FIELDS, GROUPS
from plugins.sharing.domain.papers import content_digest, first_difference, proof_code, read_code, read_file_mark
from plugins.sharing.service.asking import tell

GENUINE, ALTERED, UNKNOWN = "genuine", "altered", "unknown"
LARGEST: Final = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """What the register says today and the excerpt did not; values of personal groups are not told."""

    group: str
    field: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a look at an excerpt. `faults` say what is wrong with it; `changes` what has changed since."""

    outcome: str
    faults: tuple[str, ...] = ()
    excerpt_no: str = ""
    agency: str = ""
    cert_no: str = ""
    state: str = ""
    issued_at: dt.datetime | None = None
    sha256: str = ""
    changes: tuple[Change, ...] = ()


def verify_code(host: Host, text: str) -> Verdict:
    """Look an excerpt up by the code printed on it."""
    code = read_code(text)
    with host.view() as session:
        row = session.scalar(select(SharingExcerpt).where(SharingExcerpt.code == code)) if code else None
        if row is None:
            return Verdict(UNKNOWN, (_("本库没有出具过这个核验码的证明"),))
        return _judge(host, session, row, [])


def verify_file(host: Host, data: bytes) -> Verdict:
    """Look an excerpt up by its file: the very bytes that were given out, or a copy that was altered."""
    sha256 = hashlib.sha256(data).hexdigest()
    with host.view() as session:
        row = session.scalar(select(SharingExcerpt).where(SharingExcerpt.sha256 == sha256))
        if row is not None:
            return _judge(host, session, row, [])
        mark = read_file_mark(data)
        row = session.scalar(select(SharingExcerpt).where(SharingExcerpt.file_mark == mark)) if mark else None
        if row is None:
            return Verdict(UNKNOWN, (_("本库没有出具过这个文件"),))
        return _judge(host, session, row, [_difference(host, row, data)])


def _difference(host: Host, row: SharingExcerpt, data: bytes) -> str:
    try:
        kept = host.storage.read(row.sha256)
    except NotFound:
        return _("存档的证明文件不在了，不能比对")
    place = first_difference(kept, data)
    return _(
        "文件自称 %(no)s，与存档的不同：从第 %(place)s 字节起不一致，存档 %(kept)s 字节，送验 %(given)s 字节",
        no=row.excerpt_no,
        place=place + 1,
        kept=len(kept),
        given=len(data),
    )


def _judge(host: Host, session: Session, row: SharingExcerpt, faults: list[str]) -> Verdict:
    faults = [*faults, *record_faults(host, row)]
    agency = session.get_one(SharingAgency, row.agency_id)
    basic = row.content[BASIC]["rows"][0]
    return Verdict(
        outcome=ALTERED if faults else GENUINE,
        faults=tuple(faults),
        excerpt_no=row.excerpt_no,
        agency=session.get_one(Org, agency.org_id).name,
        cert_no=str(basic["cert_no"]),
        state=str(basic["state"]),
        issued_at=row.issued_at,
        sha256=row.sha256,
        changes=tuple(_changes(host, session, row)),
    )


def record_faults(host: Host, row: SharingExcerpt) -> list[str]:
    """Return what is wrong with an excerpt in our own keeping: its content, its code, its paper."""
    faults = []
    if content_digest(row.content) != row.content_sha256:
        faults.append(_("库中这份证明的内容被改动过"))
    if proof_code(host.vault.digest, row.excerpt_no, row.content_sha256) != row.code:
        faults.append(_("库中这份证明的核验码与内容不符"))
    if row.sha256:
        try:
            found = hashlib.sha256(host.storage.read(row.sha256)).hexdigest()
        except NotFound:
            found = ""
        if found != row.sha256:
            faults.append(_("存档的证明文件缺失或被改动过"))
    return faults


def _changes(host: Host, session: Session, row: SharingExcerpt) -> list[Change]:
    certificate = session.get_one(Certificate, row.certificate_id)
    groups = [group for group in GROUPS if group in row.content]
    with official():
        present = tell(host, session, host.system_actor(), [certificate], groups)[0]
        return [
            change
            for section in present.sections
            for change in _group_changes(section.group, row.content[section.group]["rows"], list(section.rows))
        ]


def _group_changes(group: str, then: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Change]:
    if then == now:
        return []
    if group != BASIC:
        return [Change(str(GROUPS[group]), "", "", "")]
    labels = FIELDS[group]
    return [
        Change(str(GROUPS[group]), str(labels[name]), str(then[0].get(name, "")), str(now[0].get(name, "")))
        for name in labels
        if then[0].get(name, "") != now[0].get(name, "")
    ]
