"""The query language: from what a person types to the tree of `query`, with faults that show their place.

::

    query   = and { OR and }              OR, 或
    and     = not { [AND] not }           a blank is AND; AND, 与
    not     = [ NOT | - ] primary         NOT, 非
    primary = "(" query ")" | term
    term    = [ field ":" ] ( "phrase" | word )

Brackets group only where a term could begin; inside a word they are text, so that 岚林证字(2010)第1号 needs no quotes.
A colon makes a field only behind a known field name; 面积:12 is searched as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lindang.errors import BadInput
from lindang.i18n import _
from plugins.search.domain.folding import fold
from plugins.search.domain.query import (
    BATCH,
    CERT_NO,
    CLASS,
    CODE,
    HOLDER,
    STATE,
    TITLE,
    VILLAGE,
    YEAR,
    And,
    ClassCode,
    InBatch,
    Node,
    Not,
    Or,
    State,
    Word,
    Years,
)

FIELD_NAMES = {
    "题名": TITLE,
    "title": TITLE,
    "权利人": HOLDER,
    "holder": HOLDER,
    "村": VILLAGE,
    "village": VILLAGE,
    "证号": CERT_NO,
    "cert": CERT_NO,
    "档号": CODE,
    "code": CODE,
    "年度": YEAR,
    "year": YEAR,
    "状态": STATE,
    "state": STATE,
    "批次": BATCH,
    "batch": BATCH,
    "类别": CLASS,
    "class": CLASS,
}
STATE_NAMES = {
    "未打印": 1,
    "未打印未盖章": 1,
    "unprinted": 1,
    "已打印未盖章": 2,
    "printed_unsealed": 2,
    "已打印盖章未发放": 3,
    "已打印已盖章未发放": 3,
    "printed_sealed": 3,
    "发放到户": 4,
    "已发放": 4,
    "issued": 4,
}
_YES, _NO = frozenset({"有", "是", "yes"}), frozenset({"无", "否", "no"})
_OPERATORS = {"AND": "and", "与": "and", "OR": "or", "或": "or", "NOT": "not", "非": "not"}
_QUOTES = {'"': '"', "“": "”", "”": "“", "「": "」", "『": "』", "＂": "＂"}
_OPEN, _CLOSE = "(（", ")）"
MAX_LENGTH = 1000
MAX_DEPTH = 30


class QueryError(BadInput):
    """A query that cannot be read; `query` and `position` show the place."""

    def __init__(self, message: str, query: str, position: int) -> None:
        place = _("第 %(n)s 个字符", n=position + 1)
        super().__init__(message, where=place, remedy=_("请修改检索式，或把整段文字放在引号里。"))
        self.query = query
        self.position = position


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is and, or, not, open, close, term or end; `position` its place in the query."""

    kind: str
    text: str
    position: int
    field: str = ""
    quoted: bool = False


Spellings = Callable[[str], tuple[str, ...]]


def _as_typed(value: str) -> tuple[str, ...]:
    return (fold(value),)


