"""Stored files are read again: what is damaged is found, named and recovered, by digest only."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from lindang.auth import system_actor
from lindang.cli import cli
from lindang.errors import BadInput
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.ports import Blob
from lindang.testing import actor, client, drain, make_app, make_host
from lindang.uow import UnitOfWork
from lindang.verify import run_checks
from models.digital import VIEW, DigitalObject
from models.fixity import FAIL, GOOD, LOST, SAME, FixityEvent, FixityRun, StoredFile
from models.intake import IntakeFile, IntakeRun
from plugins.audit.domain.fixity import Budget
from plugins.audit.service.copies import SIGN, prepare_copy
from plugins.audit.service.scrub import Round, scrub
from tests.support.catalogue_world import household, make_world, paper

VILLAGE = "141124102205"
ALL = Budget()


def keep(uow: UnitOfWork, blobs: list[Blob]) -> None:
    """Let the archive refer to these files: as uploads that wait."""
    run = IntakeRun(kind="folder", name="甲", division_code=VILLAGE, profile={}, created_at=uow.now, created_by="甲")
    uow.session.add(run)
    uow.session.flush()
    uow.session.add_all(
        IntakeFile(
            run_id=run.id,
            relative_path=f"{number}.jpg",
            division_code=VILLAGE,
            bytes=blob.bytes,
            sha256=blob.sha256,
            state="received",
            received_at=uow.now,
        )
        for number, blob in enumerate(blobs)
    )


def store(host: Host, contents: list[bytes]) -> list[Blob]:
    blobs = [host.storage.put_bytes(data) for data in contents]
    with host.uow(system_actor()) as uow:
        keep(uow, blobs)
    return blobs


def damage(path: Path, at: int = 0) -> None:
    """Turn one bit."""
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[at % len(data)] ^= 1 << (at % 8)
    path.write_bytes(data)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    prepare_copy(folder)
    return folder


@pytest.fixture
def host(tmp_path: Path, copy: Path) -> Iterator[Host]:
    made = make_host(tmp_path / "data", audit={"copy_dir": str(copy), "scrub_mb_per_second": 0})
    yield made
    made.close()


def run(host: Host, budget: Budget = ALL) -> Round:
    return scrub(host, host.system_actor(), budget)


def codes(host: Host) -> list[str]:
    return [v.subject for result in run_checks(host) if result.code == "A1" for v in result.violations]


def test_every_bit_turned_in_either_place_is_found_and_mended_in_one_pass(host: Host, copy: Path) -> None:
    draw = random.Random(7)
    contents = [draw.randbytes(draw.randint(1, 400)) for _ in range(600)]
    blobs = store(host, contents)
    first = run(host)
    assert (first.files, first.replicated, first.damaged) == (600, 600, 0)
    bad_here, bad_there = draw.sample(range(300), 40), draw.sample(range(300, 600), 40)
    for number in bad_here:
        damage(host.storage.path(blobs[number].sha256), draw.randint(0, 3000))
    for number in bad_there:
        damage(copy / blobs[number].sha256[:2] / blobs[number].sha256[2:4] / blobs[number].sha256)
    second = run(host)
    assert (second.damaged, second.recovered, second.replicated, second.lost) == (80, 40, 40, 0)
    assert [host.storage.read(blob.sha256) for blob in blobs] == contents
    with host.view() as session:
        failed = select(FixityEvent.digest).where(FixityEvent.outcome == FAIL)
        assert set(session.scalars(failed)) == {blobs[number].sha256 for number in (*bad_here, *bad_there)}
        journalled = select(JournalRow.action).where(JournalRow.action.startswith("file."))
        assert sorted(session.scalars(journalled)) == ["file.damaged"] * 80 + ["file.recovered"] * 40
    third = run(host)
    assert (third.files, third.damaged) == (600, 0)
    kept_aside = list((host.data_dir / "objects" / "damaged").iterdir())
    assert len(kept_aside) == 40


def test_a_file_that_is_bad_in_both_places_is_named_until_a_backup_is_brought(host: Host, copy: Path) -> None:
    [good, bad] = store(host, [b"good", b"bad"])
    run(host)
    there = copy / bad.sha256[:2] / bad.sha256[2:4] / bad.sha256
    damage(host.storage.path(bad.sha256))
    damage(there)
    assert run(host).lost == 1
    assert codes(host) == [f"blob:{bad.sha256}"]
    with host.view() as session:
        states = dict(session.execute(select(StoredFile.digest, StoredFile.state)).all())
    assert states == {good.sha256: GOOD, bad.sha256: LOST}
    there.write_bytes(b"bad")
    assert run(host).recovered == 1
    assert host.storage.read(bad.sha256) == b"bad"
    assert codes(host) == []


def test_without_its_sign_a_folder_is_no_second_copy(host: Host, copy: Path) -> None:
    (copy / SIGN).unlink()
    [blob] = store(host, [b"x"])
    done = run(host)
    assert (done.files, done.replicated) == (1, 0)
    assert [entry.name for entry in copy.iterdir()] == []
    damage(host.storage.path(blob.sha256))
    assert run(host).lost == 1


def test_what_cannot_be_written_is_tried_again_and_stops_nothing(host: Host, copy: Path) -> None:
    blobs = store(host, [b"one", b"two"])
    blocked = copy / blobs[0].sha256[:2]
    blocked.write_text("in the way")
    done = run(host)
    assert (done.files, done.replicated, done.lost) == (2, 1, 0)
    with host.view() as session:
        [failed] = session.scalars(select(FixityEvent).where(FixityEvent.outcome == FAIL))
        assert failed.digest == blobs[0].sha256
    blocked.unlink()
    assert run(host).replicated == 1
    with host.view() as session:
        assert set(session.scalars(select(StoredFile.copy_state))) == {SAME}


def test_the_least_recently_read_come_first_and_a_budget_ends_a_run(host: Host) -> None:
    store(host, [bytes([number]) * 10 for number in range(150)])
    assert run(host, Budget(seconds=1e-9)).files == 0
    assert run(host).files == 150
    later = store(host, [b"later"])
    with host.view() as session:
        before = dict(session.execute(select(StoredFile.digest, StoredFile.checked_at)).all())
    assert later[0].sha256 not in before
    assert run(host).files == 151
    with host.view() as session:
        assert session.scalars(select(FixityRun.files)).all() == [150, 151]


def test_a_file_that_nothing_refers_to_any_more_is_no_loss(host: Host) -> None:
    [blob] = store(host, [b"gone"])
    run(host)
    with host.uow(system_actor()) as uow:
        uow.session.delete(uow.session.scalars(select(IntakeFile)).one())
    host.storage.set_aside(blob.sha256)
    assert run(host).files == 0
    assert codes(host) == []


def test_a_folder_with_other_things_in_it_is_not_taken_for_a_copy(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"1")
    with pytest.raises(BadInput):
        prepare_copy(tmp_path / "photos")
    assert [entry.name for entry in (tmp_path / "photos").iterdir()] == ["a.jpg"]


def test_a_wrong_source_never_gets_into_the_store(host: Host, tmp_path: Path) -> None:
    [blob] = store(host, [b"right"])
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"wrong")
    with pytest.raises(ValueError, match="is not"):
        host.storage.restore(blob.sha256, wrong)
    assert host.storage.read(blob.sha256) == b"right"


def test_the_page_names_the_paper_and_its_page_to_those_who_may_see_it(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    item, [_first, second] = paper(world, household(world), pages=2)
    with world.host.view() as session:
        of_page = select(DigitalObject.sha256).where(DigitalObject.page_id == second.id, DigitalObject.role == VIEW)
        digest = session.scalars(of_page).one()
    damage(world.host.storage.path(digest))
    run(world.host)
    app = make_app(world.host)
    mine = client(app, world.auditor).get("/audit/fixity").text
    assert "1 个文件损坏或丢失" in mine
    assert f"{item.archival_code}</a> 第 2 页" in mine
    theirs = client(app, actor(world.host, ["auditor"], prefixes=["141125"])).get("/audit/fixity").text
    assert item.archival_code not in theirs
    assert digest[:16] in theirs
    assert "存储文件损坏" in client(app, world.auditor).get("/").text
    world.host.close()


def test_the_command_answers_with_the_figures_and_a_status(host: Host, copy: Path) -> None:
    [blob] = store(host, [b"scan"])
    there = copy / blob.sha256[:2] / blob.sha256[2:4] / blob.sha256
    answer = command(host, copy, "scrub", "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["replicated"]) == (0, 1)
    damage(host.storage.path(blob.sha256))
    damage(there)
    answer = command(host, copy, "scrub")
    assert answer.exit_code == 1
    assert blob.sha256 in answer.output


def command(host: Host, copy: Path, *words: str) -> Result:
    """Run ``lindang audit …`` on the host's archive."""
    environment = {
        "LINDANG__PLUGINS__AUDIT__COPY_DIR": str(copy),
        "LINDANG__HOST__DATABASE_URL": host.settings.host.database_url,
    }
    return CliRunner(env=environment).invoke(cli, ["--data", str(host.data_dir), "audit", *words])


def test_the_background_reads_within_its_settings(host: Host, tmp_path: Path) -> None:
    store(host, [b"scan"])
    off = make_host(tmp_path / "data", audit={"scrub_seconds": 0})
    for each, expected in ((off, []), (host, [GOOD])):
        with each.uow(system_actor()) as uow:
            uow.enqueue("audit.scrub", "")
        drain(each)
        with each.view() as session:
            assert session.scalars(select(StoredFile.state)).all() == expected
    off.close()
