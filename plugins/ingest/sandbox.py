"""Parsing an untrusted file where it can do no harm: in a limited child process, with every death turned into a reason.

``Sandbox.scan`` is the only way in which the rest of the system has a file parsed. It hands out the page images in a work
folder that is wiped when the caller is done with them.
"""

from __future__ import annotations

import dataclasses
import errno
import json
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lindang.child import ChildLost
from lindang.errors import NoSpace
from lindang.forks import ChildPool
from lindang.i18n import _
from lindang.limits import Limits
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import ScanProfile, ScanResult, Side, from_json

CHILD: Final = "plugins.ingest.parser_child"
RESULT: Final = "result.json"
NO_ROOM: Final = errno.ENOSPC
"""Exit status of a parser that found no room for its pictures: that says nothing of its file."""
_GRACE_SECONDS: Final = 15.0
_DEATHS: Final = {
    signal.SIGXCPU: ReasonCode.TIMEOUT,
    signal.SIGXFSZ: ReasonCode.TOO_LARGE,
    signal.SIGKILL: ReasonCode.OUT_OF_MEMORY,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """A parsed file: what was found, and the folder where its page images are for now."""

    result: ScanResult
    folder: Path


class Sandbox:
    """Parses files in child processes that are kept for the next file; safe to use from several threads."""

    def __init__(self, folder: Path, *, limits: Limits | None = None, total_seconds: float = 1800.0) -> None:
        self._folder = folder
        self._limits = limits or Limits()
        self._total_seconds = total_seconds
        self._children = ChildPool(CHILD, folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def scan(self, path: Path, profile: ScanProfile) -> Iterator[Scan]:
        """Parse a file and lend its page images.

        Raises:
            Refused: with the reason, whatever happened to the child.
        """
        workdir = Path(tempfile.mkdtemp(prefix="scan-", dir=self._folder))
        try:
            yield Scan(self._parse(path, workdir, profile), workdir)
        finally:
            shutil.rmtree(workdir, ignore_errors=True)

    def unmatched(self, pairs: Sequence[tuple[Side, Side]], profile: ScanProfile) -> list[float]:
        """Compare pairs of page images; returns for each which share of their writing has no counterpart on the other.

        Raises:
            Refused: an image is broken, or the child was ended.
        """
        workdir = Path(tempfile.mkdtemp(prefix="scan-", dir=self._folder))
        asked = [[dataclasses.asdict(side) for side in pair] for pair in pairs]
        try:
            self._ask(workdir / RESULT, workdir, profile, pairs=asked)
            return [float(share) for share in _read_answer(workdir / RESULT)["unmatched"]]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(ReasonCode.ENGINE_FAILURE, "result") from error
        finally:
            shutil.rmtree(workdir, ignore_errors=True)

    def wipe(self) -> None:
        """Remove work folders that a killed process left behind; call only while nothing is being parsed."""
        for leftover in self._folder.iterdir():
            shutil.rmtree(leftover, ignore_errors=True)

    def close(self) -> None:
        """End the idle children."""
        self._children.close()

    def _parse(self, path: Path, workdir: Path, profile: ScanProfile) -> ScanResult:
        self._ask(path, workdir, profile)
        return _read_result(workdir / RESULT)

    def _ask(self, path: Path, workdir: Path, profile: ScanProfile, **more: Any) -> None:
        question = {
            **more,
            "path": str(path.resolve()),
            "workdir": str(workdir),
            "profile": dataclasses.asdict(profile),
            "limits": dataclasses.asdict(self._limits),
            "idle_seconds": self._limits.cpu_seconds * 2,
            "total_seconds": self._total_seconds,
        }
        try:
            answer = self._children.ask(question, timeout=self._total_seconds + _GRACE_SECONDS)
        except ChildLost as lost:
            code = ReasonCode.TIMEOUT if lost.timed_out else ReasonCode.ENGINE_FAILURE
            raise Refused(code, lost.errors[-200:]) from lost
        refuse_death(answer)


def refuse_death(answer: dict[str, Any]) -> None:
    """Raise Refused when the answer tells of a parser that was ended or died, NoSpace when it found the disk full."""
    status = int(answer.get("status", 1))
    if answer.get("timed_out"):
        raise Refused(ReasonCode.TIMEOUT)
    if status < 0:
        death = signal.Signals(-status)
        raise Refused(_DEATHS.get(death, ReasonCode.ENGINE_FAILURE), death.name)
    if status == NO_ROOM:
        raise NoSpace(_("磁盘已满，解析不下去"), remedy=_("请清理磁盘；有空间后自动继续，原文件未受影响。"))
    if status > 0:
        raise Refused(ReasonCode.ENGINE_FAILURE)


def _read_answer(path: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if "refused" in answer:
        code, detail = answer["refused"]
        raise Refused(ReasonCode(code), str(detail))
    return answer


def _read_result(path: Path) -> ScanResult:
    """Read what the parser wrote, trusting none of it."""
    try:
        result = from_json(_read_answer(path)["result"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refused(ReasonCode.ENGINE_FAILURE, "result") from error
    missing = [name for page in result.pages for name in (page.view, page.thumb) if not _is_plain(path.parent / name)]
    if missing:
        raise Refused(ReasonCode.ENGINE_FAILURE, missing[0])
    return result


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
