import json

import pytest

from clickpipes_mcp.cloud.answers import RawAnswer, Reply, read_refusal, read_reply
from clickpipes_mcp.cloud.requests import ApiRequest, Requests, list_organizations
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

SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"
REQUEST_ID = "44444444-4444-4444-8444-444444444444"
REQUESTS = Requests(SERVICE)
READ = REQUESTS.get_pipe(SERVICE, PIPE)
WRITE = REQUESTS.create_pipe(SERVICE, {"a": 1})
JSON = {"content-type": "application/json"}


def raw(status: int, body: object, headers: dict[str, str] = JSON) -> RawAnswer:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawAnswer(status, headers, octets)


def refused(
    status: int,
    body: object,
    request: ApiRequest = WRITE,
    *,
    may_have_happened: bool = False,
    wait_s: float | None = None,
    secrets: tuple[str, ...] = (),
) -> ClickPipesError:
    failure = Failure(status, may_have_happened, wait_s)
    return read_refusal(raw(status, body), request, Redactor(secrets), failure)


def error_body(text: object, status: int = 400) -> dict[str, object]:
    return {"requestId": REQUEST_ID, "error": text, "status": status}


def test_the_result_and_the_request_id_are_taken_from_the_envelope():
    answer = raw(200, {"status": 200, "requestId": REQUEST_ID, "result": [1]})
    assert read_reply(answer, READ, Redactor()) == Reply([1], REQUEST_ID)


@pytest.mark.parametrize("body", [b"", b" \n", b'{"status":200}'])
def test_a_deletion_needs_no_result(body):
    deletion = REQUESTS.delete_pipe(SERVICE, PIPE)
    assert read_reply(raw(200, body), deletion, Redactor()).result is None


def test_metrics_are_plain_text():
    request = REQUESTS.get_prometheus(SERVICE)
    assert read_reply(raw(200, b"up 1\n", {}), request, Redactor()).result == "up 1\n"


def test_a_long_secret_that_comes_back_in_an_answer_is_masked():
    body = {"result": {"description": ["long-secret-canary"], "n": 1}}
    reply = read_reply(raw(200, body), READ, Redactor(["long-secret-canary"]))
    assert reply.result == {"description": ["[secret]"], "n": 1}


@pytest.mark.parametrize(
    ("status", "body", "headers", "what"),
    [
        (200, b"", JSON, "nothing"),
        (200, b"<!doctype html><h1>Sign in</h1>", {"content-type": "text/html"}, "a web page"),
        (200, b"  <html>", JSON, "a web page"),
        (200, b'{"result": {"id": ', JSON, "not the API's JSON"),
        (200, b"[1, 2]", JSON, "not the API's JSON"),
        (200, b"[" * 100_000, JSON, "not the API's JSON"),
        (200, b"9" * 10_000, JSON, "not the API's JSON"),
        (200, b"\x00\xff" * 500_000, JSON, "not the API's JSON"),
        (200, b'{"status": 200}', JSON, "without a result"),
        (302, b"", {"location": "https://example.com"}, "a redirect"),
        (101, b"", {}, "no answer"),
    ],
)
@pytest.mark.parametrize("request_", [READ, WRITE], ids=["read", "write"])
def test_what_is_not_the_api_is_named_and_not_repeated(status, body, headers, what, request_):
    with pytest.raises(UnreadableAnswer) as caught:
        read_reply(raw(status, body, headers), request_, Redactor())
    assert what in str(caught.value)
    assert len(str(caught.value)) < 200
    assert ("may have taken effect" in caught.value.fix) == (request_ is WRITE)


def test_a_web_page_in_place_of_metrics_is_not_taken_for_metrics():
    with pytest.raises(UnreadableAnswer, match="a web page"):
        read_reply(raw(200, b"<html>", {}), REQUESTS.get_prometheus(SERVICE), Redactor())


@pytest.mark.parametrize(
    ("status", "kind", "turn"),
    [
        (400, RefusedByApi, "Correct"),
        (401, NotAuthorized, "not expired"),
        (403, NotAuthorized, "control-plane:service:manage-clickpipes"),
        (404, RefusedByApi, "Correct"),
        (405, RefusedByApi, "Correct"),
        (407, NotAuthorized, "HTTPS_PROXY"),
        (409, RefusedByApi, "Correct"),
        (424, ServiceNotRunning, "Wait until"),
        (429, RateLimited, "Repeat"),
        (500, ApiFailure, "Repeat"),
        (503, ApiFailure, "Repeat"),
    ],
)
def test_every_status_says_whose_turn_it_is(status, kind, turn):
    error = refused(status, error_body("BAD_REQUEST: because", status))
    assert type(error) is kind
    assert turn in error.fix
    assert error.request_id == REQUEST_ID


