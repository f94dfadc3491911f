"""Reading the columns of the register off a certificate's page: what stands beside which label.

A page of 《森林、林木、林地状况登记表》 is a form: label, value, label, value. A value is the writing to the right of its
label, up to the next label, or in a table the writing below its heading. Nothing is guessed: a number that is none and a
value without its label are left out. What is read is an offer to a person, never the person's answer; numbers of
identity papers are not read at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

from plugins.ingest.domain.fields import cert_mentions
from plugins.ingest.domain.sheet import Box, Phrase, Piece, level, phrases, surrounding, upright

LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "land_owner": ("林地所有权权利人", "林地所有权人", "林地所有权"),
    "land_use_holder": ("林地使用权权利人", "林地使用权人", "林地使用权"),
    "tree_owner": ("森林或林木所有权权利人", "森林林木所有权权利人", "林木所有权权利人", "林木所有权人"),
    "tree_use_holder": ("森林或林木使用权权利人", "森林林木使用权权利人", "林木使用权权利人", "林木使用权人"),
    "location": ("坐落", "座落"),
    "place_name": ("小地名",),
    "parcel_no": ("宗地号", "宗地编号"),
    "compartment": ("林班号", "林班"),
    "subcompartment": ("小班号", "小班"),
    "area_mu": ("面积亩", "林地面积", "面积"),
    "tree_count": ("株数",),
    "main_species": ("主要树种", "树种"),
    "forest_category": ("林种",),
    "term_years": ("林地使用期", "使用期"),
    "term_end": ("终止日期",),
    "bound_e": ("东至", "东"),
    "bound_s": ("南至", "南"),
    "bound_w": ("西至", "西"),
    "bound_n": ("北至", "北"),
    "annotation": ("注记", "附记"),
    "holder_name": ("权利人",),
    "application_no": ("登记申请表编号", "申请表编号"),
    "cert_serial": ("林权证编号", "编号"),
}
"""The printed labels of a column's value, levelled, longest first."""

OTHER_LABELS: Final = (
    "四至", "四", "至", "证件号码", "身份证号", "宗地数", "总面积", "经办人", "负责人", "填证机关", "发证机关", "盖章",
    "起源", "日期",
)  # fmt: skip
"""Labels whose values are not read; they end the value before them."""

BOOK_FIELDS: Final = frozenset(
    {"holder_name", "co_holders", "cert_no", "cert_serial", "application_no", "issue_date", "issuer"}
)
_BOUNDS: Final = frozenset({"bound_e", "bound_s", "bound_w", "bound_n"})
_WIDEST_GAP: Final = 2200
"""How far from its label a value may begin."""
_COLUMN: Final = 800
"""How far the middles of labels in one column of a form lie apart at most."""

_DAY: Final = re.compile(r"(?:19|20)\d{2}年\d{1,2}月\d{1,2}日")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_YEARS: Final = re.compile(r"(\d{1,3})年?")
_SERIAL: Final = re.compile(r"[A-Z]?\d{6,14}")
_PLANTED: Final = re.compile(r"((?:19|20)\d{2})年?造林")


@dataclass(frozen=True, slots=True)
class FieldRead:
    """One value: which parcel of the page (from 0), column, text, confidence 0..100, box 0..10000 of the image."""

    row: int
    field: str
    value: str
    confidence: int
    box: Box


@dataclass(frozen=True, slots=True)
class _Label:
    """A label found on the page; ``rest`` is the writing that follows it in the same phrase."""

    field: str
    at: Phrase
    rest: tuple[Piece, ...] = ()

    @property
    def box(self) -> Box:
        own = self.at.pieces[: len(self.at.pieces) - len(self.rest)] or self.at.pieces
        return surrounding(piece.box for piece in own)


def read_certificate_page(
    words: Sequence[Sequence[Any]], cert_words: Collection[str] = (), *, is_certificate: bool = True
) -> tuple[FieldRead, ...]:
    """Return what can be read on a page of a certificate, or of a form around it, where a lone day and a lone government
    mean nothing; ``words`` are those of a `PageText`.
    """
    lines = phrases(upright(words))
    labels, writing = _parted(lines)
    table = _heading_row(labels)
    found = list(_table_values(table, labels, writing) if table else _form_values(labels, writing))
    found += _front_matter(lines, labels, writing) if is_certificate else ()
    found += _numbers(lines, cert_words)
    return tuple(_once(tidied for each in found for tidied in _tidied(each)))


