"""The OpenAPI description of the page's own routes, /iph/openapi.json. Gradio's stay closed."""

from __future__ import annotations

import re
import warnings
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

import iph_core

OURS = "/iph/"
FOR_THE_REST = "/iph/{path}"
ABOUT = (
    "Everything that the page does, over HTTP. A photo belongs to the session of the cookie that "
    "comes with the first answer. See docs/http-api.md."
)
PICTURE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
UNDECLARED: dict[str, Any] = {"application/json": {"schema": {}}}
"""What FastAPI says of routes that answer with a picture, a page or a file."""

UPLOADS = {"/iph/photos", "/iph/photos/{photo_id}/mask"}
"""Routes whose body is the bytes of a file."""

FILE_NAME = {
    "name": "X-File-Name",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The file's name, percent-encoded; what is downloaded is called after it.",
}
FROM_HERE = {
    "name": "X-IPH",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "enum": ["1"]},
    "description": "Shows that no other site's page sent this.",
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "One sentence for people."}},
}
SAID = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
REFUSED = {
    "400": {"description": "Something is wrong with what was sent.", "content": SAID},
    "403": {"description": "X-IPH is missing, or another site's page sent this.", "content": SAID},
    "404": {"description": "Not there, or not this session's.", "content": SAID},
    "411": {"description": "Content-Length is missing.", "content": SAID},
    "413": {"description": "More bytes than may be sent.", "content": SAID},
    "429": {"description": "Too often; Retry-After says when.", "content": SAID},
    "503": {"description": "Busy; Retry-After says when.", "content": SAID},
}


def create_openapi_router(app: FastAPI) -> APIRouter:
    router = APIRouter(prefix="/iph")

    @router.get("/openapi.json")
    async def openapi() -> dict[str, Any]:
        """This description."""
        return describe(app)

    return router


def describe(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of exactly the routes under /iph."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of ids for GET and HEAD; they get ours
        schema = get_openapi(
            title="Interactive Portrait Harmonization",
            version=iph_core.__version__,
            description=ABOUT,
            routes=app.routes,
        )
    schema["paths"] = {path: it for path, it in schema["paths"].items() if is_ours(path)}
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # we answer with a sentence instead
        schemas.pop(name, None)
    schemas["Error"] = ERROR
    for path, methods in schema["paths"].items():
        methods.pop("head", None)  # as GET, without a body
        for method, operation in methods.items():
            complete(path, method, operation)
    return schema


def is_ours(path: str) -> bool:
    return path.startswith(OURS) and path != FOR_THE_REST


def complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say what the routes do not declare: our header, files as bodies, refusals."""
    operation["operationId"] = re.sub(r"\W+", "_", method + path.removeprefix("/iph")).strip("_")
    parameters = operation.setdefault("parameters", [])
    if method != "get":
        parameters.append(FROM_HERE)
    if path in UPLOADS and method == "post":
        parameters.append(FILE_NAME)
        operation["requestBody"] = PICTURE
    for answer in operation["responses"].values():
        if answer.get("content") == UNDECLARED:
            answer["content"] = FILE
    operation["responses"].pop("422", None)
    operation["responses"].update(REFUSED)
