"""The engines that our index is measured against, each set up as its users do for Chinese text; ``make bench-search`` installs what
they need.
"""

from __future__ import annotations

import importlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from whoosh import query as stock
from whoosh.analysis import NgramTokenizer
from whoosh.fields import TEXT, Schema
from whoosh.index import create_in, open_dir

from benchmarks.search_corpus import texts

Words = tuple[str, ...]
Search = Callable[[Words], int]
"""Returns the total of a query, after the first twenty hits were fetched."""


class Clock:
    """Processor time, less what making the pages took."""

    def __init__(self) -> None:
        self._started = time.process_time()

    def outside(self, source: Iterator[Any]) -> Iterator[Any]:
        """Yield from a source whose work does not count."""
        while True:
            before = time.process_time()
            one = next(source, None)
            self._started += time.process_time() - before
            if one is None:
                return
            yield one

    @property
    def seconds(self) -> float:
        """What was used so far."""
        return time.process_time() - self._started


def _tantivy() -> Any:
    return importlib.import_module("tantivy")


def _bigrams(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(max(1, len(text) - 1))]


def build_tantivy(folder: Path, files: int, *, own: bool) -> float:
    """Build with Tantivy: with bigrams made by us and positions, or with its own n-grams."""
    tantivy = _tantivy()
    schema = tantivy.SchemaBuilder().add_text_field("text", tokenizer_name="own" if own else "two").build()
    index = tantivy.Index(schema, str(folder))
    _register(index)
    clock = Clock()
    writer = index.writer(64_000_000, 1)
    for text in clock.outside(texts(files)):
        writer.add_document(tantivy.Document(text=" ".join(_bigrams(text)) if own else text))
    writer.commit()
    writer.wait_merging_threads()
    return clock.seconds


def _register(index: Any) -> None:
    tantivy = _tantivy()
    builder = tantivy.TextAnalyzerBuilder
    index.register_tokenizer("own", builder(tantivy.Tokenizer.whitespace()).build())
    index.register_tokenizer("two", builder(tantivy.Tokenizer.ngram(2, 2, False)).build())


def open_tantivy(folder: Path, *, own: bool) -> Search:
    """Open it; one character is looked for by an expression over the terms."""
    tantivy = _tantivy()
    index = tantivy.Index.open(str(folder))
    _register(index)
    searcher, schema = index.searcher(), index.schema

    def of(word: str) -> Any:
        if len(word) == 1:
            return tantivy.Query.regex_query(schema, "text", f"{word}.|.{word}")
        terms = _bigrams(word)
        if len(terms) == 1:
            return tantivy.Query.term_query(schema, "text", word)
        if own:
            return tantivy.Query.phrase_query(schema, "text", terms)
        every = [(tantivy.Occur.Must, tantivy.Query.term_query(schema, "text", term)) for term in terms]
        return tantivy.Query.boolean_query(every)

    def search(wanted: Words) -> int:
        parts = [(tantivy.Occur.Must, of(word)) for word in wanted]
        query = parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts)
        return int(searcher.search(query, 20, count=True).count)

    return search


def build_fts5(folder: Path, files: int, *, trigram: bool) -> float:
    """Build with SQLite's FTS5: over single characters, or its trigrams."""
    connection = sqlite3.connect(folder / "fts.db")
    tokenizer = "trigram" if trigram else "unicode61"
    connection.execute(f"create virtual table page using fts5(text, content='', tokenize='{tokenizer}')")
    clock = Clock()
    rows = ((text if trigram else " ".join(text),) for text in clock.outside(texts(files)))
    connection.executemany("insert into page (text) values (?)", rows)
    connection.commit()
    connection.close()
    return clock.seconds


def open_fts5(folder: Path, *, trigram: bool) -> Search:
    """Open it; trigrams cannot find words of one or two characters without the text."""
    connection = sqlite3.connect(folder / "fts.db")

    def search(wanted: Words) -> int:
        if trigram and min(map(len, wanted)) < 3:
            return -1
        match = " AND ".join(f'"{word if trigram else " ".join(word)}"' for word in wanted)
        connection.execute("select rowid from page where page match ? order by rank limit 20", (match,)).fetchall()
        return int(connection.execute("select count(*) from page where page match ?", (match,)).fetchone()[0])

    return search


def build_stock(folder: Path, files: int) -> float:
    """Build with Whoosh as it comes: bigrams with positions."""
    writer = create_in(str(folder), Schema(text=TEXT(analyzer=NgramTokenizer(2)))).writer(limitmb=256)
    clock = Clock()
    for text in clock.outside(texts(files)):
        writer.add_document(text=text)
    writer.commit()
    return clock.seconds


def open_stock(folder: Path) -> Search:
    """Open it; one character cannot be found."""
    searcher = open_dir(str(folder)).searcher()

    def search(wanted: Words) -> int:
        if min(map(len, wanted)) < 2:
            return -1
        parts = [stock.Phrase("text", _bigrams(word)) if len(word) > 2 else stock.Term("text", word) for word in wanted]
        found = searcher.search(stock.And(parts) if len(parts) > 1 else parts[0], limit=20)
        return len(found)

    return search


RIVALS: dict[str, tuple[Callable[[Path, int], float], Callable[[Path], Search]]] = {
    "tantivy, bigrams": (partial(build_tantivy, own=True), partial(open_tantivy, own=True)),
    "tantivy, n-grams": (partial(build_tantivy, own=False), partial(open_tantivy, own=False)),
    "fts5, characters": (partial(build_fts5, trigram=False), partial(open_fts5, trigram=False)),
    "fts5, trigrams": (partial(build_fts5, trigram=True), partial(open_fts5, trigram=True)),
    "stock whoosh": (build_stock, open_stock),
}
