"""Clients that connect to the address that was judged, under the name the host has."""

import gzip
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
import requests

from clickpipes_mcp.checks import AddressRefused, Checked, Outcome, Place
from clickpipes_mcp.checks.pinned_http import pinned_client
from clickpipes_mcp.checks.pinned_requests import pinned_session
from tests.checks.certificates import signed_for

HOST = "files.example.com"


class Names(BaseHTTPRequestHandler):
    """Answers with the name that it was asked under, or leads away."""

    def do_GET(self) -> None:  # as the library calls it
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(bytes(1_000_000))
            return
        content = (self.headers["Host"] or "").encode()
        if self.path == "/packed":
            content = gzip.compress(bytes(1_000_000))
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "https://elsewhere.example.com/")
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[int, Path]]:
    """A port with TLS under one name, and the authority of its certificate."""
    authority, certificate = signed_for(HOST)
    directory = tmp_path_factory.mktemp("tls")
    trusted, own = directory / "authority.pem", directory / "server.pem"
    trusted.write_text(authority)
    own.write_text(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    with ThreadingHTTPServer(("127.0.0.1", 0), Names) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port, trusted
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_second_lookup(monkeypatch) -> None:
    """A client that asks again for the address of a host is led astray."""
    resolve = socket.getaddrinfo

    def answer(host, *arguments, **options):
        assert host == "127.0.0.1"
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")


def place(remaining_s: float = 5.0) -> Place:
    def pin(host: str) -> str:
        if not host.endswith("files.example.com"):
            raise AddressRefused(Checked("reachable", Outcome.UNSEEN, host))
        return "127.0.0.1"

    return Place({}, pin, lambda: remaining_s)


def by_httpx(url: str, trusted: Path, where: Place) -> tuple[int, str]:
    with pinned_client(where, certificate=trusted.read_text()) as client:
        answer = client.get(url)
    return answer.status_code, answer.text


def by_requests(url: str, trusted: Path, where: Place) -> tuple[int, str]:
    with closing(pinned_session(where)) as session:
        answer = session.get(url, verify=str(trusted), allow_redirects=False)
    return answer.status_code, answer.text


CLIENTS = pytest.mark.parametrize("ask", [by_httpx, by_requests])
Ask = Callable[[str, Path, Place], tuple[int, str]]


@CLIENTS
def test_the_name_is_kept_for_tls_and_for_the_server(served, ask: Ask) -> None:
    port, trusted = served

    assert ask(f"https://{HOST}:{port}/", trusted, place()) == (200, f"{HOST}:{port}")
    assert ask(f"https://{HOST}:{port}/away", trusted, place())[0] == 302
    with pytest.raises((httpx2.ConnectError, requests.exceptions.SSLError)):
        ask(f"https://other.{HOST}:{port}/", trusted, place())


@CLIENTS
def test_a_host_that_is_refused_is_not_connected_to(served, ask: Ask) -> None:
    port, trusted = served

    with pytest.raises(AddressRefused):
        ask(f"https://elsewhere.example.com:{port}/", trusted, place())


@CLIENTS
def test_without_time_nothing_is_asked(served, ask: Ask) -> None:
    port, trusted = served

    with pytest.raises((httpx2.TimeoutException, requests.exceptions.Timeout)):
        ask(f"https://{HOST}:{port}/", trusted, place(0.0))


@CLIENTS
def test_an_answer_without_end_is_not_kept(served, ask: Ask) -> None:
    port, trusted = served
    url = f"https://{HOST}:{port}/endless"
    ticks = itertools.count()
    soon_over = replace(place(), remaining_s=lambda: 3.0 - next(ticks))

    with pytest.raises(
        (httpx2.ReadError, requests.exceptions.ChunkedEncodingError), match="not end"
    ):
        ask(url, trusted, place())
    with pytest.raises(
        (httpx2.ReadTimeout, requests.exceptions.ChunkedEncodingError), match="no time"
    ):
        ask(url, trusted, soon_over)


def test_an_answer_of_the_http_client_is_never_unpacked(served) -> None:
    port, trusted = served

    with pinned_client(place(), certificate=trusted.read_text()) as client:
        answer = client.get(f"https://{HOST}:{port}/packed")

    assert len(answer.content) < 10_000
