"""The Whoosh engine against the plain scan: random archives, random edits, random queries, and its life cycle."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.search.adapters import snapshot, whoosh_engine, whoosh_storage
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit
from plugins.search.domain.engine import Answer, Filters, IndexUnavailable, Order, Request
from plugins.search.domain.folding import fold, fold_parts
from plugins.search.domain.query import (
    And,
    Areas,
    ClassCode,
    InBatch,
    Node,
    Not,
    Or,
    Pattern,
    State,
    Word,
    Years,
)
from plugins.search.domain.scan import scan

TOWNS = ["141124100", "141124101", "141125100", "1411", ""]
ALPHABET = "林权证山木岚村王家〇。,（(ＡＢab12１２ \n𠮷"
DATA = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

texts = st.text(ALPHABET, max_size=25)
words = st.text("林权证山木岚村王家(ab12𠮷", min_size=1, max_size=4)
fields = st.sampled_from(["", "", "", "title", "holder", "village", "cert_no", "code", "batch"])


codes = st.sampled_from(["", "0123-LQ·F02-0001", "0123-LQ·F02-0001-001", "0123-LQ·F02-0010", "9", "林", "𠮷" * 11])


@st.composite
def units(draw: st.DrawFn) -> Unit:
    """One file with an item or two and their pages, all facts drawn."""
    key = draw(st.integers(1, 8))
    town = draw(st.sampled_from(TOWNS))
    common = {
        "unit": key,
        "file_id": key,
        "division": town + draw(st.sampled_from(["201", "202"])) if len(town) == 9 else town,
        "year": draw(st.sampled_from([0, 2008, 2009, 2010])),
        "area": draw(st.integers(0, 40)),
        "day": draw(st.sampled_from([0, 20080000, 20090305, 20090306])),
        "class_code": draw(st.sampled_from(["", "F", "F02", "G"])),
        "issue_state": draw(st.integers(0, 4)),
        "in_batch": draw(st.booleans()),
        "holder": fold(draw(texts)),
        "village": fold_parts(draw(texts), draw(texts)),
        "cert_no": fold(draw(texts)),
        "code": fold(draw(texts)),
        "batch": fold(draw(texts)),
        "sort_code": draw(codes),
    }
    docs = [SearchDoc(kind=Kind.FILE, body=fold_parts(draw(texts), draw(texts)), title=fold(draw(texts)), **common)]
    for item in range(draw(st.integers(0, 2))):
        title = fold(draw(texts))
        common |= {"sort_code": draw(codes), "day": draw(st.sampled_from([0, 20100101, 20090305]))}
        docs.append(SearchDoc(kind=Kind.ITEM, item_id=key * 10 + item, body=title, title=title, **common))
        docs += [
            SearchDoc(
                kind=Kind.PAGE,
                item_id=key * 10 + item,
                page_id=key * 100 + item * 10 + number,
                page_no=number,
                body=fold(draw(texts)),
                title=title,
                **common,
            )
            for number in range(draw(st.integers(0, 3)))
        ]
    return Unit(key, tuple(docs))


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """One to three pieces with gaps of all kinds."""
    pieces = draw(st.lists(st.text("林权证山木村王ab12𠮷", min_size=1, max_size=2), min_size=1, max_size=3))
    ranges = st.tuples(st.integers(0, 3), st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair)))
    edges = st.integers(0, 2).map(lambda count: (count, count))
    gaps = (draw(edges), *(draw(ranges) for _piece in pieces[1:]), draw(edges))
    return Pattern(tuple(pieces), gaps, draw(fields))


leaves: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, words, fields),
    patterns(),
    st.builds(lambda first, more: Areas(first, first + more), st.integers(1, 30), st.integers(0, 20)),
    st.builds(lambda first, more: Years(first, first + more), st.integers(2007, 2011), st.integers(0, 2)),
    st.builds(State, st.integers(1, 4)),
    st.builds(ClassCode, st.sampled_from(["F", "F02", "X"])),
    st.builds(InBatch, st.booleans()),
)
nodes: st.SearchStrategy[Node] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)
requests = st.builds(
    Request,
    query=st.none() | nodes,
    scope=st.sampled_from([("",), ("141124",), ("141124100", "141125"), ("141124100201",), ()]),
    filters=st.builds(
        Filters,
        division=st.sampled_from(["", "", "141124", "141124101"]),
        class_code=st.sampled_from(["", "", "F"]),
        year=st.sampled_from([None, None, 2009]),
        issue_state=st.sampled_from([None, None, 4]),
        in_batch=st.sampled_from([None, None, True]),
    ),
    limit=st.just(0),
    per_group=st.just(0),
    order=st.sampled_from(Order),
)


def assert_equal_answers(answer: Answer, truth: Answer) -> None:
    assert answer.groups == truth.groups
    assert (answer.hits, answer.group_count) == (truth.hits, truth.group_count)
    assert answer.facets == truth.facets


def build(engine: WhooshEngine, *all_units: Unit) -> None:
    engine.rebuild(iter(all_units), lambda _keys: ())


def page(key: int, text: str, **facts: object) -> Unit:
    doc = SearchDoc(
        unit=key, file_id=key, item_id=key, page_id=key, kind=Kind.PAGE, division="141124100201", body=fold(text)
    )
    return Unit(key, (dataclasses.replace(doc, **facts),))


def find(engine: WhooshEngine, text: str) -> list[int]:
    answer = engine.search(Request(query=Word(fold(text)), scope=("",), limit=0, per_group=0))
    return sorted(hit.page_id for group in answer.groups for hit in group.hits)


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    return WhooshEngine(tmp_path / "index")


@DATA
@given(
    st.lists(st.lists(units(), min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(requests, min_size=1, max_size=6),
)
def test_every_answer_equals_the_plain_scan(
    tmp_path_factory: pytest.TempPathFactory, commits: list[list[Unit]], asked: list[Request]
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    build(engine)
    truth: dict[int, Unit] = {}
    for commit in commits:
        engine.replace(commit)
        truth.update({unit.key: unit for unit in commit})
        for request in asked:
            assert_equal_answers(engine.search(request), scan(request, truth.values()))
    assert engine.stamps() == {key: unit.stamp for key, unit in truth.items()}
    engine.check()


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

    engine.rebuild(read_while_somebody_writes(), lambda keys: [database[key] for key in keys])
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
        engine.rebuild(fails(), lambda _keys: ())
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


def test_groups_come_in_the_order_asked_for_and_the_unknown_last(engine: WhooshEngine) -> None:
    facts = {
        1: {"sort_code": "F02-0002", "day": 20080000, "division": "141125100201", "area": 100},
        2: {"sort_code": "F02-0001-001", "day": 20090305, "division": "141124100201", "area": 300},
        3: {"sort_code": "", "day": 0, "division": "", "area": 0},
        4: {"sort_code": "F02-0001", "day": 20090304, "division": "141124100201", "area": 200},
    }
    build(engine, *(page(key, "岚" * key, **values) for key, values in facts.items()))
    expected = {
        Order.RELEVANCE: [4, 3, 2, 1],
        Order.CODE: [4, 2, 1, 3],
        Order.DATE: [2, 4, 1, 3],
        Order.VILLAGE: [4, 2, 1, 3],
        Order.AREA: [2, 4, 1, 3],
    }
    for order, files in expected.items():
        answer = engine.search(Request(query=Word("岚"), scope=("",), order=order))
        assert [group.hits[0].file_id for group in answer.groups] == files, order


def test_descriptions_come_before_pages_and_fuller_pages_before_thin_ones(engine: WhooshEngine) -> None:
    common = {"division": "141124100201", "file_id": 1}
    certificate = SearchDoc(unit=1, kind=Kind.CERTIFICATE, body=fold_parts("其他", "王大山"), **common)
    titled = SearchDoc(unit=2, kind=Kind.ITEM, item_id=2, body="王大山登记表", division="141124100201", file_id=2)
    build(
        engine,
        page(3, "王大山 " * 3 + "其他文字" * 300),
        page(4, "王大山 王大山 王大山"),
        page(5, "王大山"),
        Unit(2, (titled,)),
        Unit(1, (certificate,)),
    )
    answer = engine.search(Request(query=Word("王大山"), scope=("",)))
    assert [group.hits[0].file_id for group in answer.groups] == [1, 2, 4, 5, 3]
