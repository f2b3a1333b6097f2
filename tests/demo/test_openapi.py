from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

OPERATIONS = ("get", "post", "put", "patch", "delete", "head", "options")


@pytest.fixture
def schema(client: TestClient) -> dict:
    return client.get("/iph/openapi.json").json()


def operations(schema: dict) -> list[tuple[str, str, dict]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_holds_our_routes_and_no_others(schema: dict) -> None:
    paths = set(schema["paths"])
    assert all(path.startswith("/iph/") for path in paths)
    assert not any("gradio" in path for path in paths)
    assert "/iph/{path}" not in paths
    for step in ("", "/{photo_id}/choose", "/{photo_id}/harmonize", "/{photo_id}/download"):
        assert f"/iph/photos{step}" in paths
    assert {"/iph/s/{share_id}", "/iph/composition/render", "/iph/openapi.json"} <= paths


def test_every_route_says_what_it_does(schema: dict) -> None:
    silent = [path for path, _, operation in operations(schema) if not operation.get("description")]
    assert silent == []
    ids = [operation["operationId"] for *_, operation in operations(schema)]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(schema: dict) -> None:
    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [it for value in part.values() for it in references(value)]
        return [it for value in part for it in references(value)] if isinstance(part, list) else []

    for reference in references(schema):
        found = schema
        for key in reference.removeprefix("#/").split("/"):
            found = found[key]


def test_header_and_bodies_are_what_the_server_asks_for(client: TestClient, schema: dict) -> None:
    for path, method, operation in operations(schema):
        assert method in OPERATIONS
        required = [it["name"] for it in operation["parameters"] if it.get("required")]
        assert ("X-IPH" in required) == (method != "get"), path
    upload = schema["paths"]["/iph/photos"]["post"]["requestBody"]["content"]
    assert list(upload) == ["application/octet-stream"]
    assert client.post("/iph/photos", content=b"x", headers={"X-IPH": ""}).status_code == 403


def test_errors_are_described_as_they_are(client: TestClient, schema: dict) -> None:
    assert (
        list(client.get("/iph/nothing").json())
        == schema["components"]["schemas"]["Error"]["required"]
    )
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    for *_, operation in operations(schema):
        assert "422" not in operation["responses"]


def test_a_reader_of_openapi_finds_it_right(schema: dict) -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(schema)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/gradio_api/openapi.json"])
def test_other_descriptions_stay_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
