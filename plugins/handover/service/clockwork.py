"""The office's working days, what it allows for each step, and today."""

from __future__ import annotations

from lindang.host import Host
from lindang.i18n import local_time
from models.office_calendar import office_calendar
from plugins.handover.domain.states import BatchState
from plugins.handover.domain.timers import Clockwork


def clockwork(host: Host) -> Clockwork:
    """Return the office's calendar, its allowed days and its today. Raises Unavailable when the holiday table is wrong."""
    settings = host.settings.plugin("handover")
    allowed = {
        BatchState.SENT: settings.receipt_days,
        BatchState.RECEIVED: settings.answer_days,
        BatchState.ANSWERED: settings.feedback_days,
    }
    return Clockwork(
        office_calendar(settings.holidays_file, section="handover"), allowed, local_time(host.clock.now()).date()
    )
