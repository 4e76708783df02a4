"""The simulator's own OpenAPI document, made from the schemas it validates with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clickpipes_mcp.simulator.arms import ARMS, CREATE, DISCOVERY, UPDATE, Arm
from clickpipes_mcp.simulator.contract import RequestSchema, pipes, services
from clickpipes_mcp.simulator.documents import JsonObject, as_object
from clickpipes_mcp.simulator.http import paths
from clickpipes_mcp.simulator.world.organization import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
)

DOCUMENT_PATH: Final = "/v1"
_PLACEHOLDER: Final = re.compile(r"\{(\w++)\}")
_IDS: Final[Mapping[str, JsonObject]] = {
    "organization_id": {"type": "string", "enum": [DEFAULT_ORGANIZATION_ID]},
    "service_id": {"type": "string", "enum": [DEFAULT_SERVICE_ID, IDLE_SERVICE_ID]},
}
_REFUSALS: Final = (400, 401, 403, 404, 405, 424, 429, 500)


@dataclass(frozen=True)
class Operation:
    """One method of one path, its request schema, and what its result is."""

    method: str
    path: str
    name: str
    request: RequestSchema | None = None
    result: str = "object"


OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation("get", paths.ORGANIZATIONS, "organizationList", result="array"),
    Operation("get", paths.ORGANIZATION, "organizationGet"),
    Operation("get", paths.SERVICES, "serviceList", result="array"),
    Operation("get", paths.SERVICE, "serviceGet"),
    Operation("patch", f"{paths.SERVICE}/state", "serviceState", services.STATE),
    Operation("get", f"{paths.SERVICE}/prometheus", "serviceMetrics", result="text"),
    Operation("get", paths.PIPES, "clickPipeList", result="array"),
    Operation("post", paths.PIPES, "clickPipeCreate", CREATE),
    Operation("get", f"{paths.PIPES}/context", "clickPipeContext"),
    Operation("post", f"{paths.PIPES}/schemaDiscovery", "clickPipeDiscover", DISCOVERY),
    Operation("get", paths.PIPE, "clickPipeGet"),
    Operation("patch", paths.PIPE, "clickPipeUpdate", UPDATE),
    Operation("delete", paths.PIPE, "clickPipeDelete", result=""),
    Operation("get", f"{paths.PIPE}/settings", "clickPipeSettingsGet"),
    Operation("put", f"{paths.PIPE}/settings", "clickPipeSettingsPut", pipes.SETTINGS),
    Operation("patch", f"{paths.PIPE}/scaling", "clickPipeScaling", pipes.SCALING),
    Operation("patch", f"{paths.PIPE}/state", "clickPipeState", pipes.STATE),
    Operation("get", paths.CDC_SCALING, "cdcScalingGet"),
    Operation("patch", paths.CDC_SCALING, "cdcScalingUpdate", services.CDC_SCALING),
    Operation("get", paths.ENDPOINTS, "endpointList", result="array"),
    Operation("post", paths.ENDPOINTS, "endpointCreate", services.ENDPOINT_CREATE),
    Operation("get", paths.ENDPOINT, "endpointGet"),
    Operation("patch", paths.ENDPOINT, "endpointUpdate", services.ENDPOINT_UPDATE),
    Operation("delete", paths.ENDPOINT, "endpointDelete", result=""),
    Operation("get", paths.SSH_KEYS, "sshKeyList", result="array"),
    Operation("post", paths.SSH_KEYS, "sshKeyCreate", services.SSH_KEY_CREATE),
    Operation("get", paths.SSH_KEY, "sshKeyGet"),
    Operation("delete", paths.SSH_KEY, "sshKeyDelete", result=""),
    Operation("post", f"{paths.SSH_KEY}/validate", "sshKeyValidate", services.SSH_KEY_VALIDATE),
)


@cache
def openapi_document() -> JsonObject:
    """The document served at `/v1`."""
    verbs: dict[str, JsonObject] = {}
    for operation in OPERATIONS:
        verbs.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ClickPipes API simulator", "version": "1"},
        "security": [{"basicAuth": []}],
        "paths": verbs,
        "components": {"securitySchemes": {"basicAuth": {"type": "http", "scheme": "basic"}}},
    }


def _operation(operation: Operation) -> JsonObject:
    document: JsonObject = {
        "operationId": operation.name,
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": _IDS.get(name, {"type": "string", "format": "uuid"}),
            }
            for name in _PLACEHOLDER.findall(operation.path)
        ],
        "responses": {
            "200": _answer(operation.result),
            **{str(status): _refusal() for status in _REFUSALS},
        },
    }
    if operation.request:
        schema = _request_schema(operation.request)
        content = {"application/json": {"schema": schema}}
        document["requestBody"] = {"required": True, "content": content}
    return document


def _request_schema(request: RequestSchema) -> JsonObject:
    """The schema with that of every source in its place."""
    properties = as_object(request.document["properties"])
    source = as_object(properties.get("source"))
    keys = as_object(source.get("properties"))
    if not keys:
        return request.document
    known = {arm.key: _of_source(arm, request) for arm in ARMS}
    filled = {key: known.get(key) or schema for key, schema in keys.items()}
    whole = {**properties, "source": {**source, "properties": filled}}
    return {**request.document, "properties": whole}


def _of_source(arm: Arm, request: RequestSchema) -> JsonObject | None:
    schema = arm.schemas.update if request is UPDATE else arm.schemas.create
    return schema.document if schema else None


def _answer(result: str) -> JsonObject:
    if result == "text":
        return _described({"text/plain": {"schema": {"type": "string"}}})
    properties: JsonObject = {"status": {"const": 200}, "requestId": {"type": "string"}}
    if result:
        properties["result"] = {"type": result}
    schema = {"type": "object", "required": [*properties], "properties": properties}
    return _described({"application/json": {"schema": schema}})


def _refusal() -> JsonObject:
    schema = {
        "type": "object",
        "required": ["requestId", "error", "status"],
        "properties": {
            "requestId": {"type": "string"},
            "error": {"type": "string"},
            "status": {"type": "integer"},
        },
    }
    return _described({"application/json": {"schema": schema}})


def _described(content: Mapping[str, object]) -> JsonObject:
    return {"description": "Simulated.", "content": dict(content)}


def routes() -> list[Route]:
    """The route of the document, open to everybody."""

    async def document(_request: Request) -> Response:
        return JSONResponse(openapi_document())

    return [Route(DOCUMENT_PATH, document, methods=["GET"])]
