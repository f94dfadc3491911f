"""Words in two languages: Chinese is the source, English a complete catalogue.

``_`` translates now, ``lazy`` when shown. Both work outside a request (command line, worker), where the source text
is the answer unless ``LANG`` asks for English on the command line.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy, NullTranslations, Translations
from flask import g, has_request_context, session

LOCALES = {"zh": "中文", "en": "English"}
LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


def compile_catalogues(folder: Path = LOCALE_DIR) -> list[Path]:
    """Compile every ``.po`` that is newer than its ``.mo``; returns the files written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name)
        with target.open("wb") as out:
            write_mo(out, catalogue)
        written.append(target)
    return written


@functools.cache
def _translations(locale: str) -> NullTranslations:
    return Translations.load(str(LOCALE_DIR), [locale], domain="messages")


def current_locale() -> str:
    """Return the language of this request: what the person chose, else Chinese."""
    if not has_request_context():
        return "zh"
    if "locale" not in g:
        chosen = session.get("locale")
        g.locale = chosen if chosen in LOCALES else "zh"
    return str(g.locale)


def _(message: str, /, **values: Any) -> str:
    """Translate ``message`` and fill its ``%(name)s`` places."""
    locale = current_locale()
    text = message if locale == "zh" else _translations(locale).ugettext(message)
    return text % values if values else text


@contextmanager
def official() -> Iterator[None]:
    """Speak Chinese for a while, whatever language the person chose: official papers are Chinese."""
    if not has_request_context():
        yield
        return
    before, g.locale = current_locale(), "zh"
    try:
        yield
    finally:
        g.locale = before


def lazy(message: str, /, **values: Any) -> Any:
    """Return a text that is translated each time it is shown; for labels made at import time.

    Typed Any because form libraries declare their labels as plain strings.
    """
    return LazyProxy(_, message, enable_cache=False, **values)


Text = str | LazyProxy


def local_time(moment: dt.datetime) -> dt.datetime:
    """Return ``moment`` in the office's zone; a naive value is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(OFFICE_ZONE)


def format_when(moment: dt.datetime | None) -> str:
    """``2020-07-30 09:05`` in the office's zone, or an em dash."""
    return local_time(moment).strftime("%Y-%m-%d %H:%M") if moment else "—"


def format_date(day: dt.date | None) -> str:
    """``2020-07-30`` as lists show it, or an em dash."""
    return day.isoformat()[:10] if day else "—"


def format_date_doc(day: dt.date | None) -> str:
    """``2020年7月30日`` as documents show it."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "    年  月  日"


def format_mu(area: Decimal | None) -> str:
    """An area in 亩 with two decimals, rounded half up: ``12.30 亩``."""
    if area is None:
        return "—"
    return f"{area.quantize(Decimal('0.01'), ROUND_HALF_UP):,} {_('亩')}"


def format_filesize(count: int | None) -> str:
    """Bytes as a person reads them: ``1.6 MB``."""
    if count is None:
        return "—"
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def mask_number(text: str | None) -> str:
    """First six and last four characters with stars between; short values are all stars."""
    if not text:
        return "—"
    return f"{text[:6]}{'*' * 8}{text[-4:]}" if len(text) > 10 else "*" * len(text)
