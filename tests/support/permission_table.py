"""Who may enter which route: the expected answer, written down apart from the code that gives it.

One line per method and rule. The first value names the roles that are let in (``PUBLIC``: also who is not logged in). The
words after it say what the rule's placeholders stand for: a kind of object from ``tests/support/world.py`` that lies in a
county, ``MINE``/``account``-like kinds that do not, or ``=text`` for a fixed word. ``form`` is what a POST must carry to
reach the object at all. A new route without a line fails ``test_every_route_stands_in_the_table``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PUBLIC = frozenset({"anonymous"})
EVERYBODY = frozenset({"archivist", "liaison", "receiver", "auditor", "reader", "sysadmin", "secadmin", "auditadmin"})
WORKERS = EVERYBODY - {"sysadmin", "secadmin", "auditadmin"}
OFFICERS = EVERYBODY - WORKERS
BROWSERS = WORKERS - {"receiver"}
ARCHIVIST = frozenset({"archivist"})
LIAISON = frozenset({"liaison"})
DESK = ARCHIVIST | LIAISON
RECEIVER = frozenset({"receiver"})
SYSADMIN = frozenset({"sysadmin"})
SECADMIN = frozenset({"secadmin"})
AUDITADMIN = frozenset({"auditadmin"})
MANAGERS = SYSADMIN | SECADMIN
LOG_READERS = AUDITADMIN | {"auditor"}


@dataclass(frozen=True)
class Route:
    """The expectation for one method of one rule."""

    roles: frozenset[str]
    objects: dict[str, str] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    blind: frozenset[str] = frozenset()
    """Roles that may enter but have no county: every object of a county is missing to them."""
    is_json: bool = False
    """The form is sent as a JSON body."""


def _r(
    roles: frozenset[str], form: dict[str, Any] | None = None, blind: frozenset[str] = frozenset(), **objects: str
) -> Route:
    return Route(roles, objects, form or {}, blind)


VERSION = {"version": "1"}


HOST = {
    "GET /": _r(EVERYBODY),
    "GET /health": _r(PUBLIC),
    "GET /about": _r(EVERYBODY),
    "GET /health/report": _r(SYSADMIN | {"auditor"}),
    "GET /jobs": _r(DESK | SYSADMIN | {"auditor"}),
    "POST /jobs/<int:job_id>/retry": _r(DESK | SYSADMIN, blind=SYSADMIN, job_id="job"),
    "POST /jobs/<int:job_id>/dismiss": _r(DESK | SYSADMIN, blind=SYSADMIN, job_id="job"),
    "POST /language/<locale>": _r(PUBLIC, locale="=en"),
    "GET /static/<path:filename>": _r(PUBLIC, filename="static"),
    "GET /api/openapi.json": _r(PUBLIC),
}

ACCOUNTS = {
    "GET /accounts/login": _r(PUBLIC),
    "POST /accounts/login": _r(PUBLIC),
    "POST /accounts/logout": _r(EVERYBODY),
    "GET /accounts/setup/<secret>": _r(PUBLIC, secret="link"),
    "POST /accounts/setup/<secret>": _r(PUBLIC, secret="link"),
    "GET /accounts/me": _r(EVERYBODY),
    "GET /accounts/me/password": _r(EVERYBODY),
    "POST /accounts/me/password": _r(EVERYBODY),
    "POST /accounts/me/sessions/<int:session_id>/end": _r(EVERYBODY, session_id="my_session"),
    "POST /accounts/me/sessions/end-others": _r(EVERYBODY),
    "GET /accounts/me/tokens": _r(WORKERS),
    "POST /accounts/me/tokens": _r(WORKERS),
    "POST /accounts/me/tokens/<int:token_id>/revoke": _r(WORKERS, token_id="my_token"),
    "GET /accounts/": _r(MANAGERS),
    "GET /accounts/new": _r(SYSADMIN),
    "POST /accounts/new": _r(SYSADMIN),
    "GET /accounts/<int:account_id>": _r(MANAGERS, account_id="account"),
    "POST /accounts/<int:account_id>/approve": _r(
        SECADMIN, {"roles": "archivist", "prefixes": "141124", "version": "2"}, account_id="account"
    ),
    "POST /accounts/<int:account_id>/rights": _r(
        SECADMIN, {"roles": "archivist", "prefixes": "141124", "version": "2"}, account_id="account"
    ),
    "POST /accounts/<int:account_id>/disable": _r(MANAGERS, {"version": "2"}, account_id="account"),
    "POST /accounts/<int:account_id>/enable": _r(SECADMIN, {"version": "2"}, account_id="account"),
    "POST /accounts/<int:account_id>/reset": _r(SECADMIN, {"version": "2"}, account_id="account"),
    "POST /accounts/<int:account_id>/unlock": _r(SECADMIN, account_id="account"),
    "POST /accounts/<int:account_id>/sessions/end": _r(MANAGERS, account_id="account"),
    "GET /accounts/roles": _r(OFFICERS | {"auditor"}),
    "GET /accounts/roles/<role>": _r(SECADMIN, role="role"),
    "POST /accounts/roles/<role>": _r(SECADMIN, role="role"),
    "GET /accounts/journal": _r(LOG_READERS),
    "POST /accounts/journal/export": _r(LOG_READERS),
    "POST /accounts/journal/verify": _r(AUDITADMIN),
}

CATALOGUE = {
    "GET /catalogue/": _r(WORKERS),
    "GET /catalogue/files": _r(WORKERS),
    "GET /catalogue/files/<int:file_id>": _r(WORKERS, file_id="archive_file"),
    "GET /catalogue/files/<int:file_id>/contents": _r(WORKERS, file_id="archive_file"),
    "GET /catalogue/files/<int:file_id>/edit": _r(ARCHIVIST, file_id="archive_file"),
    "POST /catalogue/files/<int:file_id>/edit": _r(ARCHIVIST, file_id="archive_file"),
    "GET /catalogue/files/<int:file_id>/items/new": _r(ARCHIVIST, file_id="archive_file"),
    "POST /catalogue/files/<int:file_id>/items/new": _r(ARCHIVIST, file_id="archive_file"),
    "GET /catalogue/files/<int:file_id>/renumber": _r(ARCHIVIST, file_id="archive_file"),
    "POST /catalogue/files/<int:file_id>/renumber": _r(ARCHIVIST, file_id="archive_file"),
    "GET /catalogue/files/<int:file_id>/certificate/new": _r(ARCHIVIST, file_id="archive_file"),
    "POST /catalogue/files/<int:file_id>/certificate/new": _r(ARCHIVIST, file_id="archive_file"),
    "POST /catalogue/files/<int:file_id>/waivers": _r(DESK, file_id="archive_file"),
    "GET /catalogue/files/new": _r(ARCHIVIST),
    "POST /catalogue/files/new": _r(ARCHIVIST),
    "GET /catalogue/items/<int:item_id>": _r(WORKERS, item_id="item"),
    "GET /catalogue/items/<int:item_id>/edit": _r(ARCHIVIST, item_id="item"),
    "POST /catalogue/items/<int:item_id>/edit": _r(ARCHIVIST, item_id="item"),
    "GET /catalogue/items/<int:item_id>/pages/new": _r(ARCHIVIST, item_id="item"),
    "POST /catalogue/items/<int:item_id>/pages/new": _r(ARCHIVIST, item_id="item"),
    "GET /catalogue/masters/<int:object_id>": _r(DESK | {"auditor"}, object_id="master"),
    "GET /catalogue/pages/<int:page_id>": _r(WORKERS, page_id="page"),
    "GET /catalogue/pages/<int:page_id>/words": _r(WORKERS, page_id="page"),
    "GET /catalogue/pages/<int:page_id>/<any(view, thumb):role>.jpg": _r(WORKERS, page_id="page", role="=view"),
    "GET /catalogue/pages/<int:page_id>/versions/<int:version>.jpg": _r(WORKERS, page_id="page", version="=1"),
    "GET /catalogue/pages/<int:page_id>/replace": _r(ARCHIVIST, page_id="page"),
    "POST /catalogue/pages/<int:page_id>/replace": _r(ARCHIVIST, page_id="page"),
    "GET /catalogue/certificates/<int:certificate_id>": _r(WORKERS, certificate_id="certificate"),
    "GET /catalogue/certificates/<int:certificate_id>/edit": _r(ARCHIVIST, certificate_id="certificate"),
    "POST /catalogue/certificates/<int:certificate_id>/edit": _r(ARCHIVIST, certificate_id="certificate"),
    "POST /catalogue/certificates/<int:certificate_id>/id-number": _r(
        DESK, {"reason": "核对原件"}, certificate_id="certificate"
    ),
    "GET /catalogue/certificates/<int:certificate_id>/parcels/new": _r(ARCHIVIST, certificate_id="certificate"),
    "POST /catalogue/certificates/<int:certificate_id>/parcels/new": _r(ARCHIVIST, certificate_id="certificate"),
    "GET /catalogue/parcels/<int:parcel_id>/edit": _r(ARCHIVIST, parcel_id="parcel"),
    "POST /catalogue/parcels/<int:parcel_id>/edit": _r(ARCHIVIST, parcel_id="parcel"),
    "POST /catalogue/check/<field>": _r(ARCHIVIST, field="=cert_no"),
    "GET /catalogue/waivers": _r(DESK),
    "POST /catalogue/waivers/<int:waiver_id>/approve": _r(DESK, waiver_id="waiver"),
    "GET /catalogue/codes": _r(WORKERS | SYSADMIN),
    "GET /catalogue/divisions": _r(WORKERS | SYSADMIN),
    "GET /catalogue/fonds": _r(WORKERS | SYSADMIN),
    "GET /catalogue/fonds/new": _r(ARCHIVIST | SYSADMIN),
    "POST /catalogue/fonds/new": _r(ARCHIVIST | SYSADMIN),
    "GET /catalogue/orgs": _r(WORKERS | SYSADMIN),
    "GET /catalogue/orgs/new": _r(ARCHIVIST | SYSADMIN),
    "POST /catalogue/orgs/new": _r(ARCHIVIST | SYSADMIN),
    "GET /catalogue/scheme": _r(WORKERS | SYSADMIN),
    "GET /catalogue/tables/<table>/load": _r(ARCHIVIST | SYSADMIN, table="=scheme"),
    "POST /catalogue/tables/<table>/load": _r(ARCHIVIST | SYSADMIN, table="=scheme"),
    "GET /api/v1/catalogue/files/<code>": _r(WORKERS, code="file_code"),
    "GET /api/v1/catalogue/items/<item>": _r(WORKERS, item="item_code"),
    "GET /api/v1/catalogue/pages/<int:page_id>/image": _r(WORKERS, page_id="page"),
}

SEARCH = {
    "GET /search": _r(WORKERS),
    "GET /search/exports": _r(DESK | RECEIVER | {"auditor"}),
    "POST /search/exports": _r(DESK | RECEIVER | {"auditor"}),
    "GET /search/exports/progress": _r(DESK | RECEIVER | {"auditor"}),
    "GET /search/exports/<int:export_id>/file": _r(DESK | RECEIVER | {"auditor"}, export_id="my_result"),
    "GET /search/saved": _r(WORKERS),
    "POST /search/saved": _r(WORKERS),
    "POST /search/saved/<int:search_id>/open": _r(WORKERS, search_id="my_saved_search"),
    "POST /search/saved/<int:search_id>/change": _r(WORKERS, form={"name": "改名"}, search_id="my_saved_search"),
    "POST /search/saved/<int:search_id>/drop": _r(WORKERS, search_id="my_saved_search"),
    "GET /search/form": _r(WORKERS),
    "GET /search/help": _r(WORKERS),
    "GET /search/suggest": _r(WORKERS),
    "GET /search/person": _r(DESK),
    "GET /audit/fixity": _r(ARCHIVIST | SYSADMIN | {"auditor"}),
    "GET /search/status": _r(SYSADMIN),
    "GET /search/status/now": _r(SYSADMIN),
    "POST /search/compare": _r(SYSADMIN),
    "POST /search/form": _r(WORKERS),
    "POST /search/person": _r(DESK),
    "POST /search/rebuild": _r(SYSADMIN),
    "GET /api/v1/search": _r(WORKERS),
}

HANDOVER = {
    "GET /handover/ready": _r(BROWSERS),
    "GET /handover/ready/<village_code>": _r(BROWSERS, village_code="village"),
    "POST /handover/ready/selection": _r(LIAISON),
    "GET /handover/plan": _r(BROWSERS),
    "GET /handover/calendar": _r(WORKERS),
    "GET /handover/balance": _r(BROWSERS),
    "GET /handover/balance.xlsx": _r(BROWSERS),
    "GET /handover/balance/<int:number>": _r(BROWSERS, number="=1"),
    "GET /handover/batches": _r(WORKERS),
    "POST /handover/batches/new": _r(LIAISON),
    "GET /handover/batches/<int:batch_id>": _r(WORKERS, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/progress": _r(WORKERS, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/list.pdf": _r(WORKERS, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/forms/<kind>.<suffix>": _r(
        WORKERS, batch_id="batch", kind="=transfer-form", suffix="=pdf"
    ),
    "GET /handover/batches/<int:batch_id>/packages": _r(LIAISON, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/packages": _r(
        LIAISON, {"target": "here", "layout": "dat93"}, batch_id="batch"
    ),
    "GET /handover/batches/<int:batch_id>/packages/progress": _r(LIAISON, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/packages/<int:package_id>.zip": _r(
        LIAISON, batch_id="batch", package_id="transfer_package"
    ),
    "POST /handover/batches/<int:batch_id>/papers": _r(LIAISON, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/covers.pdf": _r(BROWSERS, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/documents/<int:doc_id>": _r(WORKERS, batch_id="batch", doc_id="transfer_doc"),
    "POST /handover/batches/<int:batch_id>/items/add": _r(LIAISON, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/items/remove": _r(LIAISON, VERSION | {"item_id": "1"}, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/check": _r(LIAISON, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/reopen": _r(LIAISON, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/sign": _r(DESK, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/refuse-to-sign": _r(
        DESK, VERSION | {"reason": "清单有误"}, batch_id="batch"
    ),
    "GET /handover/batches/<int:batch_id>/send": _r(LIAISON, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/send": _r(LIAISON, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/resume": _r(WORKERS, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/cancel": _r(LIAISON, VERSION | {"reason": "重组"}, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/revise": _r(LIAISON, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/complete-feedback": _r(ARCHIVIST, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/close": _r(LIAISON, VERSION, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/receive": _r(RECEIVER, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/receive": _r(RECEIVER, VERSION, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/refuse": _r(RECEIVER, VERSION | {"reason": "清单不符"}, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/answer": _r(RECEIVER, batch_id="received_batch"),
    "POST /handover/batches/<int:batch_id>/answer": _r(RECEIVER, VERSION, batch_id="received_batch"),
    "GET /handover/batches/<int:batch_id>/reply.xlsx": _r(WORKERS, batch_id="batch"),
    "GET /handover/batches/<int:batch_id>/replies": _r(BROWSERS, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/replies": _r(LIAISON, batch_id="batch"),
    "POST /handover/batches/<int:batch_id>/record-answer": _r(LIAISON, VERSION, batch_id="received_batch"),
    "GET /handover/replies/<int:reply_id>": _r(BROWSERS, reply_id="reply"),
    "POST /handover/replies/<int:reply_id>/take": _r(LIAISON, VERSION, reply_id="open_reply"),
    "POST /handover/replies/lines/<int:line_id>/settle": _r(LIAISON, {"note": "已核实"}, line_id="reply_line"),
    "GET /handover/returns": _r(BROWSERS),
    "POST /handover/returns/<int:item_id>/fix": _r(ARCHIVIST, VERSION, item_id="returned_item"),
    "GET /handover/returns/<int:item_id>/finish": _r(ARCHIVIST, item_id="fixing_item"),
    "POST /handover/returns/<int:item_id>/finish": _r(ARCHIVIST, VERSION, item_id="fixing_item"),
    "GET /handover/waiting": _r(BROWSERS),
    "GET /handover/feedback": _r(BROWSERS),
    "GET /handover/feedback/register": _r(BROWSERS),
    "GET /handover/feedback/orphans/<int:item_id>": _r(ARCHIVIST, item_id="orphan"),
    "GET /handover/feedback/orphans/<int:item_id>/<int:batch_item_id>": _r(
        ARCHIVIST, item_id="orphan", batch_item_id="waiting_item"
    ),
    "POST /handover/feedback/orphans/<int:item_id>/<int:batch_item_id>": _r(
        ARCHIVIST, item_id="orphan", batch_item_id="waiting_item"
    ),
    "GET /handover/feedback/<int:feedback_id>": _r(ARCHIVIST, feedback_id="feedback"),
    "POST /handover/feedback/<int:feedback_id>": _r(ARCHIVIST, feedback_id="feedback"),
    "GET /api/v1/handover/batches": _r(WORKERS),
    "GET /api/v1/handover/batches/<batch_no>": _r(WORKERS, batch_no="batch_no"),
}

INGEST = {
    "GET /ingest/": _r(DESK | {"auditor"}),
    "POST /ingest/": _r(DESK),
    "GET /ingest/rules": _r(DESK | {"auditor"}),
    "GET /ingest/items/<int:item_id>/marked.pdf": _r(DESK | {"auditor"}, item_id="item"),
    "GET /ingest/items/<int:item_id>/texts": _r(DESK | {"auditor"}, item_id="item"),
    "POST /ingest/items/<int:item_id>/read": _r(ARCHIVIST, {"engine": "tesseract"}, item_id="item"),
    "GET /ingest/runs/<int:run_id>": _r(DESK | {"auditor"}, run_id="run"),
    "GET /ingest/runs/<int:run_id>/progress": _r(DESK | {"auditor"}, run_id="run"),
    "POST /ingest/runs/<int:run_id>/files": _r(DESK, run_id="run"),
    "POST /ingest/runs/<int:run_id>/confirm": _r(DESK, run_id="run"),
    "POST /ingest/runs/<int:run_id>/pause": _r(DESK, run_id="run"),
    "POST /ingest/runs/<int:run_id>/resume": _r(DESK, run_id="run"),
    "POST /ingest/gather": _r(DESK),
    "GET /ingest/desk": _r(DESK | {"auditor"}),
    "GET /ingest/desk/<int:file_id>": _r(ARCHIVIST, file_id="sorting_file"),
    "POST /ingest/desk/<int:file_id>": _r(ARCHIVIST, file_id="sorting_file"),
    "GET /ingest/desk/<int:file_id>/candidates": _r(ARCHIVIST, file_id="sorting_file"),
    "GET /ingest/desk/<int:file_id>/pages/<int:page_no>/<role>": _r(
        ARCHIVIST, file_id="sorting_file", page_no="=1", role="=view"
    ),
    "GET /ingest/desk/<int:file_id>/pages/<int:page_no>/words": _r(ARCHIVIST, file_id="sorting_file", page_no="=1"),
    "GET /ingest/desk/<int:file_id>/split": _r(ARCHIVIST, file_id="sorting_file"),
    "POST /ingest/desk/<int:file_id>/split": _r(ARCHIVIST, file_id="sorting_file"),
    "POST /ingest/desk/<int:file_id>/hold": _r(ARCHIVIST, file_id="sorting_file"),
    "GET /ingest/separators": _r(DESK),
    "GET /ingest/links": _r(ARCHIVIST),
    "POST /ingest/links": _r(ARCHIVIST),
    "POST /ingest/links/<int:link_id>/revoke": _r(ARCHIVIST, link_id="upload_link"),
    "GET /ingest/drop/<secret>": _r(PUBLIC, secret="upload_secret"),
    "POST /ingest/drop/<secret>/files": _r(PUBLIC, secret="upload_secret"),
    "GET /ingest/quality": _r(DESK | {"auditor"}),
    "GET /ingest/quality.xlsx": _r(DESK | {"auditor"}),
    "GET /ingest/quality/<int:page_id>": _r(DESK | {"auditor"}, page_id="page"),
    "POST /ingest/quality/<int:page_id>/accept": _r(ARCHIVIST, {"reason": "原件如此"}, page_id="page"),
    "POST /ingest/quality/<int:page_id>/reopen": _r(ARCHIVIST, page_id="page"),
    "GET /ingest/failed": _r(DESK | {"auditor"}),
    "POST /ingest/files/<int:file_id>/retry": _r(DESK, VERSION, file_id="failed_file"),
    "POST /ingest/files/<int:file_id>/dismiss": _r(DESK, VERSION | {"reason": "重复"}, file_id="failed_file"),
    "POST /api/v1/ingest/uploads": _r(DESK),
    "GET /api/v1/ingest/uploads/<int:file_id>": _r(DESK | {"auditor"}, file_id="sorting_file"),
    "GET /api/v1/ingest/runs/<int:run_id>": _r(DESK | {"auditor"}, run_id="run"),
}

REGISTER_IMPORT = {
    "GET /register/imports": _r(BROWSERS),
    "POST /register/imports": _r(ARCHIVIST),
    "GET /register/imports/<int:import_id>": _r(BROWSERS, import_id="register_import"),
    "GET /register/imports/<int:import_id>/progress": _r(BROWSERS, import_id="register_import"),
    "POST /register/imports/<int:import_id>/headings": _r(
        ARCHIVIST, {"heading": "本子号", "field": "cert_no"}, import_id="register_import"
    ),
    "POST /register/imports/<int:import_id>/changes": _r(ARCHIVIST, import_id="register_import"),
    "POST /register/imports/<int:import_id>/apply": _r(
        ARCHIVIST, VERSION | {"choice": "good"}, import_id="register_import"
    ),
    "POST /register/imports/<int:import_id>/discard": _r(ARCHIVIST, VERSION, import_id="register_import"),
    "POST /register/imports/<int:import_id>/marked": _r(ARCHIVIST, import_id="register_import"),
    "GET /register/imports/<int:import_id>/marked.xlsx": _r(ARCHIVIST, import_id="register_import"),
    "POST /api/v1/register/imports": _r(ARCHIVIST),
    "GET /api/v1/register/imports/<int:import_id>": _r(BROWSERS, import_id="register_import"),
    "GET /api/v1/register/imports/<int:import_id>/faults": _r(BROWSERS, import_id="register_import"),
    "POST /api/v1/register/imports/<int:import_id>/apply": Route(
        ARCHIVIST, {"import_id": "register_import"}, {"choice": "good"}, is_json=True
    ),
}

REGISTER_CHECKS = {
    "GET /register/findings": _r(BROWSERS),
    "GET /register/findings/progress": _r(BROWSERS),
    "GET /register/findings/export": _r(BROWSERS),
    "POST /register/findings/ask": _r(DESK),
    "POST /register/findings/decide": _r(DESK),
    "POST /register/check": _r(DESK | {"auditor"}),
    "GET /register/baselines": _r(BROWSERS),
    "GET /register/baselines/new": _r(DESK),
    "POST /register/baselines/new": _r(DESK),
    "GET /register/baselines/<int:baseline_id>": _r(BROWSERS, baseline_id="baseline"),
    "POST /api/v1/register/checks": _r(DESK | {"auditor"}),
    "GET /api/v1/register/checks/last": _r(BROWSERS),
    "GET /api/v1/register/findings": _r(BROWSERS),
}

MY_SECOND_ENTRY = 7001
"""The row that the archivist of ``Town`` has to key a second time."""

REGISTER_SHEETS = {
    "GET /api/v1/register/ready": _r(BROWSERS),
    "GET /register/matching": _r(BROWSERS),
    "GET /register/matching/<key>": _r(BROWSERS, key="=no_file"),
    "GET /api/v1/register/matching": _r(BROWSERS),
    "POST /register/villages/<village_code>/close": _r(
        DESK, VERSION | {"filled_by": "x", "filled_on": "2020-08-01"}, village_code="village"
    ),
    "GET /register/villages/<village_code>/sheets/<int:sheet_no>": _r(BROWSERS, village_code="village", sheet_no="=2"),
    "GET /register/parcels/<int:parcel_id>": _r(BROWSERS, parcel_id="parcel"),
    "POST /register/parcels/<int:parcel_id>/withdraw": _r(ARCHIVIST, VERSION | {"reason": "x"}, parcel_id="parcel"),
    "GET /register/certificates/<int:certificate_id>/state": _r(BROWSERS, certificate_id="certificate"),
    "POST /register/certificates/<int:certificate_id>/state": _r(
        ARCHIVIST, VERSION | {"do": "ask", "state": "UNPRINTED", "reason": "x"}, certificate_id="free_certificate"
    ),
    "GET /register/states": _r(DESK),
    "POST /register/states/<int:request_id>": _r(DESK, {"do": "refuse"}, request_id="state_request"),
    "GET /register/": _r(BROWSERS),
    "GET /register/villages/<village_code>": _r(BROWSERS, village_code="village"),
    "GET /register/villages/<village_code>/grid": _r(ARCHIVIST, village_code="village"),
    "GET /register/villages/<village_code>/grid/choices": _r(ARCHIVIST, village_code="village"),
    "GET /register/villages/<village_code>/grid/file": _r(ARCHIVIST, village_code="village"),
    "GET /register/villages/<village_code>/grid/next": _r(ARCHIVIST, village_code="village"),
    "POST /register/villages/<village_code>/grid/rows": _r(ARCHIVIST, village_code="village"),
    "POST /register/villages/<village_code>/grid/discard": _r(ARCHIVIST, village_code="village"),
    "GET /register/files/<int:file_id>/scan": _r(ARCHIVIST, file_id="archive_file"),
    "GET /register/second": _r(BROWSERS),
    "GET /register/villages/<village_code>/second": _r(DESK, village_code="village"),
    "POST /register/villages/<village_code>/second": _r(DESK, village_code="village"),
    "GET /register/second/<int:order_id>": _r(BROWSERS, order_id="second_order"),
    "GET /register/second/<int:order_id>/key": _r(ARCHIVIST, order_id="my_second_order"),
    "POST /register/second/<int:order_id>/key": _r(
        ARCHIVIST, VERSION | {"entry": str(MY_SECOND_ENTRY), "cert_no": "1"}, order_id="my_second_order"
    ),
    "GET /register/second/entries/<int:entry_id>": _r(DESK, entry_id="second_entry"),
    "POST /register/second/entries/<int:entry_id>": _r(DESK, VERSION, entry_id="second_entry"),
}

EXPORTERS = DESK | {"auditor"}
REGISTER_EXPORT = {
    "GET /register/exports": _r(EXPORTERS),
    "POST /register/exports": _r(EXPORTERS),
    "GET /register/exports/<int:export_id>": _r(EXPORTERS, export_id="register_export"),
    "GET /register/exports/<int:export_id>/progress": _r(EXPORTERS, export_id="register_export"),
    "POST /register/exports/<int:export_id>/force": _r(EXPORTERS, VERSION, export_id="my_export"),
    "GET /register/exports/<int:export_id>/file": _r(EXPORTERS, export_id="my_export"),
    "GET /register/exports/<int:export_id>/refused": _r(EXPORTERS, export_id="my_export"),
    "POST /api/v1/register/exports": _r(EXPORTERS),
    "GET /api/v1/register/exports/<int:export_id>": _r(EXPORTERS, export_id="register_export"),
    "GET /api/v1/register/exports/<int:export_id>/file": _r(EXPORTERS, export_id="my_export"),
}

SHARERS = RECEIVER | DESK | SECADMIN | LOG_READERS | {"reader"}
SHARING = {
    "GET /sharing/": _r(SHARERS),
    "GET /sharing/query": _r(RECEIVER),
    "POST /sharing/query": _r(
        RECEIVER, {"kind": "village", "village": "141124102205", "purpose": "核对", "basis": "1号"}
    ),
    "GET /sharing/queries/<int:query_id>/pages/<int:page_id>.jpg": _r(
        RECEIVER, query_id="sharing_query", page_id="page"
    ),
    "GET /sharing/agencies": _r(SECADMIN | LIAISON | {"auditor"}),
    "GET /sharing/agencies/new": _r(SECADMIN),
    "POST /sharing/agencies/new": _r(SECADMIN),
    "GET /sharing/agencies/<int:agency_id>": _r(SECADMIN, agency_id="sharing_agency"),
    "POST /sharing/agencies/<int:agency_id>": _r(SECADMIN, agency_id="sharing_agency"),
    "POST /sharing/agencies/<int:agency_id>/keys": _r(SECADMIN, agency_id="sharing_agency"),
    "POST /sharing/agencies/<int:agency_id>/keys/<int:token_id>/revoke": _r(
        SECADMIN, agency_id="sharing_agency", token_id="sharing_token"
    ),
    "GET /sharing/excerpts": _r(DESK | RECEIVER | {"auditor"}),
    "GET /sharing/excerpts/new": _r(ARCHIVIST),
    "POST /sharing/excerpts/new": _r(ARCHIVIST),
    "GET /sharing/excerpts/<int:excerpt_id>.pdf": _r(DESK | RECEIVER | {"auditor"}, excerpt_id="sharing_excerpt"),
    "GET /sharing/verify": _r(WORKERS),
    "POST /sharing/verify": _r(WORKERS),
    "GET /sharing/lists": _r(DESK | RECEIVER | {"auditor"}),
    "POST /sharing/lists": _r(LIAISON),
    "GET /sharing/lists/<int:list_id>.<any(xlsx, pdf, json):kind>": _r(
        DESK | RECEIVER | {"auditor"}, list_id="sharing_list", kind="=xlsx"
    ),
    "GET /sharing/inbox": _r(DESK | {"auditor"}),
    "POST /sharing/inbox/book": _r(ARCHIVIST),
    "POST /sharing/inbox/match": _r(ARCHIVIST),
    "POST /sharing/inbox/<int:row_id>/aside": _r(ARCHIVIST, {**VERSION, "reason": "重复"}, row_id="sharing_inbox"),
    "GET /sharing/deliveries/new": _r(ARCHIVIST | RECEIVER),
    "POST /sharing/deliveries/new": _r(ARCHIVIST | RECEIVER),
    "GET /sharing/deliveries/<int:delivery_id>": _r(ARCHIVIST | RECEIVER, delivery_id="sharing_delivery"),
    "POST /sharing/deliveries/<int:delivery_id>/receive": _r(ARCHIVIST | RECEIVER, delivery_id="sharing_delivery"),
    "GET /sharing/log": _r(LOG_READERS),
    "POST /sharing/log/export": _r(LOG_READERS),
    "POST /api/v1/sharing/queries": Route(
        RECEIVER,
        form={"kind": "village", "village": "141124102205", "purpose": "核对", "basis": "1号"},
        is_json=True,
    ),
    "GET /api/v1/sharing/agreement": _r(RECEIVER),
    "POST /api/v1/sharing/feedback": Route(
        ARCHIVIST | RECEIVER, form={"rows": [{"case_no": "1", "kind": "F9"}]}, is_json=True
    ),
    "GET /api/v1/sharing/feedback/<int:delivery_id>": _r(ARCHIVIST | RECEIVER, delivery_id="sharing_delivery"),
    "GET /api/v1/sharing/queries/<int:query_id>/pages/<int:page_id>/image": _r(
        RECEIVER, query_id="sharing_query", page_id="page"
    ),
}

PROGRESS = {
    "GET /progress/": _r(BROWSERS),
    "GET /progress/board/<code>": _r(BROWSERS, code="county"),
    "GET /progress/plan/<code>": _r(BROWSERS, code="county"),
    "GET /progress/plan/<code>/new": _r(LIAISON, code="county"),
    "POST /progress/plan/<code>/new": _r(LIAISON, code="county"),
    "GET /progress/reminders": _r(BROWSERS),
    "GET /progress/annex": _r(BROWSERS),
    "GET /progress/annex/<code>": _r(BROWSERS, code="county"),
    "GET /progress/annex/<code>/submit": _r(LIAISON, code="county"),
    "POST /progress/annex/<code>/submit": _r(LIAISON, code="county"),
    "GET /progress/annex/<code>/stack.csv": _r(BROWSERS, code="county"),
    "GET /progress/reports/import": _r(LIAISON),
    "POST /progress/reports/import": _r(LIAISON),
    "GET /progress/reports/<int:report_id>": _r(BROWSERS, report_id="progress_report"),
    "POST /progress/reports/<int:report_id>/<action>": _r(
        LIAISON, VERSION, report_id="progress_report", action="=accept"
    ),
    "GET /progress/reports/<int:report_id>/annex1.<kind>": _r(BROWSERS, report_id="progress_report", kind="=csv"),
    "GET /progress/liaison": _r(BROWSERS),
    "GET /progress/liaison/new": _r(LIAISON),
    "POST /progress/liaison/new": _r(LIAISON),
    "GET /progress/liaison/list.xlsx": _r(BROWSERS),
}

TABLE: dict[str, Route] = {
    **HOST,
    **ACCOUNTS,
    **CATALOGUE,
    **INGEST,
    **SEARCH,
    **HANDOVER,
    **PROGRESS,
    **REGISTER_SHEETS,
    **REGISTER_IMPORT,
    **REGISTER_CHECKS,
    **REGISTER_EXPORT,
    **SHARING,
}
