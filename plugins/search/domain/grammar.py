"""The query language: from what a person types to the tree of `query`, with faults that show their place.

::

    query   = and { OR and }              OR, 或
    and     = not { [AND] not }           a blank is AND; AND, 与
    not     = [ NOT | - ] primary         NOT, 非
    primary = "(" query ")" | term
    term    = [ field ":" ] ( "phrase" | "two words"~10 | word )

Brackets group only where a term could begin; inside a word they are text, so that 岚林证字(2010)第1号 needs no quotes.
A colon makes a field only behind a known field name; 备注:无 is searched as it stands. In a word without quotes ``?`` is any
one character and ``*`` any up to `MOST_BETWEEN`; ``"甲 乙"~10`` finds both, in either order, with ten characters between at most.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

from lindang.errors import BadInput
from lindang.i18n import _
from plugins.search.domain.folding import fold
from plugins.search.domain.query import (
    AREA,
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
    Areas,
    ClassCode,
    InBatch,
    Node,
    Not,
    Or,
    Pattern,
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
    "面积": AREA,
    "area": AREA,
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
MOST_BETWEEN = 30
"""How many characters ``*`` stands for at most."""
MOST_APART = 200
_MOST_NEAR = 3
_LARGEST_AREA = 2**32 - 1


class QueryError(BadInput):
    """A query that cannot be read; `query` and `position` show the place."""

    def __init__(self, message: str, query: str, position: int) -> None:
        place = _("第 %(n)s 个字符", n=position + 1)
        super().__init__(message, where=place, remedy=_("请修改检索式，或把整段文字放在引号里。"))
        self.query = query
        self.position = position


@dataclass(frozen=True, slots=True)
class _Token:
    """`kind` is and, or, not, open, close, term or end; `position` its place in the query.

    `apart` is the number behind the tilde of a phrase: how many characters may stand between its words.
    """

    kind: str
    text: str
    position: int
    field: str = ""
    quoted: bool = False
    apart: int | None = None


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
        return _phrase(text, start, start)
    return _word(text, start)


_APART = re.compile(r"[~～](\d{1,3})(?![^\s()（）])")


def _phrase(text: str, start: int, quote: int, field: str = "") -> tuple[_Token, int]:
    """Read a phrase that begins with the quotation mark at `quote`, with its tilde."""
    phrase, end = _quoted(text, quote)
    tilde = _APART.match(text, end)
    if tilde is None:
        return _Token("term", phrase, start, field, quoted=True), end
    return _Token("term", phrase, start, field, quoted=True, apart=int(tilde[1])), tilde.end()


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
            return _phrase(text, start, value, field)
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
            AREA: self._areas,
            CLASS: lambda _token, _text: ClassCode(token.text.strip().upper()),
            BATCH: self._batch,
            CERT_NO: self._numbered,
            CODE: self._numbered,
        }
        reader = readers.get(token.field)
        if reader:
            return reader(token, text)
        if token.apart is not None:
            return self._near(token, token.apart)
        return Word(text, token.field) if token.quoted else self._pattern(token, text)

    def _near(self, token: _Token, apart: int) -> Node:
        pieces = [piece for piece in map(fold, token.text.split()) if piece]
        if apart > MOST_APART:
            raise self._fault(_("相隔最多 %(n)s 个字符", n=MOST_APART), token.position)
        if not 2 <= len(pieces) <= _MOST_NEAR:
            raise self._fault(_("引号里写两到三个词，用空格隔开"), token.position)
        gaps = ((0, 0), *[(0, apart)] * (len(pieces) - 1), (0, 0))
        orders = dict.fromkeys(permutations(pieces))
        return Or(tuple(Pattern(order, gaps, token.field) for order in orders))

    def _pattern(self, token: _Token, text: str) -> Node:
        if "?" not in text and "*" not in text:
            return Word(text, token.field)
        pieces = tuple(re.findall(r"[^?*]+", text))
        if not pieces:
            raise self._fault(_("通配符以外至少要有一个字"), token.position)
        wild = re.split(r"[^?*]+", text)
        gaps = [(run.count("?"), run.count("?") + MOST_BETWEEN * ("*" in run)) for run in wild]
        return Pattern(pieces, tuple(gaps), token.field)

    def _areas(self, token: _Token, _text: str) -> Node:
        text = unicodedata.normalize("NFKC", token.text).strip()  # folding makes brackets of < and >
        number = r"(\d{1,7}(?:\.\d{1,2})?)亩?"
        span = re.fullmatch(rf"{number}(?:(?:\.\.|-|~|至|—){number})?", text)
        bound = re.fullmatch(rf"([<>])=?{number}", text)
        if span:
            first, last = _hundredths(span[1]), _hundredths(span[2] or span[1])
            return Areas(max(1, min(first, last)), max(first, last))
        if bound:
            edge = _hundredths(bound[2])
            return Areas(max(1, edge), _LARGEST_AREA) if bound[1] == ">" else Areas(1, edge)
        raise self._fault(_("面积应为亩数或范围，如 12.5、10-20、>50"), token.position)

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


def _hundredths(mu: str) -> int:
    whole, _point, part = mu.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)
