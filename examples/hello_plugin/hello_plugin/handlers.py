"""What happens here when something happened elsewhere. Called at least once per event, so it must bear being called twice."""

from __future__ import annotations

import structlog

from lindang.host import Host
from models.events import ItemFiled

log = structlog.get_logger()


def log_filing(_host: Host, event: ItemFiled) -> None:
    """Write a line to the log for every 件 that was filed."""
    log.info("hello.item_filed", item=event.item_id, division=event.division_code)