# --- labels ------------------------------------------------------------------------------------------------------


def _parted(lines: Sequence[Phrase]) -> tuple[list[_Label], list[Phrase]]:
    labels, writing = [], []
    for line in lines:
        label = _label_of(line)
        if label is None:
            writing.append(line)
        else:
            labels.append(label)
    sides = [label for label in labels if label.field in _BOUNDS]
    lonely = {id(label) for label in sides if not _in_a_column(label, sides)}
    writing += [label.at for label in labels if id(label) in lonely]
    return [label for label in labels if id(label) not in lonely], writing


def _in_a_column(label: _Label, sides: Sequence[_Label]) -> bool:
    """A lone 东 or 南 is a word like any other; the sides of a parcel stand one below the other."""
    if len(level(label.at.text)) > 1 and not label.rest:
        return True
    near = {each.field for each in sides if abs(each.at.box[0] - label.at.box[0]) < 4 * label.at.letter}
    return len(near) >= 3


def _label_of(line: Phrase) -> _Label | None:
    side = _side_of(line)
    if side is not None:
        return side
    text = level(line.text)
    for field, label in _ALL_LABELS:
        if text == label or _misread(text, label):
            return _Label(field, line)
        if text.startswith(label) and len(label) > 1:
            rest = _after(line, label)
            if rest is not None:
                return _Label(field, line, rest)
    return None


def _side_of(line: Phrase) -> _Label | None:
    """A side whose letter is a word of its own, followed at once by what it borders on."""
    first = level(line.pieces[0].text)
    side = next((field for field in _BOUNDS if first == LABELS[field][1]), None)
    return _Label(side, line, line.pieces[1:]) if side and len(line.pieces) > 1 else None


_ALL_LABELS: Final = sorted(
    [(field, label) for field, labels in LABELS.items() for label in labels] + [("", label) for label in OTHER_LABELS],
    key=lambda pair: -len(pair[1]),
)


def _misread(text: str, label: str) -> bool:
    """One wrong character in a label of four or more is still the label."""
    if len(text) != len(label) or len(label) < 4:
        return False
    return sum(a != b for a, b in zip(text, label, strict=True)) == 1 and text not in _KNOWN_LABELS


_KNOWN_LABELS: Final = frozenset(label for _field, label in _ALL_LABELS)


def _after(line: Phrase, label: str) -> tuple[Piece, ...] | None:
    """Return the pieces after a label at the beginning of a phrase; None where the label ends inside running text."""
    seen = ""
    for index, piece in enumerate(line.pieces):
        seen += level(piece.text)
        if seen == label:
            rest = line.pieces[index + 1 :]
            return rest[1:] if rest and not level(rest[0].text) else rest
        if seen.startswith(label):
            is_side = label in _SIDE_LABELS
            return (
                (_cut(piece, len(piece.text) - (len(seen) - len(label))), *line.pieces[index + 1 :])
                if is_side
                else None
            )
    return None


_SIDE_LABELS: Final = frozenset(label for field in _BOUNDS for label in LABELS[field])


def _cut(piece: Piece, letters: int) -> Piece:
    return replace(piece, text=piece.text[letters:].lstrip(":："))


# --- forms: the value stands to the right --------------------------------------------------------------------------


def _form_values(labels: Sequence[_Label], writing: Sequence[Phrase]) -> Iterator[FieldRead]:
    order = _block_order(labels)
    for field, same in _by_field(labels).items():
        for row, label in enumerate(sorted(same, key=order)):
            pieces = _value_pieces(label, labels, writing)
            if pieces:
                yield _read(0 if field in BOOK_FIELDS else row, field, pieces)


def _value_pieces(label: _Label, labels: Sequence[_Label], writing: Sequence[Phrase]) -> tuple[Piece, ...]:
    parts = [label.rest] if label.rest else []
    parts += [line.pieces for line in _right_of(label, labels, writing)]
    if label.field in _SHAPES:
        parts = parts[:1]  # a number or a day is one piece of writing; what follows is something else
    return tuple(piece for part in parts for piece in part)


