"""Reading pages in a recognition process that stays alive: models load once, a death costs one page, memory stays bounded."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from lindang.child import ChildLost, LineChild
from plugins.ingest.adapters.engines import EngineOptions
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import word_of
from plugins.ingest.domain.text import Opinion, PageReading

CHILD: Final = "plugins.ingest.reader_child"
_START_SECONDS: Final = 120.0


class PageReader:
    """Reads page images with one engine; safe to use from several threads, each gets a process of its own."""

    def __init__(self, engine: str, options: EngineOptions, *, folder: Path, memory_mb: int, nice: int = 0) -> None:
        self.engine = engine
        self._options = options
        self._folder = folder
        self._memory_mb = memory_mb
        self._nice = nice
        self._idle: list[LineChild] = []
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, path: Path, dpi: int) -> PageReading:
        """Read one page image.

        Raises:
            Refused: timeout, out of memory or engine failure; the next page gets a fresh process.
        """
        with self._child() as child:
            timeout = 2 * self._options.seconds + (0 if child.pid else _START_SECONDS)
            try:
                answer = child.ask({"path": str(path.resolve()), "dpi": dpi}, timeout=timeout)
            except ChildLost as lost:
                code = ReasonCode.TIMEOUT if lost.timed_out else ReasonCode.ENGINE_FAILURE
                raise Refused(code, _last_line(lost.errors)) from lost
            if int(answer.get("resident_mb", 0)) > self._memory_mb:
                child.close()
        if "refused" in answer:
            code, detail = answer["refused"]
            raise Refused(ReasonCode(code), str(detail))
        return _reading(answer["reading"])

    def close(self) -> None:
        """End the idle processes and free their memory."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.close()

    @contextmanager
    def _child(self) -> Iterator[LineChild]:
        with self._lock:
            child = self._idle.pop() if self._idle else self._new()
        try:
            yield child
        finally:
            with self._lock:
                self._idle.append(child)

    def _new(self) -> LineChild:
        options = json.dumps(dataclasses.asdict(self._options))
        return LineChild(CHILD, (self.engine, options, str(self._nice)), folder=str(self._folder))


def _reading(values: dict[str, Any]) -> PageReading:
    words = tuple(word_of(word) for word in values["words"])
    opinions = tuple(Opinion(*opinion) for opinion in values["opinions"])
    return PageReading(**{**values, "words": words, "doubts": tuple(values["doubts"]), "opinions": opinions})


def _last_line(errors: str) -> str:
    return errors.splitlines()[-1][:200] if errors else ""
