"""One box, its results, and the look-up of persons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.access import DIVISION, NONE, guard
from lindang.auth import Actor
from lindang.errors import LindangError
from lindang.host import Host
from lindang.i18n import _
from lindang.web import current_actor, current_host, notify, object_url, page_number
from models.persons import mask_personal_in
from plugins.search import permissions, words
from plugins.search.domain.composing import compose
from plugins.search.domain.engine import Request
from plugins.search.domain.grammar import MAX_LENGTH, QueryError, parse_query
from plugins.search.forms import AdvancedForm, PersonForm
from plugins.search.queries.facets import PARAMETERS, Facet, show_facets
from plugins.search.queries.hits import GroupView, HitView
from plugins.search.queries.number_views import PageRef
from plugins.search.queries.recent import recently_opened
from plugins.search.routes.asked import read_filters, read_order
from plugins.search.service.answering import Result, find
from plugins.search.service.indexing import order_rebuild
from plugins.search.service.persons import PersonNumberInAddress, look_up_person, refuse_person_number
from plugins.search.service.saving import kept_searches

MARKS_IN_ADDRESS = 5
HITS_PER_GROUP = 3
WITHHELD = "withheld"
"""Sent by the search box instead of what was typed, when that looks like an identity number: it never gets into an address."""


@guard(permissions.READ, scope=DIVISION)
def search() -> ResponseReturnValue:
    """Answer the one box: numbers first, then full text with facets."""
    host, actor = current_host(), current_actor()
    text = request.args.get("q", "").strip()
    if request.args.get(WITHHELD):
        return _to_the_form(PersonNumberInAddress())
    size = host.settings.plugin("search").page_size
    wanted = Request(
        query=None,
        scope=(),
        filters=read_filters(request.args),
        offset=(page_number() - 1) * size,
        limit=size,
        per_group=HITS_PER_GROUP,
        order=read_order(request.args),
    )
    try:
        result = find(host, actor, text[: MAX_LENGTH + 1], wanted)
    except PersonNumberInAddress as refusal:
        return _to_the_form(refusal)
    except QueryError as error:
        return _page(text, fault=error), 400
    facets = _facets(host, actor, result)
    return _page(text, result=result, facets=facets, page=page_number(), size=size)


def _to_the_form(refusal: PersonNumberInAddress) -> ResponseReturnValue:
    """Send the person where a number may be typed; a redirect also keeps an address with one out of the browser's history."""
    notify(f"{refusal.message}。{refusal.remedy}", "danger")
    return redirect(url_for("search.person" if current_actor().can(permissions.PERSON) else "search.search"), 303)


def _page(text: str, **values: Any) -> str:
    with current_host().view(current_actor()) as session:
        opened = [] if text else recently_opened(session, current_actor())
        fresh = sum(row.fresh for row in kept_searches(session, current_actor()))
    fault = values.get("fault") or (values["result"].error if "result" in values else None)
    return render_template(
        "search/search.html",
        query=text,
        chosen={name: request.args[name] for name in set(PARAMETERS.values()) if request.args.get(name)},
        words=words,
        order=read_order(request.args),
        fresh=fresh,
        opened=opened,
        hit_url=hit_url,
        group_url=group_url,
        page_ref_url=page_ref_url,
        marked_fault=_marked(fault),
        **values,
    )


@dataclass(frozen=True, slots=True)
class MarkedFault:
    """A fault in a query and the query cut at its place: before, the character at fault (or a sign for the end), after."""

    error: QueryError
    before: str
    at: str
    after: str


def _marked(error: QueryError | None) -> MarkedFault | None:
    if error is None:
        return None
    text, place = error.query, error.position
    return MarkedFault(error, text[:place], text[place : place + 1] or "▁", text[place + 1 :])


def _facets(host: Host, actor: Actor, result: Result) -> list[Facet]:
    if result.answer is None:
        return []
    fixed = {"state": words.STATE_WORDS, "batch": words.BATCH_WORDS}
    with host.view(actor) as session:
        return show_facets(session, result.answer.facets, request.args, fixed)


# --- where hits lead --------------------------------------------------------------------------------------------


def hit_url(hit: HitView, group: GroupView, marks: tuple[str, ...]) -> str | None:
    """Return the address of a hit: a page opens with the words marked; None when nobody shows such things."""
    if hit.kind == "page":
        found = (
            text for text in hit.found if mask_personal_in(text) == text
        )  # what a wildcard met may be a telephone number
        return _scan_url(
            hit.object_id, group.object_id, hit.page_no or 1, list(dict.fromkeys([*found, *marks]))[:MARKS_IN_ADDRESS]
        )
    if hit.kind == "certificate" and group.file_id:
        return object_url("certificate", hit.object_id) or object_url("archive_file", group.file_id)
    return object_url(hit.kind, hit.object_id)


def group_url(group: GroupView) -> str | None:
    """Return the address of what a group of hits belongs to."""
    return object_url(group.kind, group.object_id)


def page_ref_url(ref: PageRef, raw: str) -> str | None:
    """Return the address of a page on which a number was read, the number marked."""
    return _scan_url(ref.page_id, ref.item_id, ref.page_no, [raw])


def _scan_url(page_id: int, item_id: int, page_no: int, marks: list[str]) -> str | None:
    return object_url("page", page_id, mark=marks) or object_url("item", item_id, page=page_no, mark=marks)


# --- persons, index ---------------------------------------------------------------------------------------------


@guard(permissions.READ, scope=NONE)
def help_page() -> ResponseReturnValue:
    """Explain the query language."""
    return render_template("search/help.html")


@guard(permissions.READ, scope=NONE)
def advanced() -> ResponseReturnValue:
    """Write the query for those who do not type one; it is sent in the body, because a number of a person may be in it."""
    form = AdvancedForm()
    if form.validate_on_submit():
        text = compose(form.wanted())
        try:
            refuse_person_number(text)
            parse_query(text)
        except LindangError as error:
            form.take_error(error)
        else:
            return redirect(url_for("search.search", q=text), 303)
    return render_template("search/advanced.html", form=form), 422 if form.errors else 200


@guard(permissions.PERSON, scope=DIVISION)
def person() -> ResponseReturnValue:
    """Look a person up by identity number, sent in the body; the look-up is in the journal."""
    host, form, views = current_host(), PersonForm(), None
    if form.validate_on_submit():
        try:
            with host.uow(current_actor()) as uow:
                views = look_up_person(uow, form.number.data or "")
        except LindangError as error:
            form.take_error(error)
    form.number.data = ""  # never written back into the page
    status = 422 if form.errors else 200
    page = render_template("search/person.html", form=form, views=views, words=words, page_ref_url=page_ref_url)
    return page, status


@guard(permissions.REBUILD, scope=NONE)
def order() -> ResponseReturnValue:
    """Queue a rebuild of the index."""
    order_rebuild(current_host(), "asked for")
    notify(_("已提交重建索引，进度见任务中心；期间检索照常。"))
    return redirect(object_url("jobs", None) or url_for("search.search"))
