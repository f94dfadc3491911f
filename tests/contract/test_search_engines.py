"""What every search engine behind the port must do, on random archives against the plain scan: embedded, PostgreSQL, and
PostgreSQL with two further servers that have the documents.
"""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from plugins.search.adapters.pg_conditions import MOST_LEXEMES
from plugins.search.adapters.pg_engine import PostgresEngine
from plugins.search.adapters.pg_shards import OneServer, Shards
from plugins.search.adapters.whoosh_engine import WhooshEngine
from plugins.search.domain.documents import Kind, SearchDoc, Unit
from plugins.search.domain.engine import IndexedEngine, IndexUnavailable, Order, Request
from plugins.search.domain.folding import fold, fold_parts
from plugins.search.domain.query import Not, Or, Pattern, Word
from plugins.search.domain.scan import scan
from plugins.search.domain.spelling import SIMPLIFIED
from tests.support.search_world import assert_equal_answers, build, find, page, requests, units

DATA = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
BOUND = 1000
KINDS = [
    "whoosh",
    pytest.param("postgresql", marks=pytest.mark.pg),
    pytest.param("shards", marks=[pytest.mark.shards, pytest.mark.xdist_group("shards")]),
]


class Makes:
    """Makes engines: each new, or a second one on the index of the first."""

    def __init__(self, place: Path | str, shards: Sequence[str] = ()) -> None:
        self._place, self._shards = place, shards
        self._database = create_engine(place) if isinstance(place, str) else None

    def __call__(self, spelling: str = "") -> IndexedEngine:
        if isinstance(self._place, Path):
            return WhooshEngine(self._place, spelling)
        assert self._database is not None
        places = Shards(self._shards) if self._shards else OneServer()
        return PostgresEngine(self._database, exact_up_to=BOUND, spelling=spelling, places=places)

    def close(self) -> None:
        if self._database is not None:
            self._database.dispose()


@pytest.fixture(params=KINDS)
def makes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Makes]:
    if request.param == "shards":
        archive, *shards = request.getfixturevalue("sharded_urls")
        made = Makes(archive, shards)
    else:
        made = Makes(request.getfixturevalue("postgres_url") if request.param == "postgresql" else tmp_path / "index")
    yield made
    made.close()


@pytest.fixture
def engine(makes: Makes) -> IndexedEngine:
    return makes()


@DATA
@given(
    commits=st.lists(st.lists(units(), min_size=1, max_size=4), min_size=1, max_size=4),
    asked=st.lists(requests, min_size=1, max_size=8),
)
def test_every_answer_equals_the_plain_scan(
    engine: IndexedEngine, commits: list[list[Unit]], asked: list[Request]
) -> None:
    build(engine)
    truth: dict[int, Unit] = {}
    for commit in commits:
        assert engine.replace(commit)
        truth.update({unit.key: unit for unit in commit})
        for request in asked:
            assert_equal_answers(request, engine.search(request), scan(request, truth.values()))
    assert engine.stamps() == {key: unit.stamp for key, unit in truth.items()}
    engine.check()
    build(engine, *truth.values())
    for request in asked:
        assert_equal_answers(request, engine.search(request), scan(request, truth.values()))


@pytest.mark.parametrize(
    "text", ["'", "\\", "%", "_", "''", "\\'", "a'b", "林'", "*", ":*", "&", "|", "!", "(", "[^", "🌲", "𠮷"]
)
def test_signs_of_any_language_underneath_are_plain_characters(engine: IndexedEngine, text: str) -> None:
    build(engine, page(1, f"林{text}权"), page(2, "林a权b"), page(3, text))
    assert find(engine, text) == [1, 3]
    assert find(engine, f"林{text}") == [1]
    pattern = Pattern((fold(text),), ((1, 1), (1, 1)))
    answer = engine.search(Request(query=pattern, scope=("",)))
    assert [hit.page_id for group in answer.groups for hit in group.hits] == [1]


def test_pages_are_ranked_grouped_and_paged(engine: IndexedEngine) -> None:
    pages = tuple(dataclasses.replace(page(2, "岚岚岚岚").docs[0], page_id=20 + n, page_no=n) for n in range(5))
    build(engine, page(1, "岚"), Unit(2, pages), page(3, "岚" + "其他文字" * 50))
    first = engine.search(Request(query=Word("岚"), scope=("",), limit=2, per_group=2))
    rest = engine.search(Request(query=Word("岚"), scope=("",), limit=2, offset=2))
    assert (first.hits, first.group_count, first.is_exact) == (7, 3, True)
    assert [group.hits[0].file_id for group in (*first.groups, *rest.groups)] == [2, 1, 3]
    assert first.groups[0].count == 5
    assert [hit.page_id for hit in first.groups[0].hits] == [20, 21]


