import pytest

from clickpipes_mcp.cloud.requests import ApiRequest, RequestPreview, Requests, list_organizations
from clickpipes_mcp.errors import InvalidArguments
from clickpipes_mcp.secret_refs import Secret

ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SERVICE = "22222222-2222-4222-8222-222222222222"
PIPE = "33333333-3333-4333-8333-333333333333"
ENDPOINT = "55555555-5555-4555-8555-555555555555"
TO_ORGANIZATION = f"/v1/organizations/{ORGANIZATION}"
TO_SERVICE = f"{TO_ORGANIZATION}/services/{SERVICE}"
TO_PIPE = f"{TO_SERVICE}/clickpipes/{PIPE}"
TO_ENDPOINTS = f"{TO_SERVICE}/clickpipesReversePrivateEndpoints"
TO_ENDPOINT = f"{TO_ENDPOINTS}/{ENDPOINT}"
BODY = {"a": 1}

LIVE = Requests(ORGANIZATION)
REFERENCE = Requests(ORGANIZATION, "reference-page")


@pytest.mark.parametrize(
    ("request_", "method", "path", "body"),
    [
        (list_organizations(), "GET", "/v1/organizations", None),
        (LIVE.list_services(), "GET", f"{TO_ORGANIZATION}/services", None),
        (LIVE.get_service(SERVICE), "GET", TO_SERVICE, None),
        (LIVE.wake_service(SERVICE), "PATCH", f"{TO_SERVICE}/state", {"command": "awake"}),
        (LIVE.get_prometheus(SERVICE), "GET", f"{TO_SERVICE}/prometheus", None),
        (LIVE.list_pipes(SERVICE), "GET", f"{TO_SERVICE}/clickpipes", None),
        (LIVE.get_pipe(SERVICE, PIPE), "GET", TO_PIPE, None),
        (LIVE.create_pipe(SERVICE, BODY), "POST", f"{TO_SERVICE}/clickpipes", BODY),
        (LIVE.update_pipe(SERVICE, PIPE, BODY), "PATCH", TO_PIPE, BODY),
        (LIVE.delete_pipe(SERVICE, PIPE), "DELETE", TO_PIPE, None),
        (LIVE.get_pipe_settings(SERVICE, PIPE), "GET", f"{TO_PIPE}/settings", None),
        (LIVE.put_pipe_settings(SERVICE, PIPE, BODY), "PUT", f"{TO_PIPE}/settings", BODY),
        (LIVE.scale_pipe(SERVICE, PIPE, BODY), "PATCH", f"{TO_PIPE}/scaling", BODY),
        (
            LIVE.set_pipe_state(SERVICE, PIPE, "stop"),
            "PATCH",
            f"{TO_PIPE}/state",
            {"command": "stop"},
        ),
        (
            REFERENCE.set_pipe_state(SERVICE, PIPE, "start"),
            "PATCH",
            f"{TO_PIPE}/state",
            {"action": "start"},
        ),
        (LIVE.get_cdc_scaling(SERVICE), "GET", f"{TO_SERVICE}/clickpipesCdcScaling", None),
        (
            LIVE.update_cdc_scaling(SERVICE, BODY),
            "PATCH",
            f"{TO_SERVICE}/clickpipesCdcScaling",
            BODY,
        ),
        (
            REFERENCE.get_cdc_scaling(SERVICE),
            "GET",
            f"{TO_ORGANIZATION}/clickpipes/cdcScaling",
            None,
        ),
        (
            REFERENCE.update_cdc_scaling(SERVICE, BODY),
            "PATCH",
            f"{TO_ORGANIZATION}/clickpipes/cdcScaling",
            BODY,
        ),
        (
            LIVE.discover_schema(SERVICE, BODY),
            "POST",
            f"{TO_SERVICE}/clickpipes/schemaDiscovery",
            BODY,
        ),
        (LIVE.get_context(SERVICE), "GET", f"{TO_SERVICE}/clickpipes/context", None),
        (LIVE.list_private_endpoints(SERVICE), "GET", TO_ENDPOINTS, None),
        (LIVE.get_private_endpoint(SERVICE, ENDPOINT), "GET", TO_ENDPOINT, None),
        (LIVE.create_private_endpoint(SERVICE, BODY), "POST", TO_ENDPOINTS, BODY),
        (LIVE.update_private_endpoint(SERVICE, ENDPOINT, BODY), "PATCH", TO_ENDPOINT, BODY),
        (LIVE.delete_private_endpoint(SERVICE, ENDPOINT), "DELETE", TO_ENDPOINT, None),
    ],
    ids=lambda value: value.operation if isinstance(value, ApiRequest) else "",
)
def test_every_operation_is_asked_for_as_documented(request_, method, path, body):
    assert (request_.method, request_.path, request_.body) == (method, path, body)


HOSTILE = [
    "",
    "..",
    f"../{PIPE}",
    f"{PIPE}/../..",
    f"{PIPE}%2f..",
    f"{PIPE}\r\nX-Injected: 1",
    f"{PIPE}\n",
    f" {PIPE}",
    f"{PIPE}?x=1",
    "orders",
    PIPE.replace("3", "\u0663"),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_but_a_uuid_becomes_part_of_a_path(hostile):
    for build in (
        lambda: Requests(hostile).list_services(),
        lambda: LIVE.list_pipes(hostile),
        lambda: LIVE.get_pipe(SERVICE, hostile),
        lambda: LIVE.delete_pipe(hostile, PIPE),
        lambda: LIVE.delete_private_endpoint(SERVICE, hostile),
    ):
        with pytest.raises(InvalidArguments) as caught:
            build()
        assert hostile not in str(caught.value) or not hostile


def test_a_preview_shows_what_would_be_sent_and_no_secret():
    request = LIVE.create_pipe(SERVICE, {"name": "orders", "password": Secret("canary")})
    assert request.preview() == RequestPreview(
        "POST", f"{TO_SERVICE}/clickpipes", {"name": "orders", "password": "[secret]"}
    )
    assert "canary" not in repr(request)


def test_discovering_a_schema_changes_nothing_although_it_is_posted():
    assert LIVE.discover_schema(SERVICE, BODY).is_read
    assert not LIVE.create_pipe(SERVICE, BODY).is_read
