"""The OpenAPI 3.1 document of the API: made of the models by which requests are checked."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from bellwork.ops.web.api import models

_SAID, _TOLD = (models.NewJob,), (models.Enqueued, models.Job, models.Eta, models.Cancelled, models.Problem)
#: What every operation may answer.
_ALWAYS = (400, 401, 403, 429, 500, 503)
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The job's id, as it was told.",
    "schema": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
}


@cache
def document() -> dict[str, Any]:
    """Return it."""
    kinds: Any = [(model, "validation") for model in _SAID] + [(model, "serialization") for model in _TOLD]
    _, schemas = models_json_schema(kinds, ref_template="#/components/schemas/{model}")
    body = {"required": True, "content": {"application/json": {"schema": _ref(models.NewJob)}}}
    location = {"location": {"description": "Where the job is told of.", "schema": {"type": "string"}}}
    enqueued = {
        200: {**_told(models.Enqueued, "A job of this unique_key is unfinished: this one."), "headers": location},
        201: {**_told(models.Enqueued, "It is enqueued."), "headers": location},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Bellwork",
            "version": "1",
            "description": "Enqueue jobs, look them up, cancel them, ask when they are done. Jobs that were enqueued "
            "here are told of, and no others.",
        },
        "security": [{"token": []}],
        "paths": {
            "/api/jobs": {
                "post": _operation("enqueue", "Enqueue a job", enqueued, (413, 415, 422)) | {"requestBody": body},
            },
            "/api/jobs/{id}": {
                "parameters": [_ID],
                "get": _operation("show", "What has become of a job", {200: _told(models.Job, "This.")}, (404,)),
                "delete": _operation(
                    "cancel", "Cancel a job that is not finished", {200: _told(models.Cancelled, "Done.")}, (404, 409)
                ),
            },
            "/api/jobs/{id}/eta": {
                "parameters": [_ID],
                "get": _operation("eta", "When a job is likely to be done", {200: _told(models.Eta, "This.")}, (404,)),
            },
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Of the role api."}},
        },
    }


def _operation(name: str, summary: str, answers: dict[int, Any], refusals: tuple[int, ...]) -> dict[str, Any]:
    problems = {
        status: _told(models.Problem, HTTPStatus(status).phrase, "application/problem+json")
        for status in (*_ALWAYS, *refusals)
    }
    told = {str(status): answer for status, answer in sorted({**answers, **problems}.items())}
    return {"operationId": name, "summary": summary, "responses": told}


def _told(model: type, description: str, kind: str = "application/json") -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": _ref(model)}}}


def _ref(model: type) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}
