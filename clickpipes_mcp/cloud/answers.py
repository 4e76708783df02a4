"""From what arrived to what it means: a result, or the error that says whose turn it is.

Source of the envelope: the published OpenAPI contract; of the statuses beyond it: the Terraform
provider and clickhousectl.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from clickpipes_mcp.cloud.replies import Reply, as_json
from clickpipes_mcp.cloud.requests import ApiRequest
from clickpipes_mcp.cloud.retry import Failure
from clickpipes_mcp.errors import (
    ApiFailure,
    ClickPipesError,
    NotAuthorized,
    RateLimited,
    RefusedByApi,
    ServiceNotRunning,
    UnknownPipe,
    UnreadableAnswer,
)
from clickpipes_mcp.redaction import Redactor
from clickpipes_mcp.settings import API_ADDRESS

PERMISSION = "control-plane:service:manage-clickpipes"
"""Source: clickhousectl, needed for every ClickPipes operation, reads included."""

_WAIT_WHEN_UNSAID_S = 10.0
_ALLOW_LIST = "its IP allow-list holds this machine's address (an empty list denies everyone)"
_CURRENT_STATE = re.compile(r"[Cc]urrent state: *([a-z_]+)")
_FROM_A_PROXY = (
    f"The operator checks {API_ADDRESS} and whether a proxy or a login page answers in the API's "
    "place."
)
_ENDS_OF_SENTENCES: Final = (".", "!", "?", "…")
LOOK_FIRST = "It may have taken effect: look at the pipe, or at the list, before repeating it."


@dataclass(frozen=True)
class RawAnswer:
    """What arrived. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Refusal:
    """An answer that is not a success, read as far as it can be read; `text` is harmless."""

    request: ApiRequest[object]
    status: int
    text: str
    request_id: str | None
    failure: Failure

    def said(self, what: str) -> str:
        """A sentence about the refusal, with the API's own words if there are any."""
        told = f"{what} ({self.status}): {self.text}" if self.text else f"{what} ({self.status})"
        return told if told.endswith(_ENDS_OF_SENTENCES) else f"{told}."


def read_reply(raw: RawAnswer, request: ApiRequest[object], redactor: Redactor) -> Reply:
    """The API's answer to a request that succeeded.

    Raises:
        UnreadableAnswer: The answer is not in the API's form.
    """
    if not 200 <= raw.status < 300:
        raise _unreadable(raw, request, "a redirect" if 300 <= raw.status < 400 else "no answer")
    if request.expects == "text":
        text = raw.body.decode(errors="replace")
        if _is_html(raw, text):
            raise _unreadable(raw, request, "a web page")
        return Reply(redactor.mask_known(text))
    if not raw.body.strip() and request.expects == "nothing":
        return Reply(None)
    may_echo = redactor.may_echo(raw.body)
    if request.glance is not None and not may_echo:
        glanced_at = request.glance(raw.body)
        if glanced_at is not None:
            return Reply(None, glanced_at=glanced_at)
    return _read_envelope(raw, request, redactor, may_echo=may_echo)


def _read_envelope(
    raw: RawAnswer, request: ApiRequest[object], redactor: Redactor, *, may_echo: bool
) -> Reply:
    envelope = _envelope(raw)
    if envelope is None:
        raise _unreadable(raw, request, _form(raw))
    if may_echo:
        masked = _without_echoes(envelope, redactor)
        envelope = masked if isinstance(masked, dict) else {}
    if request.expects == "document":
        return Reply(envelope)
    if request.expects == "result" and "result" not in envelope:
        raise _unreadable(raw, request, "an answer without a result")
    return Reply(envelope.get("result"), _request_id(envelope, redactor))


def read_refusal(
    raw: RawAnswer, request: ApiRequest[object], redactor: Redactor, failure: Failure
) -> ClickPipesError:
    """The error that an answer of 400 or more stands for."""
    envelope = _envelope(raw)
    text = _error_text(raw, envelope)
    if text is None and raw.status < 500:
        return _unreadable(raw, request, _form(raw))
    refusal = Refusal(
        request=request,
        status=raw.status,
        text=redactor.clean(text or ""),
        request_id=_request_id(envelope or {}, redactor),
        failure=failure,
    )
    return _ERRORS.get(raw.status, _api_failure if raw.status >= 500 else _refused)(refusal)


def _not_accepted(refusal: Refusal) -> ClickPipesError:
    return NotAuthorized(
        refusal.said("The API does not accept the API key"),
        fix="The operator checks that the key's id and secret belong together, that the key is "
        f"enabled and not expired, and that {_ALLOW_LIST}.",
        request_id=refusal.request_id,
    )


def _not_permitted(refusal: Refusal) -> ClickPipesError:
    return NotAuthorized(
        refusal.said("The API key may not do this"),
        fix=f"The operator gives the key the permission {PERMISSION} for this service, and "
        f"checks that {_ALLOW_LIST}.",
        request_id=refusal.request_id,
    )


