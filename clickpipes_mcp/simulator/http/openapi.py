"""The simulator's own OpenAPI document, made from the schemas it validates with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from clickpipes_mcp.simulator.arms import ARMS, Arm
from clickpipes_mcp.simulator.contract import RequestSchema, pipes, services
from clickpipes_mcp.simulator.documents import JsonObject, as_object
from clickpipes_mcp.simulator.world.organization import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
)

DOCUMENT_PATH: Final = "/v1"
_ORGANIZATION: Final = "/v1/organizations/{organization_id}"
_SERVICE: Final = f"{_ORGANIZATION}/services/{{service_id}}"
_PIPES: Final = f"{_SERVICE}/clickpipes"
_PIPE: Final = f"{_PIPES}/{{pipe_id}}"
_CDC_SCALING: Final = f"{_SERVICE}/clickpipesCdcScaling"
_ENDPOINTS: Final = f"{_SERVICE}/clickpipesReversePrivateEndpoints"
_ENDPOINT: Final = f"{_ENDPOINTS}/{{endpoint_id}}"
_SSH_KEYS: Final = f"{_SERVICE}/clickpipesSshKeyResources"
_SSH_KEY: Final = f"{_SSH_KEYS}/{{ssh_key_id}}"
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
    Operation("get", "/v1/organizations", "organizationList", result="array"),
    Operation("get", _ORGANIZATION, "organizationGet"),
    Operation("get", f"{_ORGANIZATION}/services", "serviceList", result="array"),
    Operation("get", _SERVICE, "serviceGet"),
    Operation("patch", f"{_SERVICE}/state", "serviceState", services.STATE),
    Operation("get", f"{_SERVICE}/prometheus", "serviceMetrics", result="text"),
    Operation("get", _PIPES, "clickPipeList", result="array"),
    Operation("post", _PIPES, "clickPipeCreate", pipes.CREATE),
    Operation("get", f"{_PIPES}/context", "clickPipeContext"),
    Operation("post", f"{_PIPES}/schemaDiscovery", "clickPipeDiscover", pipes.DISCOVERY),
    Operation("get", _PIPE, "clickPipeGet"),
    Operation("patch", _PIPE, "clickPipeUpdate", pipes.UPDATE),
    Operation("delete", _PIPE, "clickPipeDelete", result=""),
    Operation("get", f"{_PIPE}/settings", "clickPipeSettingsGet"),
    Operation("put", f"{_PIPE}/settings", "clickPipeSettingsPut", pipes.SETTINGS),
    Operation("patch", f"{_PIPE}/scaling", "clickPipeScaling", pipes.SCALING),
    Operation("patch", f"{_PIPE}/state", "clickPipeState", pipes.STATE),
    Operation("get", _CDC_SCALING, "cdcScalingGet"),
    Operation("patch", _CDC_SCALING, "cdcScalingUpdate", services.CDC_SCALING),
    Operation("get", _ENDPOINTS, "endpointList", result="array"),
    Operation("post", _ENDPOINTS, "endpointCreate", services.ENDPOINT_CREATE),
    Operation("get", _ENDPOINT, "endpointGet"),
    Operation("patch", _ENDPOINT, "endpointUpdate", services.ENDPOINT_UPDATE),
    Operation("delete", _ENDPOINT, "endpointDelete", result=""),
    Operation("get", _SSH_KEYS, "sshKeyList", result="array"),
    Operation("post", _SSH_KEYS, "sshKeyCreate", services.SSH_KEY_CREATE),
    Operation("get", _SSH_KEY, "sshKeyGet"),
    Operation("delete", _SSH_KEY, "sshKeyDelete", result=""),
    Operation("post", f"{_SSH_KEY}/validate", "sshKeyValidate", services.SSH_KEY_VALIDATE),
)


@cache
def openapi_document() -> JsonObject:
    """The document served at `/v1`."""
    paths: dict[str, JsonObject] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ClickPipes API simulator", "version": "1"},
        "security": [{"basicAuth": []}],
        "paths": paths,
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
            for name in re.findall(r"\{(\w+)\}", operation.path)
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
    schema = arm.schemas.update if request is pipes.UPDATE else arm.schemas.create
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
