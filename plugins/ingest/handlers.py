"""What the intake does when something happened elsewhere."""

from __future__ import annotations

from lindang.host import Host
from models.events import CertificatesSaved, ItemFiled, PageTextStored
from plugins.ingest.domain.certificate import read_certificate_page
from plugins.ingest.service.layers import want_layer
from plugins.ingest.service.links import link_certificate, named_certificates
from plugins.ingest.service.quality import want_quality
from plugins.ingest.service.readings import CERTIFICATE, keep_readings, unread_texts
from plugins.ingest.tools import settings_of


def certificates_saved(host: Host, event: CertificatesSaved) -> None:
    """Link newly keyed certificates with the 案卷 whose scans name them; an existing link is left alone."""
    with host.view() as session:
        named = named_certificates(session, event.certificate_ids)
    for certificate_id in named:
        with host.uow(host.system_actor()) as uow:
            link_certificate(uow, certificate_id)


def page_read(host: Host, event: PageTextStored) -> None:
    """Read the register's columns off a certificate's page that has a new text."""
    _read_columns(host, page_id=event.page_id)


def layer_wanted(host: Host, event: PageTextStored | ItemFiled) -> None:
    """Have the PDF of an item made whose text or pages are new; the job waits for the last page."""
    want_layer(host, event.item_id, event.division_code)


def quality_wanted(host: Host, event: ItemFiled) -> None:
    """Judge the images of an item that was filed, described anew, or has a new page."""
    want_quality(host, event.item_id)


def item_filed(host: Host, event: ItemFiled) -> None:
    """Read the columns of pages that had their text before the paper was known to be a certificate."""
    _read_columns(host, item_id=event.item_id)


def _read_columns(host: Host, **where: int) -> None:
    with host.view() as session:
        texts = [(text.id, text.words, doc_type) for text, doc_type in unread_texts(session, **where)]
    for text_id, words, doc_type in texts:
        found = read_certificate_page(words, settings_of(host).cert_words, is_certificate=doc_type == CERTIFICATE)
        with host.uow(host.system_actor()) as uow:
            keep_readings(uow, text_id, found)