def test_groups_come_in_the_order_asked_for_and_the_unknown_last(engine: IndexedEngine) -> None:
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


def test_descriptions_come_before_pages_and_fuller_pages_before_thin_ones(engine: IndexedEngine) -> None:
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


def test_what_is_written_as_typed_comes_before_its_other_spelling(engine: IndexedEngine) -> None:
    written = [page(1, "陳家沟" * 9), page(2, "陈家沟"), page(3, "陈家坡")]
    build(engine, *SIMPLIFIED.units(written))
    for typed, files in (("陈家沟", [2, 1]), ("陳家沟", [1, 2])):
        node = SIMPLIFIED.node(Word(typed))
        answer = engine.search(Request(query=node, scope=("",), respelled=node != Word(typed)))
        assert [group.hits[0].file_id for group in answer.groups] == files


def test_a_unit_without_documents_leaves_the_index(engine: IndexedEngine) -> None:
    build(engine, page(1, "岚县"), page(2, "岚县"))
    assert engine.replace([Unit(1)])
    assert find(engine, "岚县") == [2]
    assert set(engine.stamps()) == {2}
    assert engine.replace([])


def test_without_an_index_it_says_so_and_writes_nothing(engine: IndexedEngine) -> None:
    for ask in (lambda: find(engine, "岚县"), engine.stamps, engine.check, engine.state):
        with pytest.raises(IndexUnavailable):
            ask()
    assert not engine.replace([page(1, "岚县")])
    with pytest.raises(IndexUnavailable):
        find(engine, "岚县")


def test_the_state_tells_sizes_and_time(engine: IndexedEngine) -> None:
    build(engine, page(1, "岚县"), Unit(2, page(2, "岚县").docs + page(2, "岚").docs))
    before = engine.state()
    assert (before.units, before.documents, before.half_built) == (2, 3, False)
    assert before.size > 100
    assert engine.replace([page(3, "岚县")])
    after = engine.state()
    assert (after.units, after.documents) == (3, 4)
    assert after.committed_at >= before.committed_at > 1_600_000_000


def test_what_changes_during_a_rebuild_is_in_the_new_index(engine: IndexedEngine) -> None:
    database = {key: page(key, f"旧文{key}") for key in range(1, 6)}
    build(engine, *database.values())

    def read_while_somebody_writes() -> Iterator[Unit]:
        for key in range(1, 6):
            yield database[key]
            if key == 3:
                database[1], database[9] = page(1, "新文"), page(9, "新文")
                database[2] = Unit(2)
                assert engine.replace([database[1], database[9], database[2]])
                assert find(engine, "新文") == [1, 9]
                assert engine.state().half_built

    engine.rebuild(lambda _known: read_while_somebody_writes(), lambda keys: [database[key] for key in keys])
    assert find(engine, "新文") == [1, 9]
    assert find(engine, "旧文") == [3, 4, 5]
    assert not engine.state().half_built


