"""From the search form to a query: what is filled in becomes the text that a practised person would have typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plugins.search.domain.folding import fold
from plugins.search.domain.grammar import QueryError, parse_query
from plugins.search.domain.query import Node, Pattern, Word

FIRST_YEAR, LAST_YEAR = 1900, 2100
APART = 20
"""How far words that are to be near each other may be apart, unless told otherwise."""
_TEXT_FIELDS = {"title": "题名", "holder": "权利人", "village": "村", "code": "档号", "cert_no": "证号"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the form asks for; empty means not asked. Words are separated by white space; years and areas are ranges."""

    all_words: str = ""
    phrase: str = ""
    any_words: str = ""
    no_words: str = ""
    near_words: str = ""
    apart: int = APART
    title: str = ""
    holder: str = ""
    village: str = ""
    code: str = ""
    cert_no: str = ""
    class_code: str = ""
    first_year: int | None = None
    last_year: int | None = None
    least_area: str = ""
    most_area: str = ""
    state: str = ""
    batch: str = ""


def compose(wanted: Wanted) -> str:
    """Return the query; empty when nothing is asked for."""
    return " ".join(_parts(wanted))


def _parts(wanted: Wanted) -> Iterator[str]:
    yield from map(_word, wanted.all_words.split())
    if wanted.phrase.strip():
        yield _quoted(wanted.phrase)
    if wanted.near_words.strip():
        yield f"{_quoted(wanted.near_words)}~{wanted.apart}"
    either = [_word(word) for word in wanted.any_words.split()]
    if either:
        yield f"({' OR '.join(either)})" if len(either) > 1 else either[0]
    for name, label in _TEXT_FIELDS.items():
        if text := getattr(wanted, name).strip():
            yield f"{label}:{_value(label, text)}"
    if wanted.class_code.strip():
        yield f"类别:{_plain(wanted.class_code)}"
    yield from _ranges(wanted)
    if wanted.state:
        yield f"状态:{wanted.state}"
    if wanted.batch:
        yield f"批次:{wanted.batch}"
    yield from (f"NOT {_word(word)}" for word in wanted.no_words.split())


def _ranges(wanted: Wanted) -> Iterator[str]:
    if wanted.first_year or wanted.last_year:
        first, last = wanted.first_year or FIRST_YEAR, wanted.last_year or LAST_YEAR
        yield f"年度:{first}" if first == last else f"年度:{first}..{last}"
    least, most = _plain(wanted.least_area), _plain(wanted.most_area)
    if least and most:
        yield f"面积:{least}..{most}"
    elif least or most:
        yield f"面积:>{least}" if least else f"面积:<{most}"


def _word(text: str) -> str:
    """Return a word as it may be typed: in quotation marks only where it would be read as something else."""
    read = _read(text)
    return text if isinstance(read, Word | Pattern) and not read.field else _quoted(text)


def _value(label: str, text: str) -> str:
    read = _read(f"{label}:{text}")
    return text if isinstance(read, Word | Pattern) and read.field else _quoted(text)


def _read(text: str) -> Node | None:
    """Return what a text means by itself; None when it is more than one thing, or at fault."""
    try:
        return parse_query(text)
    except QueryError:
        return None


def _quoted(text: str) -> str:
    return f'"{text.replace(chr(34), " ").strip()}"'


def _plain(text: str) -> str:
    return fold(text)
