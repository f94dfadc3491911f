"""What the intake does when something happened elsewhere."""

from __future__ import annotations

from lindang.host import Host
from models.events import CertificateSaved
from plugins.ingest.service.links import link_certificate


def certificate_saved(host: Host, event: CertificateSaved) -> None:
    """Link a newly keyed certificate with the 案卷 whose scans name it; an existing link is left alone."""
    if event.archive_file_id is None:
        with host.uow(host.system_actor()) as uow:
            link_certificate(uow, event.certificate_id)
