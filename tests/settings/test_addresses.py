"""Addresses an operator may give."""

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import load_settings


@pytest.mark.parametrize(
    ("given", "bound"),
    [
        ("8000", ("127.0.0.1", 8000)),
        ("0", ("127.0.0.1", 0)),
        ("localhost:8000", ("localhost", 8000)),
        ("127.0.0.1:08000", ("127.0.0.1", 8000)),
        ("[::1]:8000", ("::1", 8000)),
    ],
)
def test_a_port_alone_means_this_machine(given, bound):
    assert load_settings({"CLICKPIPES_HTTP": given}).http_address == bound


@pytest.mark.parametrize(
    "given", [":8000", "::1:8000", "host", "8000x", "70000", "-1", "a b:80", "127.0.0.1:", "²"]
)
def test_what_is_no_port_and_no_host_with_one_is_refused(given):
    with pytest.raises(InvalidSettings, match="CLICKPIPES_HTTP must"):
        load_settings({"CLICKPIPES_HTTP": given})


def test_the_endpoint_has_a_path():
    named = {"http": "8000", "http_url": "https://MCP.example.com/"}
    guarded = {"http_issuer": "https://login.example.com"}
    assert load_settings({}, **named, **guarded).http_url == "https://mcp.example.com/mcp"
    deeper = {**named, "http_url": "https://example.com/pipes/mcp/"}
    assert load_settings({}, **deeper, **guarded).http_url == "https://example.com/pipes/mcp"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://mcp.example.com:443/mcp", "https://mcp.example.com/mcp"),
        ("https://mcp.example.com:/mcp", "https://mcp.example.com/mcp"),
        ("https://mcp.example.com:8443/mcp", "https://mcp.example.com:8443/mcp"),
        ("http://[::1]:80/mcp", "http://[::1]/mcp"),
    ],
)
def test_the_usual_port_is_left_out_as_clients_do(given, kept):
    guarded = {"http": "8000", "http_issuer": "https://login.example.com"}
    assert load_settings({}, **guarded, http_url=given).http_url == kept


@pytest.mark.parametrize("host", ["*", "*.example.com", "münchen.example"])
def test_an_endpoint_is_one_host_as_requests_name_it(host):
    with pytest.raises(InvalidSettings, match="must name one host"):
        load_settings({}, http="8000", http_url=f"https://{host}/mcp")


def test_a_scope_is_one_word():
    with pytest.raises(InvalidSettings, match="one word"):
        load_settings({}, http_scope="pipes read")


def test_an_issuer_is_kept_to_the_letter():
    named = {"http": "8000", "http_url": "https://mcp.example.com/mcp"}
    issuer = "https://login.example.com/"
    assert load_settings({}, **named, http_issuer=issuer).http_issuer == issuer


@pytest.mark.parametrize(
    "origins", ["https://a.example/path", "a.example", "null", "*", "http://a.example"]
)
def test_an_origin_is_a_scheme_and_a_host(origins):
    with pytest.raises(InvalidSettings, match="CLICKPIPES_HTTP_ORIGINS must"):
        load_settings({"CLICKPIPES_HTTP_ORIGINS": origins})


def test_origins_are_a_list():
    found = load_settings({}, http_origins="https://a.example, http://localhost:3000")
    assert found.http_origins == ("https://a.example", "http://localhost:3000")
