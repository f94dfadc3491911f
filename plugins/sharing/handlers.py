"""What happens in the sharing service when something happened elsewhere."""

from __future__ import annotations

from typing import Final

from lindang.host import Host
from lindang.plugin import Subscription
from models.events import BatchAnswered
from plugins.sharing.service.inbox import rematch


def on_batch_answered(host: Host, _event: BatchAnswered) -> None:
    """Match reported rights again that came before their batch was answered; what is booked stays."""
    with host.uow(host.system_actor()) as uow:
        rematch(uow)


SUBSCRIPTIONS: Final = (Subscription(event=BatchAnswered, name="sharing.waiting_rights", handle=on_batch_answered),)
