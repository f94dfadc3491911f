"""The sweeper knows every table that refers to a blob, by the name of the column."""

from __future__ import annotations

import os
import time
from pathlib import Path

from lindang.auth import system_actor
from lindang.sweep import GRACE, blob_columns, orphans
from lindang.testing import drain, make_host
from lindang.verify import run_checks
from models.intake import IntakeFile, IntakeRun


def test_every_table_with_stored_files_is_looked_at() -> None:
    tables = {column.table.name for column in blob_columns()}
    assert {"digital_object", "intake_file", "transfer_doc"} <= tables


def test_only_blobs_without_a_row_are_moved_aside(tmp_path: Path) -> None:
    host = make_host(tmp_path)
    kept, lost = host.storage.put_bytes(b"kept"), host.storage.put_bytes(b"lost")
    with host.uow(system_actor()) as uow:
        run = IntakeRun(
            kind="folder", name="甲", division_code="141124102205", profile={}, created_at=uow.now, created_by="甲"
        )
        uow.session.add(run)
        uow.session.flush()
        uow.session.add(
            IntakeFile(
                run_id=run.id,
                relative_path="a.jpg",
                division_code="141124102205",
                bytes=4,
                sha256=kept.sha256,
                state="received",
                received_at=uow.now,
            )
        )
        uow.enqueue("host.sweep", "")
    old = time.time() - GRACE.total_seconds() - 60
    for blob in (kept, lost):
        os.utime(host.storage.path(blob.sha256), (old, old))
    assert list(orphans(host)) == [lost.sha256]
    assert [v.subject for result in run_checks(host) if result.code == "I2" for v in result.violations] == [
        f"blob:{lost.sha256}"
    ]
    drain(host)
    assert list(orphans(host)) == []
    assert host.storage.exists(kept.sha256)
    assert not host.storage.exists(lost.sha256)
