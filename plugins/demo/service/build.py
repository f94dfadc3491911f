"""Build the demonstration: draw the village, open the office, take the papers in, key them, hand batches over.

Each finished step is noted in the folder's marker, so that a second run only does what is missing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from lindang.errors import Conflict
from lindang.host import Host
from lindang.i18n import _
from lindang.migrate import current_revision, prepare
from lindang.web import create_web_app
from plugins.demo.adapters.marker import Marker, read_marker, write_marker
from plugins.demo.adapters.worker import working
from plugins.demo.domain import plan
from plugins.demo.domain.village import invent_village
from plugins.demo.drawing.render import Quality, drawing_village
from plugins.demo.service import batches, intake, keying, office
from plugins.demo.service.stage import PAPERS, Stage, Step

QUALITY: Quality = "mixed"
FINISHED = "finished"
NEEDED = frozenset({"accounts", "catalogue", "ingest", "handover"})


def build(host: Host, *, seed: int, households: int, dpi: int, say: Callable[[str], None]) -> Marker:
    """Build the demonstration in an empty data folder, or finish it.

    Args:
        host: the archive; its folder must be empty or a demonstration.
        seed: of the village.
        households: how many.
        dpi: resolution of the scans.
        say: tells the person at the terminal how far it is.

    Raises:
        Conflict: the folder holds a real archive or another village, or a plugin that it needs is off.
        Unavailable: the system has no Chinese font.
    """
    _refuse_gaps(host)
    marker = _claim_folder(host, seed, households)
    if FINISHED in marker.done:
        return marker
    say(_("绘制 %(n)s 户的纸质材料 …", n=households))
    village, workers = invent_village(seed, households), min(4, os.cpu_count() or 1)
    drawn = drawing_village(host.data_dir / PAPERS, village, quality=QUALITY, dpi=dpi, workers=workers)
    with drawn as drawing, working(host):
        stage = Stage(host=host, app=create_web_app(host), drawing=drawing, marker=marker, dpi=dpi, say=say)
        for name, words, step in _steps(stage):
            _take(stage, name, words, step)
    # Only now, with no worker at hand: recognition is long and belongs to the server that is started next.
    _take(stage, "recognition", _("安排文字识别（启动后在后台进行） …"), intake.queue_recognition)
    marker.done.append(FINISHED)
    write_marker(host.data_dir, marker)
    return marker


def _take(stage: Stage, name: str, words: str, step: Step) -> None:
    """Take one step unless it was taken before, and note it."""
    if name in stage.marker.done:
        return
    stage.say(words)
    step(stage)
    stage.marker.done.append(name)
    write_marker(stage.host.data_dir, stage.marker)


def _refuse_gaps(host: Host) -> None:
    """The demonstration walks through these plugins; an archive without one of them still runs, but has no demonstration."""
    missing = NEEDED - {plugin.name for plugin in host.plugins}
    if missing:
        raise Conflict(
            _("演示需要的插件没有启用：%(names)s", names="、".join(sorted(missing))),
            remedy=_("请检查 [host] disabled。"),
        )


def _claim_folder(host: Host, seed: int, households: int) -> Marker:
    """Mark the folder as fictional before anything else is written into it."""
    marker = read_marker(host.data_dir)
    if marker is not None:
        if (marker.seed, marker.households) != (seed, households):
            raise Conflict(_("这个文件夹里已有另一个演示村"), remedy=_("请换一个文件夹，或使用原来的户数和种子。"))
        prepare(host)
        return marker
    if current_revision(host) is not None:
        raise Conflict(
            _("数据文件夹 %(path)s 里已有正式数据", path=host.data_dir),
            remedy=_("演示村只能建在空文件夹里，请用 --data 指定另一个文件夹。"),
        )
    marker = Marker(seed=seed, households=households, passwords=office.invent_passwords())
    write_marker(host.data_dir, marker)
    prepare(host)
    return marker


def _steps(stage: Stage) -> list[tuple[str, str, Step]]:
    """Return all steps: name, what to say, what to do."""
    steps: list[tuple[str, str, Step]] = [
        ("officers", _("建立三员账号 …"), office.appoint_officers),
        ("divisions", _("载入虚构的行政区划 …"), office.load_divisions),
        ("offices", _("登记单位 …"), office.register_offices),
        ("staff", _("建立各角色账号 …"), office.admit_staff),
        ("scans", _("扫描件入库 …"), intake.take_in_scans),
        ("paper", _("登记纸质页数和盒号 …"), keying.count_paper),
        ("certificates", _("录入林权证和宗地 …"), keying.key_certificates),
        ("filed", _("等候入库完成 …"), intake.wait_until_filed),
        ("records", _("村级材料立卷 …"), intake.file_records),
    ]
    for tour in plan.share_out(stage.village.households):
        step = partial(batches.run_journey, tour=tour)
        steps.append((f"batch:{tour.goal}", _("移交批次走到 %(goal)s …", goal=tour.goal), step))
    return steps
