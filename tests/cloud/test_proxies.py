"""Which proxy stands on the way to an address, and which variable says so."""

import os
import urllib.request

import pytest
from pydantic import SecretStr

from clickpipes_mcp.cloud.proxies import proxy_for
from clickpipes_mcp.cloud.wire import Endpoint, Wire
from clickpipes_mcp.errors import InvalidSettings

API = "https://api.example.invalid"
PROXY = "http://proxy.example.invalid:3128"
NONSENSE = "gopher://user:CanaryWord@proxy.example.invalid"


@pytest.fixture(autouse=True)
def bare(monkeypatch) -> None:
    """Nothing of what the machine that runs the tests says of proxies and certificates."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSL_CERT_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(urllib.request, "getproxies", urllib.request.getproxies_environment)


def wire(address: str = API) -> Wire:
    return Wire(Endpoint(address, "k", SecretStr("s")))


def test_without_a_variable_the_way_is_direct() -> None:
    assert proxy_for(API) is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
        ({"https_proxy": PROXY}, "https_proxy"),
        ({"ALL_PROXY": PROXY}, "ALL_PROXY"),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": NONSENSE}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": PROXY, "HTTP_PROXY": NONSENSE}, "HTTPS_PROXY"),
        ({"https_proxy": PROXY, "HTTPS_PROXY": NONSENSE}, "https_proxy"),
        ({"HTTPS_PROXY": "proxy.example.invalid:3128"}, "HTTPS_PROXY"),
    ],
    ids=str,
)
def test_the_variable_of_the_scheme_decides(monkeypatch, variables, named) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    route = proxy_for(API)

    assert route is not None
    assert (route.variable, route.address) == (named, PROXY)
    assert wire()


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"HTTPS_PROXY": NONSENSE}, "HTTPS_PROXY"),
        ({"ALL_PROXY": NONSENSE}, "ALL_PROXY"),
        ({"all_proxy": "http://"}, "all_proxy"),
        ({"HTTPS_PROXY": "http://[::1"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://proxy.example.invalid:port"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost,[::1"}, "NO_PROXY"),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost:port"}, "NO_PROXY"),
        ({"HTTPS_PROXY": "socks5://user:CanaryWord@127.0.0.1:1080"}, "HTTPS_PROXY"),
        ({"ALL_PROXY": "socks5h://127.0.0.1:1080"}, "ALL_PROXY"),
        ({"ALL_PROXY": "socks4://127.0.0.1:1080"}, "ALL_PROXY"),
        ({"SSL_CERT_FILE": "/nowhere/authorities.pem"}, "SSL_CERT_FILE"),
    ],
    ids=str,
)
def test_an_error_names_the_variable_at_fault(monkeypatch, variables, named) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(InvalidSettings) as caught:
        wire()

    told = f"{caught.value.message} {caught.value.fix}"
    assert [name for name in (*variables, "CLICKPIPES_CA_FILE") if name in told] == [named]
    assert "CanaryWord" not in told
    assert ("socksio" in told) is variables[named].startswith("socks5")


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTP_PROXY": NONSENSE},
        {"NO_PROXY": "[::1"},
        {"HTTPS_PROXY": NONSENSE, "NO_PROXY": "example.invalid"},
        {"HTTPS_PROXY": NONSENSE, "NO_PROXY": "*"},
    ],
    ids=str,
)
def test_a_variable_that_decides_nothing_is_not_judged(monkeypatch, variables) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(API) is None
    assert wire()


def test_this_machine_is_called_whatever_the_variables_hold(monkeypatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, NONSENSE)

    assert wire("http://127.0.0.1:8123")


@pytest.mark.parametrize(
    ("exceptions", "address", "is_direct"),
    [
        ("example.invalid", API, True),
        (".example.invalid", API, True),
        ("*.example.invalid", API, True),
        (".api.example.invalid", API, False),
        ("ample.invalid", API, False),
        (" other.invalid , API.EXAMPLE.INVALID", API, True),
        ("api.example.invalid:443", f"{API}:443", True),
        ("api.example.invalid:8443", f"{API}:443", False),
        ("https://api.example.invalid", API, True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", API, False),
        ("fd00::1", "https://[fd00::1]", True),
    ],
)
def test_exceptions_are_read_as_other_programs_do(
    monkeypatch, exceptions, address, is_direct
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exceptions)

    assert (proxy_for(address) is None) is is_direct


def test_a_login_in_the_address_of_a_proxy_is_not_shown(monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:CanaryWord@proxy.example.invalid:3128")

    assert "CanaryWord" not in repr(proxy_for(API))
