"""The parsing child: what it may not do, what becomes of its deaths, and that hostile files get the verdict they deserve."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from lindang import limits as walls
from lindang.child import ChildEnded, ChildLost, LineChild
from lindang.limits import Limits
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.sandbox import Sandbox, refuse_death
from tests.ingest_kit import jpeg
from tests.support.hostile import hostile_files

PROFILE = ScanProfile()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Give a sandbox of its own."""
    made = Sandbox(tmp_path / "work")
    yield made
    made.close()


def verdict(sandbox: Sandbox, path: Path, profile: ScanProfile = PROFILE) -> str:
    """Return ``accepted`` or the reason code."""
    try:
        with sandbox.scan(path, profile):
            return "accepted"
    except Refused as refused:
        return str(refused.code)


def test_hostile_files_get_the_verdict_they_deserve(sandbox: Sandbox, tmp_path: Path) -> None:
    found, expected = {}, {}
    for number, (name, data, wanted) in enumerate(hostile_files()):
        path = tmp_path / f"{number}{Path(name).suffix}"
        path.write_bytes(data)
        found[name], expected[name] = verdict(sandbox, path), str(wanted)
        assert path.read_bytes() == data
    assert found == expected
    assert list((tmp_path / "work").iterdir()) == []


def test_page_images_are_lent_and_then_wiped(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    with sandbox.scan(tmp_path / "a.jpg", PROFILE) as scan:
        view = scan.folder / scan.result.pages[0].view
        assert view.read_bytes().startswith(b"\xff\xd8")
    assert not view.exists()


def test_a_parser_that_eats_memory_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    tight, wide = Sandbox(tmp_path / "work", limits=Limits(memory_mb=150)), Sandbox(tmp_path / "other")
    assert verdict(tight, tmp_path / "a.jpg") in (ReasonCode.OUT_OF_MEMORY, ReasonCode.ENGINE_FAILURE)
    assert verdict(wide, tmp_path / "a.jpg") == "accepted"
    tight.close()
    wide.close()


def test_a_page_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    document.pages[0].contents_add(b"0 0 m 500 500 l S 1 1 500 500 re f " * 2_000_000)
    document.save(tmp_path / "slow.pdf")
    hasty = Sandbox(tmp_path / "work", limits=Limits(cpu_seconds=1))
    started = time.monotonic()
    assert verdict(hasty, tmp_path / "slow.pdf") == ReasonCode.TIMEOUT
    assert time.monotonic() - started < 60
    hasty.close()


def test_a_killed_child_costs_one_file_and_no_more(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg())
    assert verdict(sandbox, tmp_path / "a.jpg") == "accepted"
    (child,) = sandbox._children._idle
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    time.sleep(0.2)
    assert verdict(sandbox, tmp_path / "a.jpg") == "accepted"


def test_files_are_parsed_side_by_side(sandbox: Sandbox, tmp_path: Path) -> None:
    found: list[str] = []
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(number))
    threads = [
        threading.Thread(target=lambda path=tmp_path / f"{number}.jpg": found.append(verdict(sandbox, path)))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["accepted"] * 4


def test_what_a_killed_worker_left_is_wiped(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "work" / "scan-left").mkdir()
    (tmp_path / "work" / "scan-left" / "view-00001.jpg").write_bytes(b"x")
    sandbox.wipe()
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (-signal.SIGXCPU, ReasonCode.TIMEOUT),
        (-signal.SIGXFSZ, ReasonCode.TOO_LARGE),
        (-signal.SIGKILL, ReasonCode.OUT_OF_MEMORY),
        (-signal.SIGSEGV, ReasonCode.ENGINE_FAILURE),
        (1, ReasonCode.ENGINE_FAILURE),
    ],
)
def test_every_death_has_a_reason(status: int, code: ReasonCode) -> None:
    with pytest.raises(Refused) as caught:
        refuse_death({"status": status})
    assert caught.value.code is code


def in_a_fork(check: str) -> int:
    """Run a check of this module in a forked process with the walls up; returns its exit status."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = WALLED[check]()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _write_outside() -> int:
    outside, home = Path.home(), Path(tempfile.mkdtemp(dir="/tmp"))
    if not walls.stay_within(home, [Path("/usr")]):
        return 77
    (home / "allowed").write_text("x")
    (home / "allowed").unlink()
    try:
        (outside / "forbidden").write_text("x")
    except PermissionError:
        return 0
    return 1


def _read_outside() -> int:
    secret = Path("/tmp") / f"secret-{os.getpid()}"
    secret.write_text("key")
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    if not walls.stay_within(home, [Path("/usr")]):
        return 77
    try:
        secret.read_text()
    except PermissionError:
        return 0
    return 1


def _exceed_cpu() -> int:
    walls.apply(Limits(cpu_seconds=0))
    while True:
        pass


def _exceed_file_size() -> int:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    walls.apply(Limits(file_mb=1))
    with (Path("/tmp") / f"big-{os.getpid()}").open("wb") as out:
        Path(out.name).unlink()
        for _mb in range(3):
            os.write(out.fileno(), bytes(1024 * 1024))
    return 1


def _reach_the_network() -> int:
    import socket

    if not walls.leave_network():
        return 77
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        probe.connect(("127.0.0.1", 9))
    except OSError:
        return 0
    return 1


WALLED = {
    "write": _write_outside,
    "read": _read_outside,
    "cpu": _exceed_cpu,
    "size": _exceed_file_size,
    "network": _reach_the_network,
}


@pytest.mark.parametrize("check", ["write", "read", "network"])
def test_the_walls_hold_where_the_kernel_can_build_them(check: str) -> None:
    # 77: the kernel cannot; the limits below hold everywhere
    assert in_a_fork(check) in (0, 77)


@pytest.mark.parametrize(("check", "signal_no"), [("cpu", signal.SIGXCPU), ("size", signal.SIGXFSZ)])
def test_limits_end_the_process(check: str, signal_no: int) -> None:
    assert in_a_fork(check) == -signal_no


def test_a_child_that_answers_nonsense_is_lost(tmp_path: Path) -> None:
    child = LineChild("timeit", ("-n", "1", "-r", "1", "print('nonsense')"), folder=str(tmp_path))
    with pytest.raises(ChildLost):
        child.ask({"a": 1}, timeout=10)


def test_a_child_that_is_asked_to_end_says_nothing_of_its_question(tmp_path: Path) -> None:
    child = LineChild("timeit", ("-n", "1", "-r", "1", "import time; time.sleep(60)"), folder=str(tmp_path))
    ending = threading.Timer(0.5, lambda: os.kill(child.pid or 0, signal.SIGTERM))
    ending.start()
    with pytest.raises(ChildEnded):
        child.ask({}, timeout=30)
    ending.join()


def test_a_child_that_does_not_answer_in_time_is_lost(tmp_path: Path) -> None:
    child = LineChild("timeit", ("-n", "1", "-r", "1", "import time; time.sleep(60)"), folder=str(tmp_path))
    with pytest.raises(ChildLost) as caught:
        child.ask({}, timeout=0.5)
    assert caught.value.timed_out
    assert child.pid is None


def test_a_child_knows_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINDANG__HOST__DATABASE_URL", "postgresql://geheim")
    command = "import os, json, sys; sys.stdin.readline(); print(json.dumps(dict(os.environ)))"
    child = LineChild("timeit", ("-n", "1", "-r", "1", command), folder=str(tmp_path))
    answer = child.ask({}, timeout=30)
    assert not [name for name in answer if "LINDANG" in name]
    assert answer["OMP_THREAD_LIMIT"] == "1"
    child.close()
