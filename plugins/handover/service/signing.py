"""Signing: a second person fixes the list and its digests; the documents are made before and bound to the batch here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lindang.auth import Actor
from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.handover import LIST_XLSX, MANIFEST, Batch
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.manifest import canonical, digest, has_changed
from plugins.handover.domain.states import BATCH, BatchState
from plugins.handover.queries.batches import find_batch, preparers
from plugins.handover.queries.snapshots import current_items, snapshots
from plugins.handover.service.manifests import MadeDocument, add_document, manifest_of, store_list
from plugins.handover.service.steps import advance, open_batch, present_items

if TYPE_CHECKING:
    from lindang.host import Host

REQUIRED_DOCUMENTS = frozenset({MANIFEST, LIST_XLSX})
"""Without these no batch is signed; the printed list is added where a Chinese font is installed."""


def make_documents(host: Host, actor: Actor, batch_id: int) -> tuple[MadeDocument, ...]:
    """Make and store the documents of a checked batch, before it is signed.

    Raises:
        NotFound: the batch is not the actor's to see.
        Conflict: it is not waiting for a signature.
    """
    with host.view(actor) as session:
        batch = find_batch(session, actor, batch_id)
        BATCH.step(BatchState(batch.state), "sign")
        items = current_items(session, batch.id, batch.list_version)
        manifest = manifest_of(session, batch, items, host.settings)
        made_at = batch.checked_at or batch.created_at
    return store_list(host, manifest, made_at)


def sign_batch(uow: UnitOfWork, batch_id: int, *, version: int, documents: Sequence[MadeDocument]) -> Batch:
    """Sign a checked batch: freeze the list, give every item its code, bind the documents.

    Raises:
        Faults: the signer prepared the list, the archive changed since the check, or a document is missing.
        Conflict: the documents were made of another list.
    """
    batch = open_batch(uow, batch_id, version)
    BATCH.step(BatchState(batch.state), "sign")  # an unchecked list has nothing to be signed
    items = present_items(uow, batch)
    now = snapshots(uow.session, items, id_numbers=uow.host.settings.plugin("handover").package_id_numbers)
    facts = BatchFacts(
        actor_id=uow.actor.account_id,
        preparers=preparers(uow.session, batch),
        changes=tuple(
            (str((item.snapshot or {}).get("archival_code", item.id)), _("案卷内容与检查时不同"))
            for item in items
            if has_changed(item.snapshot or {}, now[item.id])
        ),
        document_kinds=frozenset(made.kind for made in documents),
        required_kinds=REQUIRED_DOCUMENTS,
    )
    manifest = manifest_of(uow.session, batch, items, uow.host.settings)
    sha256 = digest(canonical(manifest))
    advance(uow, batch, "sign", facts, manifest_sha256=sha256)
    if sha256 not in {made.blob.sha256 for made in documents if made.kind == MANIFEST}:
        raise Conflict(_("移交文件是按另一份清单生成的"), remedy=_("请刷新页面后再签发。"))
    batch.manifest_sha256 = sha256
    codes = {line["archival_code"]: line["code"] for line in manifest["lines"]}
    for item in items:
        item.code = codes[(item.snapshot or {})["archival_code"]]
    for made in documents:
        add_document(uow, batch, made)
    return batch


def refuse_to_sign(uow: UnitOfWork, batch_id: int, *, version: int, reason: str) -> Batch:
    """Send a checked batch back to who prepared it, with the reason."""
    batch = open_batch(uow, batch_id, version)
    facts = BatchFacts(actor_id=uow.actor.account_id, reason=reason)
    advance(uow, batch, "refuse_to_sign", facts, note=reason.strip())
    return batch
