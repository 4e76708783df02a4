"""With what, and where, Google is asked: with the key that was given, at Google's addresses."""

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from clickpipes_mcp.checks import Checked, Outcome, Place, Seen, SourceCheck, run_check
from clickpipes_mcp.checks.checklist import LookEnded
from clickpipes_mcp.checks.google import commands
from clickpipes_mcp.checks.google.endpoints import Endpoints
from clickpipes_mcp.checks.google.keys import read_key
from clickpipes_mcp.checks.google.requests import Google
from clickpipes_mcp.clock import SystemClock
from tests.checks.google.google_server import EMAIL, GoogleServer, key_file, running_google

pytestmark = pytest.mark.anyio
METADATA = ("GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP")


@pytest.fixture
def google() -> Iterator[GoogleServer]:
    with running_google() as running:
        running.resources["/v1/here"] = {"name": "here"}
        yield running


async def ask(endpoints: Endpoints, key: str, url: str, *, allow_private: bool = True) -> Seen:
    """What is told of a look that asks for one thing."""

    def look(place: Place) -> Seen:
        account = read_key(key)
        if isinstance(account, Checked):
            return Seen((account,))
        try:
            with Google(place, endpoints, account, ("a-scope",)) as asked:
                answer = asked.get(url)
        except LookEnded as end:
            return Seen((end.why,))
        outcome = Outcome.OK if answer.is_ok else Outcome.NOT_OK
        return Seen((Checked("answer", outcome, answer.told),))

    check = SourceCheck("a_kind", "checks-kind", "json", (), look, "https://example.com")
    return await run_check(
        check, {}, [], allow_private=allow_private, secrets=(), clock=SystemClock()
    )


def told(seen: Seen) -> tuple[str, Outcome]:
    (one,) = seen.checked
    return one.prerequisite, one.outcome


@pytest.mark.parametrize(
    "changes",
    [
        {"token_uri": "https://collector.example.com/token"},
        {"token_uri": "https://oauth2.googleapis.com.example.com/token"},
        {"token_uri": "http://oauth2.googleapis.com/token"},
        {"token_uri": "http://169.254.169.254/token"},
        {"universe_domain": "example.com"},
        {"type": "external_account", "credential_source": {"url": "http://127.0.0.1/"}},
        {"type": "authorized_user"},
    ],
    ids=lambda changes: next(iter(changes.values())),
)
async def test_a_key_that_leads_elsewhere_is_not_used(google, changes) -> None:
    seen = await ask(google.endpoints, key_file(**changes), f"{google.endpoints.pubsub}/v1/here")

    assert told(seen) == ("login", Outcome.NOT_OK)
    assert google.asked == []


@pytest.mark.parametrize("key", ["", "not a key", "{}", "[1]", "e30=", "{" * 100_000])
async def test_what_is_no_key_is_told(google, key) -> None:
    seen = await ask(google.endpoints, key, f"{google.endpoints.pubsub}/v1/here")

    assert told(seen)[0] == "login"
    assert google.asked == []


@pytest.mark.parametrize("private_key", ["", "no PEM", "-----BEGIN PRIVATE" + " KEY-----\nAAAA"])
async def test_half_a_key_is_told_without_its_text(google, private_key) -> None:
    seen = await ask(google.endpoints, key_file(private_key=private_key), "http://127.0.0.1/")

    assert told(seen) == ("login", Outcome.NOT_OK)
    assert not private_key or private_key not in repr(seen)


@pytest.mark.parametrize("has_key", [True, False])
async def test_nobody_else_s_login_is_looked_for(google, monkeypatch, tmp_path, has_key) -> None:
    """Neither in the environment, nor at home, nor at metadata services."""
    lying = tmp_path / "key.json"
    lying.write_text(key_file(client_email="another@example.com"))
    home = tmp_path / "gcloud" / "application_default_credentials.json"
    home.parent.mkdir()
    home.write_text(lying.read_text())
    with socket.create_server(("127.0.0.1", 0)) as metadata:
        metadata.settimeout(0.05)
        for name in METADATA:
            monkeypatch.setenv(name, f"127.0.0.1:{metadata.getsockname()[1]}")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(lying))
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(home.parent))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{metadata.getsockname()[1]}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{metadata.getsockname()[1]}")

        key = key_file() if has_key else ""
        seen = await ask(google.endpoints, key, f"{google.endpoints.pubsub}/v1/here")

        with pytest.raises(TimeoutError):
            metadata.accept()
    wanted = ("answer", Outcome.OK) if has_key else ("login", Outcome.UNSEEN)
    assert told(seen) == wanted
    assert google.asked == (["POST /token", "GET /v1/here"] if has_key else [])


async def test_an_address_that_is_not_allowed_is_not_asked(google) -> None:
    seen = await ask(
        google.endpoints, key_file(), f"{google.endpoints.pubsub}/v1/here", allow_private=False
    )

    assert told(seen) == ("reachable", Outcome.UNSEEN)
    assert google.asked == []


async def test_an_account_that_is_gone_is_told_in_google_s_words(google) -> None:
    google.is_account_enabled = False

    seen = await ask(google.endpoints, key_file(), f"{google.endpoints.pubsub}/v1/here")

    assert "account not found" in seen.checked[0].evidence


async def test_a_token_endpoint_that_is_busy_is_no_fault_of_the_key(google) -> None:
    google.token_status = 503

    seen = await ask(google.endpoints, key_file(), f"{google.endpoints.pubsub}/v1/here")

    assert told(seen) == ("login", Outcome.UNSEEN)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"nothing like HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["nothing", "half", "noise", "a list", "a redirect"],
)
async def test_half_an_answer_is_told(sent) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            channel, _ = listener.accept()
            with channel:
                channel.recv(65536)
                channel.sendall(sent)

        thread = threading.Thread(target=answer)
        thread.start()
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        seen = await ask(Endpoints(f"{here}/token"), key_file(), here)
        thread.join()

    assert seen.checked[0].outcome is not Outcome.OK


async def test_a_closed_port_is_told_as_such() -> None:
    seen = await ask(Endpoints("http://127.0.0.1:1/token"), key_file(), "http://127.0.0.1:1")

    assert told(seen) == ("reachable", Outcome.UNSEEN)


def test_a_name_that_a_shell_reads_in_another_way_is_no_part_of_a_command() -> None:
    account: Any = read_key(key_file(client_email="a; rm -rf /"))

    told = commands.grant_on_project("$(id)", account, "roles/pubsub.editor")

    assert told.count("<its name>") == 2
    assert EMAIL in commands.member(read_key(key_file()))  # type: ignore[arg-type]
    assert "private_key" not in repr(account)
    assert json.loads(key_file())["private_key"] not in repr(account)
