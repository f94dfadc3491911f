"""The same tests on every database: the embedded SQLite and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lindang.host import Host
from lindang.testing import make_host
from tests.support.postgres import Databases, several_servers


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of an empty database of its own."""
    databases = Databases(postgres_server)
    url = databases.create()
    yield url
    databases.drop(url)
    databases.close()


@pytest.fixture(scope="session")
def debian_servers() -> Iterator[list[str]]:
    """Give the URLs of three servers that can reach each other."""
    with several_servers(3) as urls:
        yield urls


@pytest.fixture
def sharded_urls(debian_servers: list[str]) -> Iterator[list[str]]:
    """Give the URLs of an empty database on each of three servers: the archive's, and two more for the documents."""
    databases = [Databases(url) for url in debian_servers]
    urls = [each.create() for each in databases]
    yield urls
    for each, url in zip(databases, urls, strict=True):
        each.drop(url)
        each.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a database URL of each kind; empty means the embedded file."""
    return "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def host(tmp_path: Path, database_url: str) -> Iterator[Host]:
    """Give a prepared archive on each kind of database."""
    made = make_host(tmp_path / "data", host={"database_url": database_url})
    yield made
    made.close()