def test_a_refusal_carries_the_words_of_the_api():
    error = refused(400, error_body("BAD_REQUEST: request body.source.postgres.port: '0'"))
    assert isinstance(error, RefusedByApi)
    assert (error.status, error.text) == (
        400,
        "BAD_REQUEST: request body.source.postgres.port: '0'",
    )
    assert "create_pipe" in error.message


def test_a_pipe_that_does_not_exist_is_unknown():
    error = refused(404, error_body("NOT_FOUND: no such pipe"), READ)
    assert isinstance(error, UnknownPipe)
    assert PIPE in error.message


def test_missing_settings_do_not_mean_a_missing_pipe():
    settings = REQUESTS.get_pipe_settings(SERVICE, PIPE)
    text = f'NOT_FOUND: ingestion for pipe "{PIPE}" not found'
    assert isinstance(refused(404, error_body(text), settings), RefusedByApi)


@pytest.mark.parametrize(
    ("state", "turn"),
    [("idle", "CLICKPIPES_WAKE_SERVICE"), ("stopped", "the person starts it"), ("awaking", "Wait")],
)
@pytest.mark.parametrize("form", ["envelope", "text"])
def test_a_service_that_does_not_run_is_told_by_its_state(state, turn, form):
    text = f"FAILED_DEPENDENCY: allowed only when running. Current state: {state}"
    error = refused(424, error_body(text, 424) if form == "envelope" else text.encode())
    assert isinstance(error, ServiceNotRunning)
    assert f"service is {state}" in error.message
    assert turn in error.fix


def test_a_used_up_limit_says_for_how_long():
    asked = refused(429, error_body("Too many"), wait_s=2.5)
    unsaid = refused(429, error_body("Too many"))
    assert isinstance(asked, RateLimited)
    assert isinstance(unsaid, RateLimited)
    assert (asked.wait_s, unsaid.wait_s) == (2.5, 10)


def test_a_server_error_says_whether_something_may_have_happened():
    error = refused(500, error_body("Internal error"), may_have_happened=True)
    assert isinstance(error, ApiFailure)
    assert error.may_have_happened
    assert "before repeating" in error.fix


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"\xff\x00" * 1000])
def test_a_server_error_needs_no_words(body):
    error = refused(502, body)
    assert isinstance(error, ApiFailure)
    assert error.message == "The API failed during create_pipe (502)."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 424, 429])
def test_a_refusal_by_a_web_page_is_not_taken_for_the_api(status):
    assert isinstance(refused(status, b"<html>blocked</html>"), UnreadableAnswer)


@pytest.mark.parametrize("error", [None, 5, ["a"], {"message": "a"}])
def test_words_in_an_odd_form_are_still_a_refusal(error):
    assert isinstance(refused(400, error_body(error)), RefusedByApi)


def test_the_words_of_the_api_are_made_harmless():
    text = "bad\x1b[2J secret-of-this-request \u202e password=canary\n" + "x " * 5000
    error = refused(400, error_body(text), secrets=("secret-of-this-request",))
    assert isinstance(error, RefusedByApi)
    assert error.text.startswith("bad [secret] password=[secret] x x")
    assert len(error.text) <= 500


def test_a_hostile_request_id_is_made_harmless():
    envelope = {"requestId": "a\n\x1b[31m" + "b" * 500, "error": "x", "status": 400}
    request_id = refused(400, envelope).request_id
    assert request_id
    assert len(request_id) <= 64
    assert "\n" not in request_id


def test_what_arrived_is_not_shown():
    assert "canary" not in repr(RawAnswer(200, {"set-cookie": "canary"}, b"canary"))


def test_an_empty_list_request_is_read_like_any_other():
    assert read_reply(raw(200, {"result": []}), list_organizations(), Redactor()).result == []


@pytest.mark.parametrize(
    ("request_", "status", "ambiguous"),
    [(WRITE, 200, True), (WRITE, 302, True), (READ, 200, False)],
)
def test_a_web_page_leaves_a_doubt_only_where_the_api_may_have_acted(request_, status, ambiguous):
    with pytest.raises(UnreadableAnswer) as caught:
        read_reply(raw(status, "<html>log in</html>"), request_, Redactor())
    assert caught.value.may_have_happened is ambiguous
