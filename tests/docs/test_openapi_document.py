"""The OpenAPI document is valid, complete, and served to everybody."""

from __future__ import annotations

from pathlib import Path

from openapi_spec_validator import validate

from lindang.testing import make_app, make_host


def test_the_served_document_is_valid_and_names_every_api_route(tmp_path: Path) -> None:
    app = make_app(make_host(tmp_path))
    app.test_client().get("/api/openapi.json")
    answer = app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json is not None
    validate(answer.json)
    served = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert len(answer.json["paths"]) == len(served)
    for path, methods in answer.json["paths"].items():
        for method, operation in methods.items():
            assert "401" in operation["responses"], (path, method)