def parse_query(text: str, *, numbers: Spellings = _as_typed) -> Node | None:
    """Read a query into its tree; None when nothing is asked for.

    Args:
        text: What was typed.
        numbers: The forms in which the index may have the value of a number field (证号, 档号).

    Raises:
        QueryError: With the place of the first fault.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(_("检索式过长，最多 %(n)s 个字符", n=MAX_LENGTH), text, MAX_LENGTH)
    tokens = _tokens(text)
    if tokens[0].kind == "end":
        return None
    return _Parser(text, tokens, numbers).parse()


# --- reading tokens ---------------------------------------------------------------------------------------------


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        char = text[position]
        if char.isspace():
            position += 1
            continue
        token, position = _token(text, position)
        tokens.append(token)
    tokens.append(_Token("end", "", len(text)))
    return tokens


def _token(text: str, start: int) -> tuple[_Token, int]:
    char = text[start]
    if char in _OPEN:
        return _Token("open", char, start), start + 1
    if char in _CLOSE:
        return _Token("close", char, start), start + 1
    if char in "-－" and start + 1 < len(text) and not text[start + 1].isspace():
        return _Token("not", char, start), start + 1
    if char in _QUOTES:
        phrase, end = _quoted(text, start)
        return _Token("term", phrase, start, quoted=True), end
    return _word(text, start)


def _quoted(text: str, start: int) -> tuple[str, int]:
    end = text.find(_QUOTES[text[start]], start + 1)
    if end < 0:
        raise QueryError(_("引号没有成对"), text, start)
    return text[start + 1 : end], end + 1


def _word(text: str, start: int) -> tuple[_Token, int]:
    """Read up to white space or a bracket that closes more than was opened inside the word."""
    if found := _FIELD.match(text, start):
        field = FIELD_NAMES[found["name"].lower()]
        value = found.end()
        if value < len(text) and text[value] in _QUOTES:
            phrase, end = _quoted(text, value)
            return _Token("term", phrase, start, field, quoted=True), end
        end = _word_end(text, value)
        return _Token("term", text[value:end], start, field), end
    end = _word_end(text, start)
    word = text[start:end]
    return _Token(_OPERATORS.get(word, "term"), word, start), end


_FIELD = re.compile(rf"(?P<name>{'|'.join(sorted(FIELD_NAMES, key=len, reverse=True))})[:：]", re.IGNORECASE)


def _word_end(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        char = text[index]
        if char.isspace():
            return index
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if depth < 0:
                return index
    return len(text)


# --- building the tree ------------------------------------------------------------------------------------------


class _Parser:
    """Recursive descent over the tokens, one method per rule of the grammar."""

    def __init__(self, text: str, tokens: list[_Token], numbers: Spellings) -> None:
        self._text = text
        self._tokens = tokens
        self._numbers = numbers
        self._next = 0
        self._depth = 0

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _fault(self, message: str, position: int) -> QueryError:
        return QueryError(message, self._text, position)

    def parse(self) -> Node:
        node = self._alternatives()
        if self._token.kind == "close":
            raise self._fault(_("这个右括号没有对应的左括号"), self._token.position)
        return node

    def _alternatives(self) -> Node:
        parts = [self._conjunction()]
        while self._token.kind == "or":
            self._take()
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _conjunction(self) -> Node:
        parts = [self._negation()]
        while self._token.kind in ("and", "not", "open", "term"):
            if self._token.kind == "and":
                self._take()
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _negation(self) -> Node:
        negative = False
        while self._token.kind == "not":
            self._take()
            negative = not negative
        node = self._primary()
        return Not(node) if negative else node

    def _primary(self) -> Node:
        token = self._take()
        if token.kind == "term":
            return self._term(token)
        if token.kind != "open":
            raise self._fault(_("这里缺少检索词"), token.position)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(_("括号嵌套过深，最多 %(n)s 层", n=MAX_DEPTH), token.position)
        node = self._alternatives()
        if self._take().kind != "close":
            raise self._fault(_("这个左括号没有对应的右括号"), token.position)
        self._depth -= 1
        return node

    def _term(self, token: _Token) -> Node:
        text = fold(token.text)
        if not text:
            raise self._fault(_("这里缺少检索词"), token.position)
        readers: dict[str, Callable[[_Token, str], Node]] = {
            YEAR: self._years,
            STATE: self._state,
            CLASS: lambda _token, _text: ClassCode(token.text.strip().upper()),
            BATCH: self._batch,
            CERT_NO: self._numbered,
            CODE: self._numbered,
        }
        reader = readers.get(token.field)
        return reader(token, text) if reader else Word(text, token.field)

    def _years(self, token: _Token, text: str) -> Node:
        found = re.fullmatch(r"(\d{4})年?(?:(?:\.\.|-|~|至|—)(\d{4})年?)?", text)
        if not found:
            raise self._fault(_("年度应为四位年份或范围，如 2009 或 2008..2010"), token.position)
        first, last = int(found[1]), int(found[2] or found[1])
        return Years(min(first, last), max(first, last))

    def _state(self, token: _Token, text: str) -> Node:
        if text not in STATE_NAMES:
            known = "、".join(name for name in STATE_NAMES if not name.isascii())
            raise self._fault(_("没有这种发证状态，可用：%(known)s", known=known), token.position)
        return State(STATE_NAMES[text])

    def _batch(self, _token: _Token, text: str) -> Node:
        if text in _YES | _NO:
            return InBatch(text in _YES)
        return Word(text, BATCH)

    def _numbered(self, token: _Token, _text: str) -> Node:
        forms = [Word(form, token.field) for form in self._numbers(token.text) if form]
        if not forms:
            raise self._fault(_("这里缺少检索词"), token.position)
        return forms[0] if len(forms) == 1 else Or(tuple(forms))
