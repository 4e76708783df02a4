"""Real TLS: who is trusted, what passes a proxy, where credentials do not go."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clickpipes_mcp.cloud import CloudClient, open_client
from clickpipes_mcp.errors import InvalidSettings, Unreachable, UnreadableAnswer
from clickpipes_mcp.settings import load_settings
from tests.loopback import serving_in_a_thread

pytestmark = pytest.mark.anyio
ORGANIZATION = "11111111-1111-4111-8111-111111111111"
SERVICE = "22222222-2222-4222-8222-222222222222"
Key = ec.EllipticCurvePrivateKey


def certified(
    name: str, key: Key, issuer: str, issuer_key: Key, *names: x509.GeneralName
) -> x509.Certificate:
    now = datetime.now(UTC)
    is_authority = name == issuer
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


@dataclass(frozen=True)
class Authority:
    """A private authority: the file to trust, and the file a server of 127.0.0.1 shows."""

    ca_file: Path
    server_file: Path


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = certified("Example CA", ca_key, "Example CA", ca_key)
    loopback = x509.IPAddress(ip_address("127.0.0.1"))
    leaf = certified("api", key, "Example CA", ca_key, loopback)
    pem = serialization.Encoding.PEM
    ca_file, server_file = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(pem))
    server_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(pem)
    )
    return Authority(ca_file, server_file)


@dataclass
class Listening:
    """What a server in a thread was asked."""

    lines: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    redirect_to: str = ""
    url: str = ""


def handler_of(heard: Listening) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.lines.append(self.requestline)
            heard.headers.append({name.lower(): value for name, value in self.headers.items()})
            body = b'{"status": 200, "result": []}'
            self.send_response(302 if heard.redirect_to else 200)
            if heard.redirect_to:
                self.send_header("location", heard.redirect_to)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_CONNECT(self) -> None:
            heard.lines.append(self.requestline)
            heard.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_error(503)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler


@pytest.fixture
def listen() -> Iterator[Callable[..., Listening]]:
    """Starts servers on this machine, with TLS where a certificate is given."""
    with ExitStack() as servers:

        def start(certificate: Path | None = None) -> Listening:
            heard = Listening()
            heard.url = servers.enter_context(serving_in_a_thread(handler_of(heard), certificate))
            return heard

        yield start


def client_of(clock, url: str, **more: object) -> CloudClient:
    settings = load_settings(
        {},
        key_id="example-key",
        key_secret="example-secret",
        organization_id=ORGANIZATION,
        api_url=url,
        **more,
    )
    return open_client(settings, clock)


async def test_a_private_authority_is_trusted_where_the_operator_names_it(clock, listen, authority):
    api = listen(authority.server_file)
    async with client_of(clock, api.url, ca_file=authority.ca_file) as client:
        assert await client.pipes(SERVICE) == []
    assert len(api.lines) == 1


async def test_an_unknown_authority_is_refused_and_not_tried_again(clock, listen, authority):
    api = listen(authority.server_file)
    async with client_of(clock, api.url) as client:
        with pytest.raises(InvalidSettings, match="is not trusted") as caught:
            await client.send((await client.requests()).create_pipe(SERVICE, {"name": "orders"}))
    assert "CLICKPIPES_CA_FILE" in caught.value.fix
    assert not caught.value.may_have_happened
    assert api.lines == []
    assert clock.monotonic() == 0


async def test_a_certificate_of_another_host_is_refused(clock, listen, authority):
    api = listen(authority.server_file)
    url = api.url.replace("127.0.0.1", "localhost")
    async with client_of(clock, url, ca_file=authority.ca_file) as client:
        with pytest.raises(InvalidSettings, match="is not trusted"):
            await client.pipes(SERVICE)
    assert api.lines == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_a_proxy_is_used_and_sees_no_credentials(clock, listen, monkeypatch, variable):
    proxy = listen()
    monkeypatch.setenv(variable, proxy.url)
    async with client_of(clock, "https://api.example.invalid") as client:
        with pytest.raises(Unreachable) as caught:
            await client.send((await client.requests()).create_pipe(SERVICE, {"name": "orders"}))
    assert not caught.value.may_have_happened
    assert set(proxy.lines) == {"CONNECT api.example.invalid:443 HTTP/1.1"}
    assert not any("authorization" in headers for headers in proxy.headers)


async def test_a_host_that_is_excepted_does_not_pass_the_proxy(clock, listen, monkeypatch):
    proxy = listen()
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "api.example.invalid")
    async with client_of(clock, "https://api.example.invalid") as client:
        with pytest.raises(Unreachable):
            await client.pipes(SERVICE)
    assert proxy.lines == []


async def test_credentials_do_not_follow_a_redirect(clock, listen, authority):
    api, elsewhere = listen(authority.server_file), listen(authority.server_file)
    api.redirect_to = f"{elsewhere.url}/v1/organizations"
    async with client_of(clock, api.url, ca_file=authority.ca_file) as client:
        with pytest.raises(UnreadableAnswer, match="a redirect"):
            await client.pipes(SERVICE)
    assert len(api.lines) == 1
    assert elsewhere.lines == []
