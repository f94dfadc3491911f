"""The life of the index that Whoosh keeps: merging, damage, failed commits; what every engine must do is in the contract suite."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.search.adapters import merging, snapshot, whoosh_engine, whoosh_storage
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Unit
from plugins.search.domain.engine import IndexUnavailable
from tests.support.search_world import build, find, page


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    return WhooshEngine(tmp_path / "index")


def test_merging_many_small_segments_changes_no_answer(engine: WhooshEngine) -> None:
    build(engine)
    words_ = ["东至河沟", "西至山脊", "南至道路", "北至王家坟"]
    for key in range(1, 70):
        engine.replace([page(key, f"第{key}号 {words_[key % 4]}")])
        engine.replace([page(max(1, key - 3), f"改 {words_[key % 3]} {key}")])
    (folder,) = engine._generations.root.glob("g*")
    assert len(list(folder.glob("*.seg"))) <= merging.MERGE_ABOVE + 1
    assert find(engine, "第 68 号") == [68]
    assert find(engine, "第66号") == []
    assert len(find(engine, "改")) == 66
    engine.check()


def test_segments_of_every_size_are_merged_within_bounds_and_what_is_mostly_deleted_is_written_anew(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "SMALL_SEGMENT", 60)
    monkeypatch.setattr(merging, "LARGEST_SEGMENT", 1200)
    build(engine, *(page(key, f"初稿 {key} {'文' * 40}") for key in range(1, 9)))
    truth = {key: f"初稿{key}" for key in range(1, 9)}
    for number in range(200):
        key = number * 7 % 40 + 1
        truth[key] = f"第{number}稿"
        engine.replace([page(key, f"{truth[key]}，{'字' * (number % 30)}")])
    segments = engine._snapshot().segments.values()
    assert max(segment.grams["body"].characters for segment in segments) <= 1200
    assert len(segments) < 60
    assert all(segment.live is None or 3 * segment.live.sum() > len(segment.facts) for segment in segments)
    assert {key: find(engine, f"{text}，") for key, text in truth.items()} == {key: [key] for key in truth}
    assert find(engine, "初稿") == []
    engine.check()


def test_an_index_of_another_version_is_refused_not_misread(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(engine, page(1, "岚县"))
    monkeypatch.setattr(snapshot, "FACTS_FIELD", "facts_of_tomorrow")
    with pytest.raises(IndexUnavailable, match="another version"):
        find(WhooshEngine(engine._generations.root), "岚县")


def test_an_index_of_another_format_is_not_read(engine: WhooshEngine) -> None:
    build(engine, page(1, "岚县"))
    current = engine._generations.root / "CURRENT"
    current.write_text(current.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(IndexUnavailable):
        find(engine, "岚县")
    build(engine, page(1, "岚县"))
    assert find(engine, "岚县") == [1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Whoosh forgets files it cannot read
@pytest.mark.parametrize("victim", ["*.seg", "*.toc"])
@pytest.mark.parametrize("damage", ["cut", "gone", "noise"])
def test_a_damaged_index_is_unavailable_never_a_crash(tmp_path: Path, victim: str, damage: str) -> None:
    build(WhooshEngine(tmp_path), *(page(key, f"岚县{key}") for key in range(5)))
    (file,) = next(tmp_path.glob("g*")).glob(victim)
    if damage == "cut":
        os.truncate(file, file.stat().st_size // 3)
    elif damage == "gone":
        file.unlink()
    else:
        file.write_bytes(os.urandom(file.stat().st_size))
    engine = WhooshEngine(tmp_path)
    with pytest.raises(IndexUnavailable):
        engine.check()
    build(engine, page(7, "岚县"))
    assert find(engine, "岚县") == [7]


def test_a_failed_commit_lets_the_lock_go_and_loses_nothing_committed(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(engine, page(1, "岚县"))

    def full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(whoosh_engine.DurableStorage, "rename_file", full)
        with pytest.raises(OSError, match="No space"):
            engine.replace([page(2, "岚县")])
    assert find(engine, "岚县") == [1]
    engine.replace([page(3, "岚县")])
    assert find(engine, "岚县") == [1, 3]


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(engine)
    synced: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        fsync(descriptor)

    monkeypatch.setattr(whoosh_storage.os, "fsync", noted)
    engine.replace([page(1, "岚县")])
    (folder,) = engine._generations.root.glob("g*")
    (segment,), (toc,) = folder.glob("*.seg"), folder.glob("*.toc")
    assert segment.name in synced
    assert any(name.startswith(toc.name) for name in synced), "the list of segments, under its temporary name"
    assert synced[-1] == folder.name, "the rename, last"


def test_the_index_folder_is_private(engine: WhooshEngine) -> None:
    build(engine, page(1, "岚县"))
    root = engine._generations.root
    assert root.stat().st_mode & 0o777 == 0o700
    assert all(
        file.stat().st_mode & 0o077 == 0 for file in root.rglob("*") if file.name.endswith((".seg", ".toc", "CURRENT"))
    )


def test_a_second_rebuild_is_refused_and_a_killed_one_is_swept(engine: WhooshEngine) -> None:
    build(engine, page(1, "岚县"))

    def fails() -> Iterator[Unit]:
        yield page(2, "岚县")
        with pytest.raises(BlockingIOError):
            build(engine)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        engine.rebuild(lambda _known: fails(), lambda _keys: ())
    assert find(engine, "岚县") == [1]
    assert len(list(engine._generations.root.glob("g*"))) == 2
    build(engine, page(4, "岚县"))
    assert find(engine, "岚县") == [4]
    assert len(list(engine._generations.root.glob("g*"))) == 1
