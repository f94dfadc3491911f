"""Taking models out of a library: a small library made here, with two models, a decoy and a list of characters."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tools.fast_models import FINDER, READER, Unusable, library_of, main, models_in

HEAD, TAIL = b"\x08\x08\x12\x00\x1a\x00\x3a", b"\x42\x04\x0a\x00\x10\x10"


def model(graph: bytes) -> bytes:
    """Return a model with a graph of less than 16384 bytes."""
    return HEAD + bytes([len(graph) & 0x7F | 0x80, len(graph) >> 7]) + graph + TAIL


def library() -> bytes:
    """Return code, a broken model, a large, a small finding and a small reading one, and the characters of the last."""
    small = model(b"f" * 200) + model(b"r" * 300)
    listed = json.dumps(["峁", "岭", '"'], ensure_ascii=False).encode()
    return b"code" + HEAD + b"\x05nothing" + model(b"L" * 900) + small + listed + b"\xff\x00more code"


def test_the_two_smallest_models_are_taken_out_as_they_were_published() -> None:
    found = models_in(library())
    assert found[FINDER] == b"\x08\x0a" + model(b"f" * 200)[2:-1] + b"\x0b"
    entry = b"\x0a\x09character\x12\x09" + '峁\n岭\n"'.encode()
    assert found[READER] == model(b"r" * 300) + b"\x72" + bytes([len(entry)]) + entry


def test_a_wheel_with_other_models_than_the_pinned_ones_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    wheel = tmp_path / "faster_paddle-9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("faster_paddle/faster_paddle.abi3.so", library())
        archive.writestr("faster_paddle/__init__.py", "")
    assert library_of(wheel) == library()
    with pytest.raises(Unusable, match=FINDER):
        main(wheel, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_library_without_models_is_refused() -> None:
    with pytest.raises(Unusable):
        models_in(b"code" + model(b"x" * 50))
