"""Saving a row of the keying grid: read it, check it, store it; a row that cannot be stored yet is kept as a draft.

Three answers: ``saved``, ``draft`` (with what is wrong), ``conflict`` (somebody else stored the row meanwhile; nothing was
written, what the register has now comes back with the answer).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import select

from lindang.errors import BadInput, NotFound
from lindang.i18n import _, format_when, local_time
from lindang.uow import UnitOfWork
from models.identifiers import cert_key
from models.keying import KeyingDraft
from models.persons import mask_id, mask_personal_in
from models.register import Certificate, Parcel, RegisterEntry
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.keying import FILE_KEY, KEYED
from plugins.register.domain.row import Reading, Row, kept_text, read_row
from plugins.register.domain.rules.engine import check_row
from plugins.register.domain.rules.found import Context
from plugins.register.domain.staging import HIDDEN, going_back
from plugins.register.queries.keying import GridRow, file_by_code, grid_row
from plugins.register.queries.states import standing_states
from plugins.register.service.rows import RowToSave, save_rows
from plugins.register.words import remedy, sentence

SAVED, DRAFT, CONFLICT = "saved", "draft", "conflict"

ID_NO: Final = "id_no"
SOURCES: Final = frozenset({"keyed", "ocr"})
_KEYS: Final = frozenset(column.key for column in KEYED)
_LONGEST: Final = 4000
_MASK: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRow:
    """What a person's browser sends of one row: the texts that are not the register's, and where each came from.

    ``slot`` names the line of that person's grid; ``seen`` is the version that the person changes, 0 for a new row; ``masked``
    are the columns in which an identity number stood among words and is masked now.
    """

    slot: str
    parcel_id: int | None
    seen: int
    cells: Mapping[str, str]
    sources: Mapping[str, str]
    reason: str = ""
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to say about a cell: column, severity E, W or I, the rule's code, sentence, what to do."""

    field: str
    severity: str
    code: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a row."""

    state: str
    parcel_id: int | None = None
    file_id: int | None = None
    seen: int = 0
    cells: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    message: str = ""


# --- what a browser sends ----------------------------------------------------------------------------------------------


def keyed_row(body: Mapping[str, Any]) -> KeyedRow:
    """Take what a browser sent. Raises BadInput when it is not a row of the grid."""
    slot, parcel_id, seen = body.get("slot"), body.get("parcel_id"), body.get("seen")
    cells, sources = _texts(body.get("cells")), _texts(body.get("sources"))
    if not isinstance(slot, str) or not 0 < len(slot) <= 40 or not isinstance(seen, int) or not set(cells) <= _KEYS:
        raise _outdated()
    if parcel_id is not None and not (isinstance(parcel_id, int) and 0 < parcel_id < 2**31):
        raise _outdated()
    return KeyedRow(
        slot=slot,
        parcel_id=parcel_id,
        seen=seen,
        cells={key: kept_text(key, text.strip()) for key, text in cells.items()},
        sources={key: source for key, source in sources.items() if source in SOURCES and key in cells},
        reason=mask_personal_in(str(body.get("reason") or "")[:200]),
        masked=tuple(key for key, text in cells.items() if kept_text(key, text) != text),
    )


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _outdated()
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str) or len(text) > _LONGEST:
            raise _outdated()
    return value


def _outdated() -> BadInput:
    return BadInput(_("页面已过期，这一行没有保存"), remedy=_("请刷新页面；已暂存的内容还在。"))


# --- saving ------------------------------------------------------------------------------------------------------------


def save_keyed_row(uow: UnitOfWork, village_code: str, keyed: KeyedRow, codes: Any) -> Outcome:
    """Store a keyed row of a village, or keep it as this person's draft.

    Raises:
        NotFound: the village or the row is out of scope, or is being keyed blind by this person.
    """
    if not uow.actor.covers(village_code):
        raise NotFound(_("没有这个村"))
    draft = _draft(uow, village_code, keyed.slot)
    current = _current(uow, village_code, keyed, draft)
    if current is not None and keyed.parcel_id is not None and current.seen != keyed.seen:
        return _conflict(uow, current)
    cells = _whole_row(uow, village_code, keyed, draft, current)
    plain_id = cells.get(ID_NO, "") if ID_NO in keyed.cells else ""
    today = local_time(uow.now).date()
    reading = read_row(cells, codes, today=today)
    row = replace(reading.row, division_code=village_code)
    refused = (
        *_faults(reading),
        *_twins(uow, village_code, row, current),
        *_back(uow, village_code, row, keyed, current),
    )
    told = {mark.field for mark in refused}
    marks = (*refused, *_hidden(keyed), *(mark for mark in _findings(row, today) if mark.field not in told))
    if refused:
        _keep_draft(uow, village_code, keyed, draft, plain_id)
        return Outcome(state=DRAFT, parcel_id=keyed.parcel_id, seen=keyed.seen, marks=marks)
    parcel_id = _store(uow, village_code, keyed, row, current)
    if draft is not None or keyed.parcel_id is None:
        # the slot remembers what it became: the same row sent twice is still one row
        kept = draft or _keep_draft(uow, village_code, keyed, None, plain_id)
        kept.parcel_id, kept.closed_at = parcel_id, uow.now
    return _answer(SAVED, grid_row(uow.session, uow.actor, parcel_id), marks)


def _store(uow: UnitOfWork, village_code: str, keyed: KeyedRow, row: Row, current: GridRow | None) -> int:
    """Write the row as a new version, naming for each changed column how it was filled."""
    to_save = RowToSave(
        row=row,
        sources={key: keyed.sources.get(key, "keyed") for key in keyed.cells if not _is_carried(key, keyed)},
        parcel_id=current.parcel_id if current else None,
        reason=keyed.reason,
    )
    saved = save_rows(uow, village_code, [to_save])
    uow.session.flush()
    return saved.parcel_ids[0]


def _is_carried(key: str, keyed: KeyedRow) -> bool:
    """A mask was copied from the row above, not keyed."""
    return key == ID_NO and _MASK in keyed.cells[ID_NO]


def _draft(uow: UnitOfWork, village_code: str, slot: str) -> KeyingDraft | None:
    query = select(KeyingDraft).where(
        KeyingDraft.division_code == village_code,
        KeyingDraft.by_id == uow.actor.account_id,
        KeyingDraft.slot == slot,
    )
    return uow.session.scalar(query)


def _current(uow: UnitOfWork, village_code: str, keyed: KeyedRow, draft: KeyingDraft | None) -> GridRow | None:
    """Return the row as the register has it; a slot whose answer was lost on the way finds the row it became."""
    parcel_id = keyed.parcel_id or (draft.parcel_id if draft else None)
    if parcel_id is None:
        return None
    row = grid_row(uow.session, uow.actor, parcel_id)
    if row.is_withheld or uow.session.get_one(Parcel, parcel_id).division_code != village_code:
        raise NotFound(_("没有这一行"))
    return row


def _whole_row(
    uow: UnitOfWork, village_code: str, keyed: KeyedRow, draft: KeyingDraft | None, current: GridRow | None
) -> dict[str, str]:
    """Lay what was keyed over what the register has; a mask is replaced by the ID number that it stands for."""
    stored = dict(current.cells) if current else {}
    cells = {key: text for key, text in (stored | dict(keyed.cells)).items() if text}
    if _MASK in cells.get(ID_NO, ""):
        plain = _number_behind(uow, village_code, cells, draft)
        cells = {key: text for key, text in cells.items() if key != ID_NO} | ({ID_NO: plain} if plain else {})
    return cells


def _number_behind(uow: UnitOfWork, village_code: str, cells: Mapping[str, str], draft: KeyingDraft | None) -> str:
    """Return the number behind a mask: of this person's draft, or of the certificate that has it; else nothing."""
    if draft is not None and draft.id_no_enc and draft.cells.get(ID_NO) == cells[ID_NO]:
        return uow.host.vault.open(draft.id_no_enc)
    query = select(Certificate.id_no_enc).where(
        Certificate.division_code == village_code,
        Certificate.cert_key == cert_key(cells.get("cert_no", "")),
        Certificate.id_no_masked == cells[ID_NO],
        Certificate.id_no_enc != "",
        ~Certificate.is_withdrawn,
    )
    sealed = uow.session.scalar(query.limit(1))
    return uow.host.vault.open(sealed) if sealed else ""


