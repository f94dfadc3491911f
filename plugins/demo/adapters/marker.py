"""The file `DEMO` in the data folder: marks it as fictional, keeps the accounts' passwords and what has been built.

Passwords in a file are right here and nowhere else: these accounts open nothing but an invented village.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lindang.errors import Conflict
from lindang.host import DEMO_MARKER
from lindang.i18n import _

_TITLE = "虚构演示 FICTIONAL - 本文件夹中的人名、证号、扫描件全部是虚构的"


@dataclass(slots=True)
class Marker:
    """What a demonstration folder says about itself.

    Attributes:
        seed: of the village.
        households: how many.
        passwords: login name to password.
        done: names of the finished steps, in order.
    """

    seed: int
    households: int
    passwords: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


def read_marker(data_dir: Path) -> Marker | None:
    """Read the marker; None when the folder is no demonstration, or one that only says so.

    Raises:
        Conflict: the file cannot be read as one of ours.
    """
    path = data_dir / DEMO_MARKER
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return Marker(**{name: values[name] for name in Marker.__dataclass_fields__})
    except (ValueError, KeyError, TypeError) as error:
        raise Conflict(
            _("演示标记文件 %(path)s 无法读取", path=path), remedy=_("请换一个空文件夹重建演示。")
        ) from error


def write_marker(data_dir: Path, marker: Marker) -> None:
    """Write the marker, readable by its owner only; the old one is replaced in one step."""
    path = data_dir / DEMO_MARKER
    fresh = path.with_suffix(".new")
    words = json.dumps({"title": _TITLE, **asdict(marker)}, ensure_ascii=False, indent=1)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(words)
    fresh.replace(path)
