"""The PostgreSQL index spread over two further servers: what is where, and who looks; answers are the contract suite's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import create_engine, text

from plugins.search.adapters.pg_engine import PostgresEngine
from plugins.search.adapters.pg_shards import OneServer, Shards
from plugins.search.domain.engine import IndexUnavailable
from tests.support.search_world import build, find, page

pytestmark = [pytest.mark.shards, pytest.mark.xdist_group("shards")]


@pytest.fixture
def engine(sharded_urls: list[str]) -> Iterator[PostgresEngine]:
    archive, *shards = sharded_urls
    database = create_engine(archive)
    yield PostgresEngine(database, exact_up_to=1000, places=Shards(shards))
    database.dispose()


def rows_at(urls: Sequence[str]) -> dict[str, int]:
    """Return how many rows each table of documents away from the archive's server has."""
    counts = {}
    for url in urls:
        shard = create_engine(url)
        with shard.connect() as connection:
            names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'search_index'")).all()
            for name in names:
                counts[name] = connection.scalar(text(f"SELECT count(*) FROM search_index.{name}")) or 0
        shard.dispose()
    return counts


def test_documents_lie_on_both_servers_and_older_generations_on_neither(
    engine: PostgresEngine, sharded_urls: list[str]
) -> None:
    pages = [page(key, "岚县") for key in range(1, 41)]
    build(engine, *pages)
    build(engine, *pages)
    counts = rows_at(sharded_urls[1:])
    assert sorted(counts) == ["doc_2_0", "doc_2_1"]
    assert min(counts.values()) > 5
    assert sum(counts.values()) == 40
    assert find(engine, "岚县") == list(range(1, 41))
    state = engine.state()
    assert (state.units, state.documents) == (40, 40)


def test_servers_do_the_looking_themselves(engine: PostgresEngine) -> None:
    build(engine, *(page(key, "岚县" if key % 9 else "岚县柳树沟") for key in range(1, 200)))
    with engine._engine.connect() as connection:
        plan = "\n".join(
            connection.scalars(
                text("EXPLAIN (VERBOSE) SELECT unit FROM search_index.doc_1 WHERE strpos(body, '柳树') > 0")
            )
        )
    assert plan.count("Foreign Scan") == 2
    assert plan.count("Remote SQL") == plan.count("strpos(") == 2


def test_an_index_on_other_servers_than_set_is_built_anew(engine: PostgresEngine) -> None:
    build(engine, page(1, "岚县"))
    here = PostgresEngine(engine._engine, exact_up_to=1000, places=OneServer())
    with pytest.raises(IndexUnavailable, match="another format"):
        find(here, "岚县")
    build(here, page(1, "岚县"))
    assert find(here, "岚县") == [1]
    build(engine, page(1, "岚县"))
    assert find(engine, "岚县") == [1]


def test_a_server_that_does_not_answer_makes_the_index_unavailable_not_the_answer_short(engine: PostgresEngine) -> None:
    build(engine, page(1, "岚县"), page(2, "岚县"))
    with engine._engine.begin() as connection:
        names = connection.scalars(text("SELECT srvname FROM pg_foreign_server ORDER BY 1")).all()
        connection.exec_driver_sql(f"ALTER SERVER {names[0]} OPTIONS (SET host '/nowhere')")
    with pytest.raises(IndexUnavailable, match="could not connect"):
        find(engine, "岚县")
