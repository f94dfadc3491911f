"""Looking a person up by an identity number: by keyed digest, written to the journal, never through an address."""

from __future__ import annotations

from lindang.errors import BadInput
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.identifiers import canonical_id
from models.persons import find_id_numbers, is_resident_id, mask_id, upgrade_resident_id
from plugins.search import permissions
from plugins.search.queries.number_views import NumberView, show_numbers
from plugins.search.queries.numbers import find_person


class PersonNumberInAddress(BadInput):
    """An identity number was sent in an address, where history, logs and proxies keep it."""

    code = "person_number_in_address"

    def __init__(self) -> None:
        super().__init__(
            _("证件号码不能放在网址里检索"),
            remedy=_("网址会留在浏览器历史和日志中。请用“按证件号码查人”，查询会记入日志。"),
        )


def is_person_number(text: str) -> bool:
    """Tell whether a text is, or holds, what can only be an identity number."""
    return bool(find_id_numbers(text)) or upgrade_resident_id(text) is not None


def refuse_person_number(text: str) -> None:
    """Raise PersonNumberInAddress if the text is or holds an identity number."""
    if is_person_number(text):
        raise PersonNumberInAddress


def look_up_person(uow: UnitOfWork, number: str) -> list[NumberView]:
    """Return where a person's number stands, inside the actor's scope, and note the look-up in the journal.

    Raises:
        Forbidden: Without the permission.
        BadInput: If the number cannot be one.
    """
    uow.actor.require(permissions.PERSON)
    canonical = canonical_id(number)
    if not is_resident_id(canonical, today=uow.now.date()):
        raise BadInput(
            _("这不是有效的身份证号码"), remedy=_("请核对 18 位（或旧 15 位）号码，末位校验码不符也会出现此提示。")
        )
    found = find_person(uow.session, uow.actor, uow.host.vault.digest(canonical))
    views = show_numbers(uow.session, uow.actor, found)
    uow.journal("search.person_looked_up", f"id_no:{mask_id(canonical)}", found=len(views))
    return views