def _faults(reading: Reading) -> Iterable[Mark]:
    for fault in reading.faults:
        yield Mark(fault.field, fault.severity, fault.code, sentence(fault.code, fault.facts), remedy(fault.code))


def _findings(row: Row, today: dt.date) -> Iterable[Mark]:
    for found in check_row(row, Context(today=today)):
        yield Mark(found.field, found.severity, found.code, sentence(found.code, found.facts), remedy(found.code))


def _hidden(keyed: KeyedRow) -> Iterable[Mark]:
    for key in keyed.masked:
        yield Mark(key, "I", HIDDEN, sentence(HIDDEN, {}), remedy(HIDDEN))


TWIN: Final = "R03"
"""Another row of the village has this certificate number and 宗地号."""


def _twins(uow: UnitOfWork, village_code: str, row: Row, current: GridRow | None) -> Iterable[Mark]:
    """A new or renumbered row must not become another one that is there: that row is changed where it stands."""
    query = (
        select(Parcel.id)
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .where(
            Certificate.division_code == village_code,
            Certificate.cert_key == row.cert_key,
            Parcel.parcel_no == row.parcel_no,
            ~Parcel.is_withdrawn,
            Parcel.id != (current.parcel_id if current else 0),
        )
    )
    if row.parcel_no and uow.session.scalar(query.limit(1)) is not None:
        text = _("本村登记册中已有这本证的宗地 %(no)s", no=row.parcel_no)
        yield Mark("parcel_no", "E", TWIN, text, _("请核对证号和宗地号；要改那一行，请到那一行去改。"))


