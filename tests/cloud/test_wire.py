import gzip
import inspect
import ssl

import httpx2
import pytest
from pydantic import SecretStr

from clickpipes_mcp import __version__
from clickpipes_mcp.cloud import wire as wire_module
from clickpipes_mcp.cloud.wire import (
    LIBRARY_ERRORS,
    Endpoint,
    InProcess,
    Outgoing,
    Wire,
    opened,
    translated,
)
from clickpipes_mcp.errors import (
    ClickPipesError,
    InvalidSettings,
    Unreachable,
    UnreadableAnswer,
)

pytestmark = pytest.mark.anyio
URL = "https://api.example.com"
READ = Outgoing("GET", "/v1/organizations", None, "application/json", is_read=True)
WRITE = Outgoing("POST", "/v1/x", b'{"p":"canary"}', "application/json", is_read=False)

HTTPX_ERRORS = [
    kind
    for _, kind in inspect.getmembers(httpx2, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__.startswith("httpx2")
]


def made(kind: type[Exception]) -> Exception:
    request = httpx2.Request("POST", URL, headers={"authorization": "canary"})
    if kind is httpx2.HTTPStatusError:
        return httpx2.HTTPStatusError("canary", request=request, response=httpx2.Response(500))
    if issubclass(kind, httpx2.RequestError):
        return kind("canary", request=request)
    try:
        return kind("canary")
    except TypeError:
        return kind()


def test_the_library_has_errors_to_be_mapped():
    assert len(HTTPX_ERRORS) > 20


@pytest.mark.parametrize("kind", HTTPX_ERRORS)
def test_every_error_of_the_library_is_caught(kind):
    assert issubclass(kind, LIBRARY_ERRORS)


@pytest.mark.parametrize("kind", HTTPX_ERRORS)
@pytest.mark.parametrize("is_read", [True, False])
def test_every_error_of_the_library_has_a_meaning(kind, is_read):
    error = translated(made(kind), URL, is_read=is_read)
    assert isinstance(error, ClickPipesError)
    assert error.fix
    assert "canary" not in f"{error} {error!r} {error.fix}"
    if isinstance(error, Unreachable) and is_read:
        assert not error.may_have_happened


@pytest.mark.parametrize(
    ("kind", "ambiguous"),
    [
        (httpx2.ConnectError, False),
        (httpx2.ConnectTimeout, False),
        (httpx2.PoolTimeout, False),
        (httpx2.ReadTimeout, True),
        (httpx2.WriteTimeout, True),
        (httpx2.ReadError, True),
        (httpx2.WriteError, True),
        (httpx2.RemoteProtocolError, True),
    ],
)
def test_a_write_may_have_happened_once_it_was_on_its_way(kind, ambiguous):
    error = translated(made(kind), URL, is_read=False)
    assert isinstance(error, Unreachable)
    assert error.may_have_happened == ambiguous


def test_a_distrusted_certificate_is_for_the_operator():
    error = httpx2.ConnectError("canary")
    error.__cause__ = ssl.SSLCertVerificationError(1, "canary")
    meaning = translated(error, URL, is_read=True)
    assert isinstance(meaning, InvalidSettings)
    assert "CLICKPIPES_CA_FILE" in meaning.fix


@pytest.fixture
def endpoint(recorded_api):
    return Endpoint(recorded_api.url, "example-key", SecretStr("example-secret"))


async def test_what_is_sent_is_what_the_api_documents(recorded_api, endpoint):
    wire = Wire(endpoint)
    await wire.exchange(READ, 5)
    await wire.exchange(WRITE, 5)
    await wire.aclose()
    read, write = recorded_api.requests
    assert (read.method, read.path, read.body) == ("GET", "/v1/organizations", b"")
    assert (write.method, write.path, write.body) == ("POST", "/v1/x", b'{"p":"canary"}')
    assert "content-type" not in read.headers
    assert write.headers["content-type"] == "application/json"
    for request in (read, write):
        assert request.headers["authorization"] == "Basic ZXhhbXBsZS1rZXk6ZXhhbXBsZS1zZWNyZXQ="
        assert request.headers["user-agent"] == f"clickpipes-mcp/{__version__}"
        assert request.headers["accept"] == "application/json"


async def test_nothing_of_it_shows_a_secret(endpoint):
    wire = Wire(endpoint)
    assert "secret" not in repr(wire)
    assert "example-secret" not in repr(endpoint)
    assert "canary" not in repr(WRITE)
    await wire.aclose()


async def test_a_redirect_is_not_followed(recorded_api, endpoint):
    target = recorded_api.result({})
    redirect = type(target)(307, b"", {"location": f"{recorded_api.url}/elsewhere"})
    recorded_api.will(redirect)
    wire = Wire(endpoint)
    assert (await wire.exchange(WRITE, 5)).status == 307
    await wire.aclose()
    assert [request.path for request in recorded_api.requests] == ["/v1/x"]


async def test_an_endless_answer_is_not_read_to_its_end(recorded_api, endpoint, monkeypatch):
    monkeypatch.setattr(wire_module, "MAX_ANSWER_BYTES", 1024 * 1024)
    small = recorded_api.result({})
    recorded_api.will(type(small)(200, b"x" * (1024 * 1024 + 1)))
    wire = Wire(endpoint)
    with pytest.raises(UnreadableAnswer, match="longer than 1024 KiB"):
        await wire.exchange(READ, 5)
    await wire.aclose()


async def test_an_answer_in_a_damaged_encoding_is_unreadable(recorded_api, endpoint):
    small = recorded_api.result({})
    recorded_api.will(type(small)(200, b"no gzip", {"content-encoding": "gzip"}))
    wire = Wire(endpoint)
    with pytest.raises(UnreadableAnswer, match="damaged"):
        await wire.exchange(READ, 5)
    await wire.aclose()


@pytest.mark.parametrize("layers", [1, 2])
async def test_an_answer_is_unpacked_once(recorded_api, endpoint, layers):
    small = recorded_api.result({})
    packed = gzip.compress(small.body)
    encodings = ", ".join(["gzip"] * layers)
    recorded_api.will(type(small)(200, packed, {"content-encoding": encodings}))
    wire = Wire(endpoint)
    if layers == 1:
        assert (await wire.exchange(READ, 5)).body == small.body
    else:
        with pytest.raises(UnreadableAnswer, match="not asked for"):
            await wire.exchange(READ, 5)
    await wire.aclose()


async def test_gzip_is_asked_for_where_the_way_is_long(recorded_api, endpoint):
    wire, far = Wire(endpoint), opened("https://api.example.com", None)
    await wire.exchange(READ, 5)
    await wire.aclose()
    assert recorded_api.requests[0].headers["accept-encoding"] == "identity"
    assert far.headers["accept-encoding"] == "gzip"
    await far.aclose()


async def test_cookies_are_not_kept(recorded_api, endpoint):
    small = recorded_api.result({})
    recorded_api.will(type(small)(200, small.body, {"set-cookie": "session=1; path=/"}))
    wire = Wire(endpoint)
    await wire.exchange(READ, 5)
    await wire.exchange(READ, 5)
    await wire.aclose()
    assert ["cookie" in request.headers for request in recorded_api.requests] == [False, False]


async def test_a_closed_port_cannot_be_reached():
    wire = Wire(Endpoint("http://127.0.0.1:1", "k", SecretStr("s")))
    with pytest.raises(Unreachable, match="could not be reached") as caught:
        await wire.exchange(WRITE, 5)
    assert not caught.value.may_have_happened
    await wire.aclose()


def test_a_file_that_holds_no_certificates_is_for_the_operator(tmp_path):
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    with pytest.raises(InvalidSettings) as caught:
        Wire(Endpoint(URL, "k", SecretStr("s"), ca_file=file))
    assert "CLICKPIPES_CA_FILE" in caught.value.fix


def test_a_proxy_address_that_is_none_is_for_the_operator(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy.example.com")
    with pytest.raises(InvalidSettings) as caught:
        Wire(Endpoint(URL, "k", SecretStr("s")))
    assert "HTTPS_PROXY" in caught.value.fix


async def test_credentials_for_this_machine_do_not_pass_a_proxy(
    recorded_api, endpoint, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    wire = Wire(endpoint)
    await wire.exchange(READ, 5)
    await wire.aclose()
    assert len(recorded_api.requests) == 1


async def test_a_proxy_that_is_not_there_is_named_by_its_variable(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    wire = Wire(Endpoint("https://api.example.invalid", "k", SecretStr("s")))
    with pytest.raises(Unreachable, match="through the proxy that HTTPS_PROXY names"):
        await wire.exchange(READ, 5)
    await wire.aclose()


async def raising(error: Exception) -> object:
    async def app(*_: object) -> None:
        raise error

    wire = Wire(Endpoint("http://localhost", "k", SecretStr("s")), InProcess(app))
    try:
        return await wire.exchange(WRITE, 5)
    finally:
        await wire.aclose()


async def test_an_application_in_this_process_can_break_as_the_network_does():
    with pytest.raises(Unreachable, match="broke off") as caught:
        await raising(httpx2.ReadError("reset"))
    assert caught.value.may_have_happened


async def test_whatever_else_an_application_raises_is_its_own_failure():
    assert (await raising(ValueError("a mistake"))).status == 500