def test_a_rebuild_cut_off_goes_on_and_takes_what_changed_since(makes: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.search.adapters.whoosh_engine.SEGMENT_CHARACTERS", 1)
    monkeypatch.setattr("plugins.search.adapters.pg_engine.UNITS_PER_COMMIT", 1)
    engine = makes()
    database = {key: page(key, f"旧文{key}") for key in range(1, 6)}
    build(engine, *database.values())

    def breaks_off() -> Iterator[Unit]:
        yield from list(database.values())[:3]
        with pytest.raises(BlockingIOError):
            build(makes())
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        engine.rebuild(lambda _known: breaks_off(), lambda _keys: ())
    engine = makes()
    assert find(engine, "旧文") == [1, 2, 3, 4, 5]
    assert engine.state().half_built
    database[1], database[2], database[8] = page(1, "新文"), Unit(2), page(8, "新文")
    assert engine.replace([database[1], database[2], database[8]])
    asked: list[frozenset[int]] = []

    def the_rest(known: frozenset[int]) -> Iterator[Unit]:
        asked.append(frozenset(known))
        return (unit for key, unit in database.items() if key not in known)

    engine.rebuild(the_rest, lambda keys: [database[key] for key in keys])  # type: ignore[arg-type]
    assert asked == [frozenset({1, 2, 3})]
    assert engine.stamps() == {key: unit.stamp for key, unit in database.items() if unit.docs}
    assert (find(engine, "新文"), find(engine, "旧文")) == ([1, 8], [3, 4, 5])
    assert not engine.state().half_built
    engine.check()


def test_an_index_of_another_spelling_is_neither_read_nor_gone_on_with(
    makes: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.search.adapters.whoosh_engine.SEGMENT_CHARACTERS", 1)
    monkeypatch.setattr("plugins.search.adapters.pg_engine.UNITS_PER_COMMIT", 1)
    build(makes(), page(1, "岚县"))

    def breaks_off() -> Iterator[Unit]:
        yield from (page(key, "岚县") for key in (1, 2))
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        makes().rebuild(lambda _known: breaks_off(), lambda _keys: ())
    other = makes("simplified")
    with pytest.raises(IndexUnavailable, match="spelling"):
        find(other, "岚县")
    asked: list[frozenset[int]] = []

    def everything(known: frozenset[int]) -> Iterator[Unit]:
        asked.append(frozenset(known))
        return iter([page(3, "岚县")])

    other.rebuild(everything, lambda _keys: ())  # type: ignore[arg-type]
    assert asked == [frozenset()]
    assert find(other, "岚县") == [3]


def test_readers_never_fail_while_commits_and_swaps_go_on(makes: Makes) -> None:
    writer, reader = makes(), makes()
    everything = [page(key, f"岚县 甲{key}") for key in range(1, 11)]
    build(writer, *everything)
    failures: list[BaseException] = []
    searches = [0] * 3
    done = threading.Event()

    def search(place: int) -> None:
        while not done.is_set():
            try:
                assert find(reader, "岚县") == list(range(1, 11))
                searches[place] += 1
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test must show it
                failures.append(error)
                return

    threads = [threading.Thread(target=search, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        assert writer.replace([page(number % 10 + 1, f"岚县 甲 第{number}稿")])
        if number % 10 == 9:
            build(writer, *everything)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert min(searches) > 5


# --- PostgreSQL only --------------------------------------------------------------------------------------------


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[PostgresEngine]:
    database = create_engine(postgres_url)
    yield PostgresEngine(database, exact_up_to=3)
    database.dispose()


@pytest.mark.pg
def test_totals_are_exact_up_to_the_bound_and_say_when_not(postgres: PostgresEngine) -> None:
    build(postgres, *(page(key, "岚县" if key > 3 else "岚县 东村") for key in range(1, 8)))
    answers = {text: postgres.search(Request(query=Word(text), scope=("",))) for text in ("岚县", "东村")}
    assert [(answer.hits, answer.is_exact) for answer in answers.values()] == [(3, False), (3, True)]
    whole = postgres.search(Request(query=Word("岚县"), scope=("",), limit=0, per_group=0))
    assert (whole.hits, whole.is_exact) == (7, True)


@pytest.mark.pg
def test_a_text_with_too_many_pairs_is_found_all_the_same(postgres: PostgresEngine) -> None:
    huge = "".join(chr(0x4E00 + number % 20_000) + chr(0x4E00 + number * 7 % 19_997) for number in range(40_000))
    assert len(set(itertools.pairwise(huge))) > MOST_LEXEMES
    build(postgres, page(1, huge + "岚县"), page(2, "岚县"), page(3, "别处"))
    assert find(postgres, "岚县") == [1, 2]
    absent = Or((Word("别处"), Not(Word("岚县"))))
    answer = postgres.search(Request(query=absent, scope=("",)))
    assert [hit.page_id for group in answer.groups for hit in group.hits] == [3]


@pytest.mark.pg
def test_an_index_of_another_format_is_not_read(postgres: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    build(postgres, page(1, "岚县"))
    with monkeypatch.context() as patch:
        patch.setattr("plugins.search.adapters.pg_engine.FORMAT", 2)
        with pytest.raises(IndexUnavailable, match="another format"):
            find(postgres, "岚县")
        assert not postgres.replace([page(2, "岚县")])
        build(postgres, page(2, "岚县"))
        assert find(postgres, "岚县") == [2]
