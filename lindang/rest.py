"""The JSON API's common ground: one OpenAPI document, problem+json errors, bearer tokens.

A plugin's API view is declared with ``@rest.validate(resp=answers(200, Model), tags=[...])`` above ``@guard`` and takes its
query or body as a pydantic model by annotation (``query: SearchQuery``).
"""

from __future__ import annotations

import copy
from typing import Any

from flask import Flask, current_app
from pydantic import BaseModel, ConfigDict
from spectree import Response, SecurityScheme, SecuritySchemeData, SpecTree
from spectree.models import SecureType

from lindang import __version__
from lindang.errors import Fault, Faults
from lindang.i18n import _


class Model(BaseModel):
    """Base of API bodies: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class ProblemFault(BaseModel):
    """One fault of a request."""

    where: str
    message: str
    remedy: str


class Problem(BaseModel):
    """What every error of the API looks like (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = ""
    where: str = ""
    faults: list[ProblemFault] = []


def _refuse(_request: Any, _response: Any, error: Any, _instance: Any, _adapter: Any) -> None:
    """Turn a failed validation of the request into our own error, so that all errors look alike."""
    if error is not None:
        faults = [Fault(".".join(str(part) for part in e["loc"]), e["msg"]) for e in error.errors()]
        raise Faults(_("请求参数不正确"), faults)


rest = SpecTree(
    "flask",
    title="林档 API",
    version=__version__,
    mode="strict",
    annotations=True,
    before=_refuse,
    validation_error_model=Problem,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[SecurityScheme(name="bearer", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))],
    security={"bearer": []},
)


def answers(status: int = 200, model: type[BaseModel] | None = None, *more: int) -> Response:
    """Return the declared answers: the good one, and Problem for 401, 403, 404, 409 and ``more``."""
    problems = {f"HTTP_{code}": Problem for code in sorted({401, 403, 404, *more})}
    return Response(**{f"HTTP_{status}": model, **problems})


def openapi_document(app: Flask | None = None) -> dict[str, Any]:
    """Return the OpenAPI document of an application.

    The library keeps one document for the whole process and takes its collected models apart while writing it; here each
    application gets its own, from a copy of the models.
    """
    made = app or current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the object behind the proxy
    collected = rest.models
    rest.app, rest.models = made, copy.deepcopy(collected)
    rest.__dict__.pop("_spec", None)
    try:
        document: dict[str, Any] = rest.spec
    finally:
        rest.models = collected
    return document
