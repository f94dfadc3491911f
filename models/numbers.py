"""Reading and comparing the numbers of the field: certificates, titles, real-estate units.

Pure functions, no tables. Three layers are kept apart everywhere: what is *written* (never changed), the *normal form*
(width, brackets and blanks levelled) and the *key* (leading zeros gone as well), which only ever serves comparison.
OCR text is read by `find_cert_numbers`, a person's typing by `cert_query`, an entry form by `parse_cert_no`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_OPENING = "([{<〔［【「『〈《﹝｛（"
_CLOSING = ")]}>〕］】」』〉》﹞｝）"
_BRACKETS = str.maketrans(_OPENING + _CLOSING, "(" * len(_OPENING) + ")" * len(_CLOSING))
_FILLERS = re.compile(r"[\s\u200b\u200c\u200d\ufeff第号號№()\-‐‑‒–—―−_./·•:,;、。]+")
_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_ZEROS = str.maketrans("〇零", "00")
_HAN = "\u4e00-\u9fa5"

_CERT = re.compile(
    rf"^(?P<word>[{_HAN}]{{1,8}}?)林权?[证證]字"
    r"(?:\((?P<year>(?:19|20)\d{2})年?\)|(?P<bare_year>(?:19|20)\d{2})年?(?=第))?"
    r"第?(?P<num>[0-9A-Z\-]{1,16})[号號]?$"
)
_TITLE = re.compile(
    r"^(?P<prov>[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新])\((?P<year>\d{4})\)"
    r"(?P<place>.{2,20}?)不动产权第(?P<num>\d{7})号(?P<suffix>\(.*\)\d*)?$"
)
_UNIT = re.compile(r"^(\d{6})(\d{3})(\d{3})([GJZ][ABSXCDEFLNHGWY])(\d{5})([FLQW])(\d{8})$")


# --- normal forms -----------------------------------------------------------------------------------------------


def _level(text: str) -> str:
    """Level width and bracket kinds and drop white space; `№` stays one sign (NFKC would write `No`)."""
    levelled = unicodedata.normalize("NFKC", text.replace("№", "第")).translate(_BRACKETS)
    return re.sub(r"[\s\u200b\u200c\u200d\ufeff]+", "", levelled)


@functools.lru_cache(maxsize=4096)
def normalise_number(text: str) -> str:
    """Return the form in which two spellings of one number are equal.

    Width and case are levelled; blanks, brackets, dashes and the fillers 第, 号, № are dropped; 〇 and 零 become 0.
    Leading zeros stay: dropping them is the business of a key.
    """
    plain = _FILLERS.sub("", _level(text)).translate(_ZEROS).upper()
    return unicodedata.normalize("NFKC", plain)  # what the fillers stood between may compose


_CONFUSABLE = {
    **dict.fromkeys("OoQD〇零", "0"),
    **dict.fromkeys("Iil|丨", "1"),
    **dict.fromkeys("Zz", "2"),
    **dict.fromkeys("Ss", "5"),
    **dict.fromkeys("Bb", "8"),
    "G": "6",
    **dict.fromkeys("gq", "9"),
}
_SKELETON = str.maketrans(_CONFUSABLE)


def skeleton(text: str) -> str:
    """Return the normal form with all look-alike characters (O/0, l/1, S/5 ...) folded onto their digit.

    Numbers with equal skeletons may be one number misread; a match by skeleton is a guess and must say so.
    """
    return normalise_number(_level(text).translate(_SKELETON))


def digits_reversed(text: str) -> str:
    """Return the digits of a number from last to first, so that "ends with" becomes a prefix look-up."""
    return "".join(char for char in reversed(normalise_number(text)) if char.isascii() and char.isdigit())


def _bare(number: str) -> str:
    """Drop leading zeros for a key; `0000` keeps one."""
    return number.lstrip("0") or "0"


# --- certificate numbers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertNo:
    """A forest right certificate number (林权证号), taken apart.

    Attributes:
        as_written: The text as it stood on the paper or in the form.
        word: The issuing county's word before 林证字, such as `岚` or `将政`.
        year: Year in the brackets, None where the number carries none.
        number: Serial part with its leading zeros.
    """

    as_written: str
    word: str
    year: int | None
    number: str

    @property
    def norm(self) -> str:
        """The levelled spelling, e.g. `岚林证字201000123`."""
        return normalise_number(f"{self.word}林证字{self.year or ''}{self.number}")

    @property
    def key(self) -> str:
        """Comparison key `word|year|number` without leading zeros; a missing year leaves its place empty."""
        return cert_key(self.word, self.year, self.number)


def cert_key(word: str, year: int | None, number: str) -> str:
    """Return the key under which all spellings of one certificate number meet."""
    return f"{word}|{year or ''}|{_bare(number)}"


@functools.lru_cache(maxsize=4096)
def parse_cert_no(raw: str) -> CertNo | None:
    """Take a certificate number apart; None where the text is not one.

    Full and half width, every kind of bracket, empty brackets, missing year, missing 第 or 号, and digits written as
    Chinese numerals are all understood.

    Source: public certificate and felling-permit forms (将政林证字【】第 号, 将证林证字( )第 号, 梅政林证字第 号).
    """
    levelled = _level(raw).replace("()", "").upper()
    head, anchor, tail = levelled.partition("字")
    found = _CERT.match(head + anchor + tail.translate(_HAN_DIGITS))
    if not found:
        return None
    year = found["year"] or found["bare_year"]
    return CertNo(raw, found["word"], int(year) if year else None, found["num"].replace("-", ""))


def comparison_key(raw: str) -> tuple[str, str]:
    """Return the normal form and the comparison key of a certificate number; an unreadable one is compared by its form."""
    parsed = parse_cert_no(raw)
    norm = parsed.norm if parsed else normalise_number(raw)
    return norm[:80], (parsed.key if parsed else f"?|{norm}")[:80]


@dataclass(frozen=True, slots=True)
class CertReading:
    """One way to understand what was typed: unknown parts are None and match anything."""

    word: str | None
    year: int | None
    number: str

    @property
    def key(self) -> str | None:
        """The complete key, or None when the word is not known."""
        return None if self.word is None else cert_key(self.word, self.year, self.number)

    @property
    def key_tail(self) -> str:
        """The end that a matching key must have, beginning with its separator."""
        bare = _bare(self.number)
        return f"|{bare}" if self.year is None else f"|{self.year}|{bare}"


@dataclass(frozen=True, slots=True)
class CertQuery:
    """What a person typed into the search box, understood as (part of) a certificate number.

    Attributes:
        text: As typed.
        norm: Normal form, for exact and prefix comparison.
        skeleton: Look-alikes folded, for the fallback.
        digits: All digits in order, for "ends with".
        readings: Complete numbers this may stand for, the most literal first.
    """

    text: str
    norm: str
    skeleton: str
    digits: str
    readings: tuple[CertReading, ...]


_TYPED = re.compile(
    rf"^(?P<word>[{_HAN}]{{1,8}}?)??(?P<anchor>林权?[证證]字)?"
    r"\(?(?P<year>(?:19|20)\d{2})?年?\)?[第\-/.,_]*(?P<num>\d{1,16})[号號]?$"
)
_ONLY_ANCHOR = re.compile(rf"^[{_HAN}]{{0,8}}林权?[证證]字\(?(?:\d{{0,4}})\)?第?$")
_SERIAL = re.compile(r"^[A-Z]\d{4,14}$")


def cert_query(text: str) -> CertQuery | None:
    """Understand a typed query as a certificate number or a part of one; None where it is something else.

    Understood: the number in any spelling, digits only (with or without leading zeros), year and number
    (`2010 123`, `2010-123`, `2010123`), the county's word with digits (`岚2010-123`), the beginning of a number
    (`岚林证字(2010`) and the printed serial (a letter and digits).
    """
    levelled = re.sub(r"\(\)", "", _level(text)).upper()
    readings = tuple(dict.fromkeys(_readings(text, levelled)))
    if not readings and not _ONLY_ANCHOR.match(levelled) and not _SERIAL.match(levelled):
        return None
    norm = normalise_number(text)
    digits = "".join(char for char in norm if char.isascii() and char.isdigit())
    return CertQuery(text, norm, skeleton(text), digits, readings)


def _readings(text: str, levelled: str) -> Iterator[CertReading]:
    """Yield the complete numbers a typed text may stand for, the most literal first."""
    if complete := parse_cert_no(text):
        yield CertReading(complete.word, complete.year, complete.number)
    if not (typed := _TYPED.match(levelled)):
        return
    word, number = typed["word"], typed["num"]
    if typed["year"]:
        yield CertReading(word, int(typed["year"]), number)
        if re.search(rf"{typed['year']}{number}[号號]?$", levelled):  # nothing between: the year may be part of it
            yield CertReading(word, None, typed["year"] + number)
    elif complete is None and (word is None or typed["anchor"]):  # a name and a figure is no certificate number
        yield CertReading(word, None, number)


# --- certificate numbers in recognised text ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mention:
    """A certificate number found in running text.

    Attributes:
        raw: The slice of the text, line breaks included.
        cert_no: The number read from it.
        start: Offset of the first character in the text.
        end: Offset after the last character.
        repaired: Whether look-alike characters had to be exchanged to read it.
    """

    raw: str
    cert_no: CertNo
    start: int
    end: int
    repaired: bool


_RUN_FOLD = {**_CONFUSABLE, **dict.fromkeys("!][工T", "1")}
_RUN_FOLD.pop("i")
_RUN = str.maketrans(_RUN_FOLD)
_RUN_CLASS = "0-9" + re.escape("".join(_RUN_FOLD))
_ANCHOR = re.compile(r"[林杯诛休].?[证證廷征][字宇]")
_ORDINAL = "第弟蒂各逢"
_EMPTY_YEAR = re.compile(rf"[{re.escape(_OPENING + _CLOSING)}]{{0,2}}[{_ORDINAL}]")
_BETWEEN = re.compile(rf"年?[^0-9{_ORDINAL}]{{0,2}}[{_ORDINAL}]?")
_CLOSED_NUMBER = re.compile(rf"([{_RUN_CLASS}]{{1,16}})[号號]")
_OPEN_NUMBER = re.compile(rf"[{_RUN_CLASS}]{{1,16}}")
_LONGEST_WORD = 8
_WORD_RUN = re.compile(rf"[{_HAN}]{{1,8}}$")
_YEARS = range(1985, 2021)
_LABEL_ENDS = frozenset("号為为是即书持发给原有据办领的及和与证權权")


def find_cert_numbers(text: str, *, words: Collection[str] = ()) -> list[Mention]:
    """Find the certificate numbers in recognised text, in reading order.

    Blanks and line breaks inside a number are skipped, and look-alike characters are repaired, but only inside the
    year and the serial number. A mention whose year cannot be read is left out rather than given a wrong key.

    Args:
        text: Text of one page as the recognition engine returned it.
        words: The counties' words in use (`岚`, `将政`). They decide where the word begins, and when there is only
            one it also replaces a misread word.
    """
    squeezed = _Squeezed(text)
    mentions = (_mention(squeezed, anchor, words) for anchor in _ANCHOR.finditer(squeezed.text))
    return [mention for mention in mentions if mention]


class _Squeezed:
    """A text without white space, in half width, that remembers where every character came from."""

    def __init__(self, original: str) -> None:
        self.original = original
        chars: list[str] = []
        self.origin: list[int] = []
        for index, char in enumerate(original):
            for folded in "" if char.isspace() else unicodedata.normalize("NFKC", char):
                chars.append(folded)
                self.origin.append(index)
        self.text = "".join(chars)

    def word_start(self, end: int) -> int:
        """Return where a county's word that ends at `end` may begin at the earliest: behind white space, unless nothing
        but a closing 政 or 证 stands behind it (a word may be broken over two lines).
        """
        for index in range(end - 1, max(0, end - _LONGEST_WORD), -1):
            if self.origin[index] - self.origin[index - 1] > 1 and self.text[index:end] not in ("政", "证"):
                return index
        return max(0, end - _LONGEST_WORD)

    def adjoining(self, start: int, end: int) -> int:
        """Return how far from `start` the characters stand without white space between them, at most `end`."""
        for index in range(start + 1, end):
            if self.origin[index] - self.origin[index - 1] > 1:
                return index
        return end


def _mention(squeezed: _Squeezed, anchor: re.Match[str], words: Collection[str]) -> Mention | None:
    year, after_year = _read_year(squeezed.text, anchor.end())
    if after_year < 0 or not (serial := _read_serial(squeezed, after_year)):
        return None
    digits, end = serial
    word, seen = _read_word(squeezed.text[: anchor.start()], words, squeezed.word_start(anchor.start()))
    if not word:
        return None
    first = squeezed.origin[anchor.start() - len(seen)]
    last = squeezed.origin[end - 1] + 1
    raw = squeezed.original[first:last]
    number = CertNo(raw, word, year, digits)
    exact = parse_cert_no(raw)
    return Mention(raw, number, first, last, repaired=exact is None or exact.key != number.key)


def _read_year(text: str, start: int) -> tuple[int | None, int]:
    """Return the year and the offset of what follows it up to the serial; the offset is -1 if it is unreadable."""
    for offset in range(start, start + 3):
        digits = text[offset : offset + 4].translate(_RUN)
        if len(digits) == 4 and digits.isascii() and digits.isdigit() and int(digits) in _YEARS:
            between = _BETWEEN.match(text, offset + 4)
            return int(digits), between.end() if between else offset + 4
    missing = _EMPTY_YEAR.match(text, start)
    return None, missing.end() if missing else -1


def _read_serial(squeezed: _Squeezed, start: int) -> tuple[str, int] | None:
    """Return the digits of the serial number and the offset after it (after its 号 where there is one)."""
    closed = _CLOSED_NUMBER.match(squeezed.text, start)
    opened = closed or _OPEN_NUMBER.match(squeezed.text, start)
    if not opened:
        return None
    # Without 号, only a gap tells where the number ends: the next word on the page may begin with digits too.
    end = closed.end(1) if closed else squeezed.adjoining(start, opened.end())
    run = squeezed.text[start:end]
    doubt = 3 if closed else 2  # how many look-alikes are believed for each real digit
    if sum(char.isdigit() for char in run) * doubt < len(run):
        return None
    return run.translate(_RUN), closed.end() if closed else end


def _read_word(before: str, words: Collection[str], earliest: int) -> tuple[str, str]:
    """Return the county's word to use and the characters that were read for it; an unknown word begins at `earliest` or later.

    Without configured words the run of Chinese characters is cut behind the last one that ends a label (证号, 持有);
    of a longer rest only the short name (with its 政 or 证) is believed.
    """
    found = _WORD_RUN.search(before)
    run = found[0] if found else ""
    for known in sorted(words, key=len, reverse=True):
        if run.endswith(known):
            return known, known
    guess = _WORD_RUN.search(before[earliest:])
    run = guess[0] if guess else ""
    core = run[:-1] if run[-1:] in ("政", "证") else run
    cut = max((index + 1 for index, char in enumerate(core) if char in _LABEL_ENDS), default=0)
    word = run[cut:] or run[-1:]
    if len(word) > 3:
        word = word[-2:] if word[-1] in "政证" else word[-1]
    return (next(iter(words)), word) if len(words) == 1 else (word, word)


# --- real-estate titles and units -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TitleNo:
    """A real-estate title number (不动产权证号), taken apart; `suffix` is a remark such as `(销)2`."""

    as_written: str
    province: str
    year: int
    place: str
    number: str
    suffix: str

    @property
    def norm(self) -> str:
        """The levelled spelling, suffix included: a cancelled copy is another number."""
        return normalise_number(f"{self.province}{self.year}{self.place}不动产权{self.number}{self.suffix}")

    @property
    def key(self) -> str:
        """Comparison key `province+place|year|number+suffix`."""
        return f"{self.province}{self.place}|{self.year}|{_bare(self.number)}{self.suffix}"


def parse_title_no(raw: str) -> TitleNo | None:
    """Take a real-estate title number apart, such as 闽(2025)建瓯市不动产权第0012622号; None for anything else.

    Source: public test data of a forestry system and of a registry vendor.
    """
    found = _TITLE.match(_level(raw))
    if not found:
        return None
    return TitleNo(raw, found["prov"], int(found["year"]), found["place"], found["num"], found["suffix"] or "")


@dataclass(frozen=True, slots=True)
class UnitNo:
    """A real-estate unit number (不动产单元号, 28 characters) in its seven levels."""

    county: str
    cadastral_area: str
    cadastral_subarea: str
    right_feature: str
    parcel_seq: str
    fixture_feature: str
    fixture_no: str

    @property
    def code(self) -> str:
        """All 28 characters without gaps."""
        return self.parcel_code + self.fixture_feature + self.fixture_no

    @property
    def parcel_code(self) -> str:
        """The 19-character parcel code (宗地代码) the number begins with."""
        return f"{self.county}{self.cadastral_area}{self.cadastral_subarea}{self.right_feature}{self.parcel_seq}"

    @property
    def grouped(self) -> str:
        """The number in its customary groups, e.g. `141124 102005 JE00012 L00000001`."""
        area = self.cadastral_area + self.cadastral_subarea
        fixture = self.fixture_feature + self.fixture_no
        return f"{self.county} {area} {self.right_feature}{self.parcel_seq} {fixture}"


def parse_unit_no(raw: str) -> UnitNo | None:
    """Take a real-estate unit number apart; None if it is not one.

    Source: public explanations of the unit number and dumps of registry dictionaries.
    """
    found = _UNIT.match(_level(raw).upper())
    return UnitNo(*found.groups()) if found else None


def is_unit_no(raw: str) -> bool:
    """Tell whether the text is a well-formed real-estate unit number."""
    return parse_unit_no(raw) is not None
