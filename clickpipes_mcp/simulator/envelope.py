"""The API's envelopes, and the error that becomes one."""

import json
from collections.abc import Mapping

from starlette.responses import Response

from clickpipes_mcp.simulator.documents import JsonObject


class ApiError(Exception):
    """A refusal, as the control plane words it."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str) -> ApiError:
    """A 400 with its prefix."""
    return ApiError(400, f"BAD_REQUEST: {message}")


def not_found(message: str) -> ApiError:
    """A 404 with its prefix."""
    return ApiError(404, f"NOT_FOUND: {message}")


def success(request_id: str, result: object) -> Response:
    """The envelope around a result."""
    return _json(200, {"status": 200, "requestId": request_id, "result": result})


def acknowledged(request_id: str) -> Response:
    """The envelope of an operation without a result."""
    return _json(200, {"status": 200, "requestId": request_id})


def refusal(request_id: str, error: ApiError) -> Response:
    """The envelope of an error, in the key order the service uses."""
    body = {"requestId": request_id, "error": error.message, "status": error.status}
    return _json(error.status, body, error.headers)


def _json(status: int, body: JsonObject, headers: Mapping[str, str] | None = None) -> Response:
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(content, status, headers, "application/json; charset=utf-8")
