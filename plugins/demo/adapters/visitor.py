"""A person at the browser, without the browser: opens pages, fills in the forms that stand on them, sends them.

The demonstration is built only this way, through the application's own pages as its own users, so every check, permission
and journal row is the real one. What a page does not offer, a visitor cannot do.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from lxml import html

from lindang.errors import PermanentFailure

Value = str | int | bool | list[str] | Path | None
"""What goes into a field: text, a choice by its words, a tick, several ticks, a file; None leaves the field out."""

_BASE = "http://localhost"


class PageRefused(PermanentFailure):
    """The application did not accept what the visitor sent; the message repeats what the page said."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: where it came from, its status, its content."""

    path: str
    status: int
    root: html.HtmlElement

    @property
    def text(self) -> str:
        """All words of the page."""
        return " ".join(self.root.text_content().split())

    def form(self, action: str, *names: str) -> html.FormElement:
        """Return the form whose address ends so; of several, the first that has all fields of these names.

        Raises:
            PageRefused: the page offers no such form to this visitor.
        """
        found = [form for form in self.root.forms if self._address(form).endswith(action)]
        for form in found:
            lacking = sorted(set(names) - _names(form))
            if not lacking:
                return form
        offered = sorted({self._address(form) for form in self.root.forms})
        lacking = sorted(set(names) - _names(found[-1])) if found else []
        raise PageRefused(f"{self.path}: no form {action!r} with {lacking}, only {offered}")

    def _address(self, form: html.FormElement) -> str:
        return str(urlsplit(urljoin(_BASE + self.path, form.get("action") or self.path)).path)

    def links(self, beginning: str) -> list[str]:
        """Return the addresses on the page that begin so, in order, each once."""
        found = (urljoin(_BASE + self.path, str(link)) for link in self.root.xpath("//a/@href"))
        paths = (address.removeprefix(_BASE) for address in found)
        return list(dict.fromkeys(path for path in paths if path.startswith(beginning)))


class Visitor:
    """One user of the application, logged in after :meth:`log_in`."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client()

    def open(self, path: str) -> Page:
        """Open a page.

        Raises:
            PageRefused: it answers with an error.
        """
        return self._page(path, self._client.get(path, follow_redirects=True))

    def log_in(self, login: str, password: str) -> None:
        """Log in through the form."""
        page = self.submit(self.open("/accounts/login"), "/accounts/login", login=login, password=password)
        if page.path.startswith("/accounts/login"):
            raise PageRefused(f"{login}: {_complaints(page.root)}")

    def submit(self, page: Page, action: str, **values: Value) -> Page:
        """Fill in a form as it stands on the page and send it.

        Args:
            page: where the form stands; what it holds already is sent along, as a browser does.
            action: the end of the form's address.
            values: what to fill in; a list for several ticks, a path for a file, None to leave a field out.

        Raises:
            PageRefused: the form has no such field, or the application answers with an error.
        """
        form = page.form(action, *values)
        data = _held(form)
        for name, value in values.items():
            data.pop(name, None)
            if value is not None:
                data[name] = _chosen(form, name, value) if isinstance(value, str) else _sent(value)
        address = urljoin(_BASE + page.path, form.get("action") or page.path).removeprefix(_BASE)
        return self._page(address, self._client.post(address, data=data, follow_redirects=True))

    def _page(self, path: str, answer: Any) -> Page:
        root = html.fromstring(answer.get_data(as_text=True) or "<html/>")
        asked = answer.request.full_path.rstrip("?") if answer.history else path
        page = Page(asked, answer.status_code, root)
        # A form that comes back with a list of faults was not taken, whatever its status says.
        if page.status >= 400 or root.xpath("//*[@data-error-summary]"):
            raise PageRefused(f"{asked} {page.status}: {_complaints(root)}")
        return page


def _controls(form: html.FormElement) -> list[html.HtmlElement]:
    """Return the named fields and buttons of a form: those inside it, and those that name it from elsewhere."""
    inside = list(form.xpath(".//*[@name]"))
    if form.get("id"):
        inside += form.getroottree().xpath("//*[@name][@form=$id]", id=form.get("id"))
    return inside


def _names(form: html.FormElement) -> set[str]:
    return {str(control.get("name")) for control in _controls(form)}


def _held(form: html.FormElement) -> dict[str, Any]:
    """Return what a browser would send of a form that nobody touched."""
    data: dict[str, Any] = {}
    pairs = [*form.form_values(), *((c.get("name"), c.get("value")) for c in _controls(form) if _is_ticked_outside(c))]
    for name, value in pairs:
        known = data.get(name)
        data[name] = [*(known if isinstance(known, list) else [known]), value] if name in data else value
    return data


def _is_ticked_outside(control: html.HtmlElement) -> bool:
    return (
        control.get("form") is not None and control.get("type") in ("radio", "checkbox") and "checked" in control.attrib
    )


def _chosen(form: html.FormElement, name: str, text: str) -> str:
    """Choose in a list or between radio buttons, by the words that a person sees or by the value behind them.

    Any other field takes the text as it is.

    Raises:
        PageRefused: the choice is not offered.
    """
    same = [control for control in _controls(form) if control.get("name") == name]
    radios = [str(control.get("value")) for control in same if control.get("type") == "radio"]
    options = form.xpath(".//select[@name=$name]/option", name=name)
    labels = {" ".join(option.text_content().split()): str(option.get("value", "")) for option in options}
    if text in radios or text in labels.values() or not (radios or options):
        return text
    for label, value in labels.items():
        if label == text or label.startswith((f"{text}（", f"{text}(", f"{text} ")):
            return value
    raise PageRefused(f"{name}: no choice {text!r}, only {sorted(labels) or radios}")


def _sent(value: Value) -> Any:
    match value:
        case Path():
            return (io.BytesIO(value.read_bytes()), value.name)
        case bool():
            return "y" if value else ""
        case list():
            return value
        case _:
            return str(value)


def _complaints(root: html.HtmlElement) -> str:
    """Collect what an error page or a refused form says."""
    spots = root.xpath("//*[@role='alert' or contains(@class, 'invalid-feedback') or contains(@class, 'error')] | //h1")
    words = dict.fromkeys(" ".join(spot.text_content().split()) for spot in spots)
    return "; ".join(word for word in words if word)[:1000]