def _proxy_login(refusal: Refusal) -> ClickPipesError:
    return NotAuthorized(
        "A proxy on the way to the API wants credentials (407).",
        fix="The operator puts them into the address in HTTPS_PROXY or ALL_PROXY, whichever is "
        "set, or goes past the proxy with NO_PROXY.",
        request_id=refusal.request_id,
    )


def _missing(refusal: Refusal) -> ClickPipesError:
    if refusal.request.missing is None:
        return _refused(refusal)
    return UnknownPipe(
        f"This service has no ClickPipe with the id {refusal.request.missing}.",
        fix="List the pipes of the service and use an id from there; it may have been deleted.",
        request_id=refusal.request_id,
    )


def _refused(refusal: Refusal) -> ClickPipesError:
    return RefusedByApi(
        refusal.said(f"The API refused {refusal.request.operation}"),
        status=refusal.status,
        text=refusal.text,
        fix="Nothing was changed. Correct what the API names and call again.",
        request_id=refusal.request_id,
    )


def _service_not_running(refusal: Refusal) -> ClickPipesError:
    match = _CURRENT_STATE.search(refusal.text)
    state = match[1] if match else "not running"
    return ServiceNotRunning(
        refusal.said(f"The ClickHouse service is {state}, so nothing was changed"),
        fix=_WAKING.get(state, _WAKING["starting"]),
        request_id=refusal.request_id,
    )


_WAKING: Mapping[str, str] = {
    "idle": "Any query wakes the service, and so does this server once its operator sets "
    "CLICKPIPES_WAKE_SERVICE=true. Repeat the call when the service is running.",
    "stopped": "Somebody stopped the service on purpose: the person starts it in the console. "
    "Repeat the call when it is running.",
    "starting": "Wait until the service is running, then repeat the call unchanged.",
}


def _rate_limited(refusal: Refusal) -> ClickPipesError:
    wait_s = refusal.failure.wait_s
    if wait_s is None:
        wait_s = _WAIT_WHEN_UNSAID_S
    return RateLimited(
        "The API key used up its requests (429); nothing was changed.",
        wait_s=wait_s,
        fix=f"Repeat the call unchanged in {wait_s:.0f} s, and make fewer calls at once.",
        request_id=refusal.request_id,
    )


def _api_failure(refusal: Refusal) -> ClickPipesError:
    ambiguous = refusal.failure.may_have_happened
    return ApiFailure(
        refusal.said(f"The API failed during {refusal.request.operation}"),
        status=refusal.status,
        may_have_happened=ambiguous,
        fix=LOOK_FIRST if ambiguous else "Nothing was changed. Repeat the call in a minute.",
        request_id=refusal.request_id,
    )


_ERRORS: Mapping[int, Callable[[Refusal], ClickPipesError]] = {
    401: _not_accepted,
    403: _not_permitted,
    404: _missing,
    407: _proxy_login,
    424: _service_not_running,
    429: _rate_limited,
}


def _without_echoes(value: JsonValue, redactor: Redactor) -> JsonValue:
    if isinstance(value, dict):
        return {key: _without_echoes(item, redactor) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_echoes(item, redactor) for item in value]
    return redactor.mask_echoes(value) if isinstance(value, str) else value


def _unreadable(raw: RawAnswer, request: ApiRequest[object], what: str) -> UnreadableAnswer:
    ambiguous = not request.is_read and raw.status < 400
    error = UnreadableAnswer(
        f"Instead of the API's answer to {request.operation}, {what} came back ({raw.status}).",
        fix=f"{LOOK_FIRST} {_FROM_A_PROXY}" if ambiguous else _FROM_A_PROXY,
    )
    error.may_have_happened = ambiguous
    return error


def _envelope(raw: RawAnswer) -> dict[str, JsonValue] | None:
    document = as_json(raw.body)
    return document if isinstance(document, dict) else None


def _error_text(raw: RawAnswer, envelope: dict[str, JsonValue] | None) -> str | None:
    """The API's words; empty when it sent none, None when something else is talking.

    A 424 has been seen with its text alone, without the envelope.
    """
    if envelope is None:
        text = raw.body.decode(errors="replace")
        is_a_sentence = len(text) <= 2000 and "\x00" not in text and "\ufffd" not in text
        return text if is_a_sentence and not _is_html(raw, text) else None
    error = envelope.get("error", envelope.get("message", ""))
    return error if isinstance(error, str) else json.dumps(error)


def _request_id(envelope: Mapping[str, JsonValue], redactor: Redactor) -> str | None:
    value = envelope.get("requestId")
    return (redactor.clean(value, limit=64) or None) if isinstance(value, str) else None


def _is_html(raw: RawAnswer, text: str) -> bool:
    declared = raw.headers.get("content-type", "").lower()
    return "html" in declared or text.lstrip()[:1] == "<"


def _form(raw: RawAnswer) -> str:
    if not raw.body.strip():
        return "nothing"
    text = raw.body[:4096].decode(errors="replace")
    return "a web page" if _is_html(raw, text) else "something that is not the API's JSON"
