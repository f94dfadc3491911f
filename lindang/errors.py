"""One tree for every error that a person may see.

::

    LindangError                 code            HTTP  exit
    ├── ConfigError              config           500     2
    ├── NotFound                 not_found        404     3   (also: out of scope)
    ├── Forbidden                forbidden        403     4
    ├── Conflict                 conflict         409     5
    │   └── StaleVersion         stale_version    409     5   (somebody else saved first)
    ├── BadInput                 bad_input        400     6
    ├── Faults                   faults           422     6   (all faults of one form, sheet or folder at once)
    ├── Unavailable              unavailable      503     7
    │   └── LeaseLost            lease_lost       503     7   (a job was taken over by another worker)
    ├── NoSpace                  no_space         507     8
    └── PermanentFailure         failed           500     9   (a job that must not be retried)

Each error says what is wrong (``message``), where (``where``: file, sheet, row, column, page, field) and what to do
(``remedy``). A broken invariant found by ``lindang verify`` is not an error but a finding; that command exits with 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class LindangError(Exception):
    """Base of all errors that carry a message for a person."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = str(message)
        self.where = str(where)
        self.remedy = str(remedy)

    def __str__(self) -> str:
        head = f"{self.where}:{self.message}" if self.where else self.message
        return f"{head} {self.remedy}".rstrip()


class ConfigError(LindangError):
    """A setting is missing, unknown or not of its type."""

    code = "config"
    exit_code = 2


class NotFound(LindangError):
    """The object does not exist, or lies outside the actor's scope: the two answer alike."""

    code = "not_found"
    http_status = 404
    exit_code = 3


class Forbidden(LindangError):
    """The actor's roles do not allow the action."""

    code = "forbidden"
    http_status = 403
    exit_code = 4


class Conflict(LindangError):
    """The action does not fit the present state of the object."""

    code = "conflict"
    http_status = 409
    exit_code = 5


class StaleVersion(Conflict):
    """Somebody else saved the object after this actor had opened it."""

    code = "stale_version"


class BadInput(LindangError):
    """One value that was sent cannot be used."""

    code = "bad_input"
    http_status = 400
    exit_code = 6


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault among many: where it is, what is wrong, what to do."""

    where: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}:{self.message} {self.remedy}".rstrip()


class Faults(LindangError):
    """All faults of one form, sheet or folder, reported at once."""

    code = "faults"
    http_status = 422
    exit_code = 6

    def __init__(self, message: str, faults: Iterable[Fault], *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {fault}" for fault in self.faults)])


class Unavailable(LindangError):
    """A part of the system cannot answer now; trying later may help."""

    code = "unavailable"
    http_status = 503
    exit_code = 7


class LeaseLost(Unavailable):
    """The job's lease has passed to another worker; this one must stop without writing."""

    code = "lease_lost"


class NoSpace(LindangError):
    """The disk reserve is used up; nothing was accepted."""

    code = "no_space"
    http_status = 507
    exit_code = 8


class PermanentFailure(LindangError):
    """A job found something that no retry can mend; it goes to the failed lane with this reason."""

    code = "failed"
    exit_code = 9


VIOLATIONS_EXIT_CODE = 10
"""Exit status of ``lindang verify`` when at least one invariant is broken."""
