"""What a template may not contain: every one of these has been the door of a stored script in a system like ours."""

from __future__ import annotations

import re

import pytest

from tests.rules.tree import files, hits

FORBIDDEN = {
    "escaping switched off": r"\|\s*safe\b|Markup\(|autoescape\s+false|%\s*autoescape",
    "inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "inline style element": r"<style\b",
    "style attribute": r"\sstyle\s*=",
    "event attribute": r"\son[a-z]+\s*=\s*[\"']",
    "script address": r"(?:href|src|action)\s*=\s*[\"']?\s*javascript:",
    "asset from another server": r"<(?:script|link|img|iframe|source|object|embed)\b[^>]*(?:src|href|data)\s*=\s*[\"']?(?:https?:)?//",
    "htmx code in an attribute": r"\shx-on\b|\shx-vals\s*=\s*[\"']?js:|\shx-headers\s*=\s*[\"']?js:",
}


def templates() -> list[str]:
    return [f"{path}" for path in files(("templates", "plugins", "examples"), ".html")]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_templates_have_no(what: str) -> None:
    assert hits(files(("templates", "plugins", "examples"), ".html"), FORBIDDEN[what]) == []


def test_there_are_templates_to_look_at() -> None:
    assert len(templates()) > 10


@pytest.mark.parametrize(
    ("what", "bad"),
    [
        ("escaping switched off", "{{ name|safe }}"),
        ("inline script", "<script>alert(1)</script>"),
        ("inline style element", "<style>"),
        ("style attribute", '<p style="color:red">'),
        ("event attribute", "<body onload='x()'>"),
        ("script address", '<a href="javascript:x()">'),
        ("asset from another server", '<script src="https://example.org/x.js">'),
        ("htmx code in an attribute", '<div hx-on:click="x()">'),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, bad: str) -> None:
    assert re.search(FORBIDDEN[what], bad, re.IGNORECASE)


def test_own_scripts_build_no_html_from_text() -> None:
    assert (
        hits(
            files(("static",), ".js"),
            r"\.(?:inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(",
        )
        == []
    )