def _back(uow: UnitOfWork, village_code: str, row: Row, keyed: KeyedRow, current: GridRow | None) -> Iterable[Mark]:
    """A state does not go back by keying, neither in the row that has it nor in a new row of the same certificate."""
    if "issue_state" not in keyed.cells:
        return
    states = standing_states(uow.session, village_code, {row.cert_key})
    # a certificate whose number is being corrected is not known by the new one yet
    there = states.get(row.cert_key) or (current.cells.get("issue_state", "") if current else "")
    if mark := going_back(there, row):
        yield Mark(mark.field, mark.severity, mark.code, sentence(mark.code, mark.facts), remedy(mark.code))


def _keep_draft(
    uow: UnitOfWork, village_code: str, keyed: KeyedRow, draft: KeyingDraft | None, plain_id: str
) -> KeyingDraft:
    cells = dict(keyed.cells)
    file = file_by_code(uow.session, uow.actor, village_code, cells.get(FILE_KEY, ""))
    if draft is None:
        draft = KeyingDraft(division_code=village_code, by_id=uow.actor.account_id, by=uow.actor.name, slot=keyed.slot)
    if plain_id:
        cells[ID_NO] = mask_id(plain_id)
        draft.id_no_enc = uow.host.vault.seal(plain_id)
    draft.parcel_id, draft.archive_file_id = keyed.parcel_id, file.file_id if file else None
    draft.seen_entry_no = keyed.seen
    draft.cells, draft.sources = cells, dict(keyed.sources)
    draft.at, draft.closed_at = uow.now, None
    uow.session.add(draft)
    return draft


def put_draft_aside(uow: UnitOfWork, village_code: str, slot: str) -> None:
    """Close a person's draft without storing it; the row of the register, if there is one, stays as it is."""
    if not uow.actor.covers(village_code):
        raise NotFound(_("没有这个村"))
    draft = _draft(uow, village_code, slot)
    if draft is not None and draft.closed_at is None:
        draft.closed_at = uow.now
        uow.journal("keying_draft.put_aside", f"keying_draft:{draft.id}", division=village_code)


def _conflict(uow: UnitOfWork, current: GridRow) -> Outcome:
    last = uow.session.scalars(
        select(RegisterEntry).where(RegisterEntry.parcel_id == current.parcel_id, RegisterEntry.is_current)
    ).one()
    told = (f"{BY_KEY[key].header} {current.cells.get(key, '—')}" for key in last.changed if key in BY_KEY)
    message = _(
        "%(name)s 在 %(when)s 改过这一行：%(columns)s。您录的还在：按 Ctrl+S 存您的，按 Esc 换成他的。",
        name=last.by,
        when=format_when(last.at),
        columns=_("、").join(told),
    )
    return _answer(CONFLICT, current, message=message)


def _answer(state: str, row: GridRow, marks: Iterable[Mark] = (), message: str = "") -> Outcome:
    return Outcome(
        state=state,
        parcel_id=row.parcel_id,
        file_id=row.file_id,
        seen=row.seen,
        cells=row.cells,
        marks=tuple(marks),
        message=message,
    )
