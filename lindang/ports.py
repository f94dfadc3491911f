"""The places where one implementation is chosen by configuration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

    from lindang.auth import Actor


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored sequence of bytes: its lower-case hexadecimal SHA-256 and its length."""

    sha256: str
    bytes: int


class Storage(Protocol):
    """Write-once bytes, addressed by their SHA-256. Every put is durable when it returns, and idempotent."""

    def put_file(self, path: Path) -> Blob:
        """Store a copy of the file; the original stays untouched."""

    def put_bytes(self, data: bytes) -> Blob:
        """Store the bytes."""

    def path(self, sha256: str) -> Path:
        """Return a local path to read from. Raises NotFound when the blob is not there."""

    def read(self, sha256: str) -> bytes:
        """Return the whole blob. Raises NotFound when it is not there."""

    def exists(self, sha256: str) -> bool:
        """Say whether the blob is there."""

    def digests(self) -> Iterator[str]:
        """Yield the SHA-256 of every stored blob, in no promised order."""

    def older_than(self, age: dt.timedelta) -> Iterator[str]:
        """Yield the SHA-256 of the blobs that were last put longer ago than ``age``, in no promised order."""

    def restore(self, sha256: str, source: Path) -> None:
        """Put the right bytes where a blob is damaged or gone; what was there is kept aside, durable when it returns.

        Raises ValueError when the source is not that blob; the store then is as it was.
        """

    def set_aside(self, sha256: str) -> None:
        """Take a blob that nothing refers to out of the store, where an administrator still finds it."""


class JobQueue(Protocol):
    """Carries job ids to workers. It may lose them: the ledger in the database sends them again."""

    def send(self, job_id: int) -> None:
        """Offer the job to the workers; called after the commit."""

    def consume(self, run: Callable[[int], None], *, workers: int) -> None:
        """Run jobs until the process is told to stop; blocks the calling (main) thread."""


class Clock(Protocol):
    """The time, so that tests can choose it."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""


@dataclass(frozen=True, slots=True)
class OcrWord:
    """One word or character run: box in the page image's pixels, text, confidence 0..100."""

    box: tuple[int, int, int, int]
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class OcrLine:
    """One line in reading order: box in the page image's pixels, text, confidence 0..100, its words."""

    box: tuple[int, int, int, int]
    text: str
    confidence: float
    words: tuple[OcrWord, ...] = ()


class OcrEngine(Protocol):
    """Reads one page image."""

    name: str
    version: str

    def recognise(self, gray: np.ndarray, dpi: int) -> list[OcrLine]:
        """Return the lines of a one-channel 8-bit image, top to bottom."""


class TableReader(Protocol):
    """Reads the rows of an untrusted workbook or CSV file, in a cage."""

    def read(self, path: Path) -> list[tuple[str, list[tuple[int, list[str]]]]]:
        """Return the sheets in order: name, and of each row its number and the texts of its cells.

        Raises:
            BadInput: the file cannot be read; the message says why and what to do.
        """


class KeyReader(Protocol):
    """Tells who is behind a bearer token of one kind."""

    def from_bearer(self, token: str) -> Actor | None:
        """Return the actor of a live token, or None when it is none of this kind."""


class IdentityProvider(Protocol):
    """Tells who is behind a session cookie or a bearer token."""

    def from_session(self, token: str, address: str) -> Actor | None:
        """Return the actor of a live session, or None; also keeps the session alive."""

    def from_bearer(self, token: str) -> Actor | None:
        """Return the actor of a live API token, or None."""

    def role_labels(self, actor: Actor) -> tuple[str, ...]:
        """Return the titles of the actor's roles, as an office says them."""