def _by_field(labels: Iterable[_Label]) -> dict[str, list[_Label]]:
    groups: dict[str, list[_Label]] = defaultdict(list)
    for label in labels:
        if label.field:
            groups[label.field].append(label)
    return groups


def _block_order(labels: Sequence[_Label]) -> Callable[[_Label], int]:
    """Several parcels on one scan stand side by side or one below the other; their 坐落 shows which."""
    places = [label.box for label in labels if label.field == "location"]
    across = max((box[0] for box in places), default=0) - min((box[0] for box in places), default=0)
    down = max((box[1] for box in places), default=0) - min((box[1] for box in places), default=0)
    side = 0 if across > down else 1
    return lambda label: label.box[side]


def _right_of(label: _Label, labels: Sequence[_Label], writing: Sequence[Phrase]) -> list[Phrase]:
    """Return the writing in the label's cell: right of it, before the next label, in its band of the page."""
    top, bottom = _band(label, labels)
    beside = (each.box[0] for each in labels if top < each.at.middle < bottom and each.box[0] >= label.box[2])
    limit = min(beside, default=10_000)
    start = label.at.box[2] if label.rest else label.box[2]
    lines = [each for each in writing if top < each.middle < bottom and start <= each.box[0] < limit]
    lines.sort(key=lambda each: each.box[0])
    taken: list[Phrase] = []
    edge, gap = label.box[2], float(_WIDEST_GAP)
    if label.rest:
        edge, gap = label.at.box[2], 3 * label.at.letter
    for line in lines:
        if line.box[0] - edge > gap:
            break
        taken.append(line)
        edge, gap = max(edge, line.box[2]), 3 * line.letter
    return _in_lines(taken)


def _in_lines(taken: Sequence[Phrase]) -> list[Phrase]:
    half = min((each.height for each in taken), default=1) / 2
    rows: list[list[Phrase]] = []
    for each in sorted(taken, key=lambda line: line.middle):
        if rows and each.middle - rows[-1][-1].middle < half:
            rows[-1].append(each)
        else:
            rows.append([each])
    return [each for row in rows for each in sorted(row, key=lambda line: line.box[0])]


def _band(label: _Label, labels: Sequence[_Label]) -> tuple[float, float]:
    """Return top and bottom of the label's row: half way to the labels above and below it, two heights at most."""
    middle, height = label.at.middle, label.at.height
    stacked = [
        each.at.middle
        for each in labels
        if abs(_centre(each.box) - _centre(label.box)) < _COLUMN and abs(each.at.middle - middle) > height / 2
    ]
    above = max((y for y in stacked if y < middle), default=middle - 2 * height)
    below = min((y for y in stacked if y > middle), default=middle + 2 * height)
    return max((above + middle) / 2, middle - 2 * height), min((below + middle) / 2, middle + 2 * height)


# --- tables: the values stand below ----------------------------------------------------------------------------------


def _heading_row(labels: Sequence[_Label]) -> list[_Label]:
    """Return the labels of a table's heading: five or more of different columns on one line; empty when there is none."""
    for label in labels:
        near = (each for each in labels if abs(each.at.middle - label.at.middle) < label.at.height / 2)
        row = [each for each in near if each.field and not each.rest]
        if len({each.field for each in row}) == len(row) >= 5:
            return sorted(row, key=lambda each: each.box[0])
    return []


def _table_values(
    heading: Sequence[_Label], labels: Sequence[_Label], writing: Sequence[Phrase]
) -> Iterator[FieldRead]:
    bottom = max(each.box[3] for each in heading)
    below = [line for line in writing if line.middle > bottom] + [
        label.at for label in labels if label.at.middle > bottom and label not in heading and not label.rest
    ]
    rows: list[list[Phrase]] = []
    for line in sorted(below, key=lambda each: each.middle):
        if rows and line.middle - rows[-1][0].middle < line.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    full = [row for row in rows if len(row) * 2 >= len(heading)]
    for number, row in enumerate(full):
        for line in row:
            nearest = min(heading, key=lambda each: abs(_centre(each.box) - _centre(line.box)))
            yield _read(0 if nearest.field in BOOK_FIELDS else number, nearest.field, line.pieces)


