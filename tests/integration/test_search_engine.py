"""The Whoosh engine against the plain scan: random archives, random edits, random queries, and its life cycle."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.search.adapters import snapshot, whoosh_engine, whoosh_storage
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Unit
from plugins.search.domain.engine import IndexUnavailable, Request
from plugins.search.domain.query import Word
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
    assert len(list(folder.glob("*.seg"))) <= whoosh_engine.MERGE_ABOVE + 1
    assert find(engine, "第 68 号") == [68]
    assert find(engine, "第66号") == []
    assert len(find(engine, "改")) == 66
    engine.check()


def test_pages_are_ranked_grouped_and_paged(engine: WhooshEngine) -> None:
    build(
        engine,
        page(1, "岚"),
        Unit(2, tuple(dataclasses.replace(page(2, "岚岚岚岚").docs[0], page_id=20 + n, page_no=n) for n in range(5))),
        page(3, "岚" + "其他文字" * 50),
    )
    first = engine.search(Request(query=Word("岚"), scope=("",), limit=2, per_group=2))
    rest = engine.search(Request(query=Word("岚"), scope=("",), limit=2, offset=2))
    assert (first.hits, first.group_count) == (7, 3)
    assert [group.hits[0].file_id for group in (*first.groups, *rest.groups)] == [2, 1, 3]
    assert first.groups[0].count == 5
    assert [hit.page_id for hit in first.groups[0].hits] == [20, 21]


def test_an_index_of_another_version_is_refused_not_misread(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(engine, page(1, "岚县"))
    monkeypatch.setattr(snapshot, "FACTS_FIELD", "facts_of_tomorrow")
    with pytest.raises(IndexUnavailable, match="another version"):
        find(WhooshEngine(engine._generations.root), "岚县")


def test_a_unit_without_documents_leaves_the_index(engine: WhooshEngine) -> None:
    build(engine, page(1, "岚县"), page(2, "岚县"))
    engine.replace([Unit(1)])
    assert find(engine, "岚县") == [2]
    assert set(engine.stamps()) == {2}


def test_without_an_index_it_says_so_and_writes_nothing(engine: WhooshEngine) -> None:
    engine.replace([page(1, "岚县")])
    with pytest.raises(IndexUnavailable):
        find(engine, "岚县")


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


def test_what_changes_during_a_rebuild_is_in_the_new_index(engine: WhooshEngine) -> None:
    database = {key: page(key, f"旧文{key}") for key in range(1, 6)}
    build(engine, *database.values())

    def read_while_somebody_writes() -> Iterator[Unit]:
        for key in range(1, 6):
            yield database[key]
            if key == 3:
                database[1], database[9] = page(1, "新文"), page(9, "新文")
                database[2] = Unit(2)
                engine.replace([database[1], database[9], database[2]])
                assert find(engine, "新文") == [1, 9]

    engine.rebuild(lambda _known: read_while_somebody_writes(), lambda keys: [database[key] for key in keys])
    assert find(engine, "新文") == [1, 9]
    assert find(engine, "旧文") == [3, 4, 5]
    assert len(list(engine._generations.root.glob("g*"))) == 1


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


def test_readers_never_fail_while_commits_merges_and_swaps_go_on(tmp_path: Path) -> None:
    writer, reader = WhooshEngine(tmp_path), WhooshEngine(tmp_path)  # as two processes: nothing shared but the folder
    build(writer, *(page(key, f"岚县 甲{key}") for key in range(1, 11)))
    failures: list[BaseException] = []
    searches = [0] * 4
    done = threading.Event()

    def search(place: int) -> None:
        while not done.is_set():
            try:
                assert find(reader, "岚县") == list(range(1, 11))
                searches[place] += 1
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test must show it
                failures.append(error)
                return

    threads = [threading.Thread(target=search, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for number in range(60):
        key = number % 10 + 1
        writer.replace([page(key, f"岚县 甲{key} 第{number}稿")])
        if number % 20 == 19:
            build(writer, *(page(key, f"岚县 甲{key}") for key in range(1, 11)))
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert min(searches) > 10
