"""Why a file could not be filed: one code per cause, raised by the pipeline as :class:`Refused` and kept with the file.

This module is all that the parsing child process knows of reasons; the words a person reads are in ``wording``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class ReasonCode(StrEnum):
    """One cause of refusal. The value is stored; never rename one."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    PASSWORD = "password"  # noqa: S105 - a reason, not a secret
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    PIXEL_BOMB = "pixel_bomb"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    ENGINE_FAILURE = "engine_failure"
    CHANGED = "changed"
    DUPLICATE = "duplicate"
    NOT_DIVISIBLE = "not_divisible"


PAGE_DETAIL: Final = "page:"


def on_page(number: int) -> str:
    """Return the detail that names a page."""
    return f"{PAGE_DETAIL}{number}"


class Refused(Exception):
    """The file cannot be taken in as it is; no retry with the same bytes and limits will change that.

    ``detail`` completes the reason: the kind that was found instead, a limit, a page (see :func:`on_page`).
    """

    def __init__(self, code: ReasonCode, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