def _centre(box: Box) -> float:
    return (box[0] + box[2]) / 2


# --- what has no label -------------------------------------------------------------------------------------------------


def _front_matter(lines: Sequence[Phrase], labels: Sequence[_Label], writing: Sequence[Phrase]) -> Iterator[FieldRead]:
    """On the page with the holder's name, the one date is the day of issue, the one government the issuer."""
    if not any(label.field == "holder_name" for label in labels):
        return
    days = [line for line in lines if _DAY.fullmatch(level(line.text))]
    issuers = [line for line in writing if line.text.endswith("人民政府")]
    for field, found in (("issue_date", days), ("issuer", issuers)):
        if len(found) == 1:
            yield _read(0, field, found[0].pieces)


def _numbers(lines: Iterable[Phrase], cert_words: Collection[str]) -> Iterator[FieldRead]:
    for line in lines:
        for mention in cert_mentions(line.text, cert_words):
            sure = min(piece.confidence for piece in line.pieces)
            yield replace(_read(0, "cert_no", line.pieces), value=mention.raw, confidence=sure)


# --- values ---------------------------------------------------------------------------------------------------------------


def _read(row: int, field: str, pieces: Sequence[Piece]) -> FieldRead:
    text = "".join(piece.text for piece in pieces).strip(" :：")
    sure = min(piece.confidence for piece in pieces)
    if any(_has_hole(a, b) for a, b in pairwise(pieces)):
        sure //= 2  # something stands there that the engine did not read
    return FieldRead(row, field, text, sure, surrounding(piece.image_box for piece in pieces))


def _has_hole(a: Piece, b: Piece) -> bool:
    return b.box[0] - a.box[2] > 0.9 * max(a.letter, b.letter) and b.box[1] < a.box[3]


def _tidied(read: FieldRead) -> Iterator[FieldRead]:
    """Yield the value as a person would key it; nothing where it cannot be a value of its column."""
    if read.field == "holder_name":
        first, *others = [name for name in re.split(r"[、,，;；]", read.value) if name]
        yield replace(read, value=first)
        if others:
            yield replace(read, field="co_holders", value="、".join(others))
    elif read.field == "annotation":
        yield read
        yield from _told_by(read)
    elif read.field in _SHAPES:
        found = _SHAPES[read.field].search(read.value)
        if found:
            yield replace(read, value=found[found.re.groups and 1])
    elif read.value:
        yield read


_SHAPES: Final = {
    "area_mu": _NUMBER,
    "tree_count": re.compile(r"\d+"),
    "term_years": _YEARS,
    "term_end": re.compile(r"(?:19|20)\d{2}年\d{1,2}月\d{1,2}日|长期|(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2}"),
    "cert_serial": _SERIAL,
    "application_no": re.compile(r"\d{12}[0-9A-Z]{0,18}"),
    "parcel_no": re.compile(r"[0-9A-Z][0-9A-Z./-]{0,19}|^[^\d:：]{1,8}$"),
    "forest_category": re.compile(r"(?:防护|用材|经济|薪炭|能源|特种用途|特用|水源涵养|水土保持)林|^[^\d]{1,8}$"),
}


def _told_by(read: FieldRead) -> Iterator[FieldRead]:
    for field, words in (("origin", ("天然", "人工")), ("forest_class", ("公益林", "商品林"))):
        said = [word for word in words if word in read.value]
        if len(said) == 1:
            yield replace(read, field=field, value=said[0])
    planted = _PLANTED.search(read.value)
    if planted:
        yield replace(read, field="plant_year", value=planted[1])


def _once(found: Iterable[FieldRead]) -> list[FieldRead]:
    """Keep the surest reading of each column of each parcel."""
    best: dict[tuple[int, str], FieldRead] = {}
    for read in found:
        known = best.get((read.row, read.field))
        if known is None or read.confidence > known.confidence:
            best[read.row, read.field] = read
    return [best[key] for key in sorted(best)]
