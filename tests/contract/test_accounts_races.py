"""Two at once: guesses are counted one by one, and two officers cannot remove each other; on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from lindang.errors import Conflict, Forbidden
from lindang.host import Host
from plugins.accounts.queries.standing import get_account, holders
from plugins.accounts.service.accounts import disable_account
from plugins.accounts.service.sessions import Client, LockedOut, LoginRefused, log_in
from tests.support.people import PASSWORD, admit_one


def _at_once(tasks: list[Callable[[], str]]) -> list[str]:
    gate = Barrier(len(tasks))

    def run(task: Callable[[], str]) -> str:
        gate.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return sorted(pool.map(run, tasks))


def test_guesses_sent_at_once_are_counted_one_by_one(host: Host) -> None:
    admit_one(host, "zhao", "archivist", password=PASSWORD)

    def guess() -> str:
        try:
            log_in(host, "zhao", "wrong", Client("192.0.2.1"))
        except LockedOut:
            return "locked"
        except LoginRefused:
            return "refused"
        return "in"

    assert _at_once([guess] * 12) == ["locked"] * 7 + ["refused"] * 5


def test_two_officers_who_remove_each_other_leave_one(host: Host) -> None:
    officers = [admit_one(host, name, "secadmin") for name in ("aa", "bb")]

    def remove(account: int) -> str:
        try:
            with host.uow(host.system_actor()) as uow:
                disable_account(uow, account, version=get_account(uow.session, account).version)
        except (Forbidden, Conflict):
            return "kept"
        return "removed"

    assert _at_once([lambda: remove(officers[0]), lambda: remove(officers[1])]) == ["kept", "removed"]
    with host.view() as db:
        assert holders(db)["secadmin"] == 1
