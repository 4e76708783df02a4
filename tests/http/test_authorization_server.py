"""Signing in at a real authorization server, as a client of the SDK does it by itself."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from clickpipes_mcp.scopes import ALL_SCOPES
from tests.faults.processes import PATIENCE_S, ended
from tests.http.issuer import AUDIENCE
from tests.http.served import Running, application
from tests.serving import S3, Person, Served, answering, elicitation, facts

pytestmark = [pytest.mark.anyio, pytest.mark.inspector]
CALLBACK = "http://127.0.0.1:1/callback"
_ACTION = re.compile(r'action="([^"]+)"')


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    program = Path(__file__).with_name("authorization_server.mjs")
    environment = {"PATH": f"{node}:{os.environ['PATH']}"}
    with (
        subprocess.Popen(
            ["node", str(program), str(node.parent), AUDIENCE],  # noqa: S607 # the one .ci/run brings
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        ) as served,
        ended(served),
    ):
        assert served.stdout is not None
        yield served.stdout.readline().strip()


class SignedIn:
    """A person at a browser who grants some of what a client asks for, and the client's memory."""

    def __init__(self, *granted: str) -> None:
        self.granted = granted
        self.asked: list[str] = []
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None
        self._answer: dict[str, list[str]] = {}

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info

    async def sign_in(self, address: str) -> None:
        self.asked.append(parse_qs(urlsplit(address).query)["scope"][0])
        if self.granted:
            address = re.sub(r"(?<=[?&]scope=)[^&]*", "%20".join(self.granted), address)
        async with httpx2.AsyncClient(trust_env=False, timeout=PATIENCE_S) as browser:
            answer = await browser.get(address)
            while not answer.headers.get("location", "").startswith(CALLBACK):
                if answer.is_redirect:
                    place = urljoin(str(answer.url), answer.headers["location"])
                    answer = await browser.get(place)
                    continue
                form = _ACTION.search(answer.text)
                assert form, answer.text
                prompt = "login" if 'value="login"' in answer.text else "consent"
                entered = {"prompt": prompt, "login": "alice", "password": "any"}
                answer = await browser.post(form[1], data=entered)
        self._answer = parse_qs(urlsplit(answer.headers["location"]).query)

    async def come_back(self) -> AuthorizationCodeResult:
        first = {name: values[0] for name, values in self._answer.items()}
        return AuthorizationCodeResult(
            code=first["code"], state=first.get("state"), iss=first.get("iss")
        )


class _ByItsName(httpx2.AsyncHTTPTransport):
    """Reaches the server under the address that it is published under."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._published, self._root = AUDIENCE.removesuffix("/mcp"), root

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        address = str(request.url)
        if address.startswith(self._published):
            request.url = httpx2.URL(address.replace(self._published, self._root, 1))
        return await super().handle_async_request(request)


async def client_of(
    stack: AsyncExitStack, running: Running, person: SignedIn, agrees: Person
) -> Client:
    metadata = OAuthClientMetadata(
        client_name="an assistant", redirect_uris=[CALLBACK], token_endpoint_auth_method="none"
    )
    auth = OAuthClientProvider(AUDIENCE, metadata, person, person.sign_in, person.come_back)
    transport = _ByItsName(running.root)
    http = await stack.enter_async_context(
        httpx2.AsyncClient(auth=auth, transport=transport, timeout=PATIENCE_S, trust_env=False)
    )
    client = Client(
        streamable_http_client(AUDIENCE, http_client=http),
        elicitation_callback=elicitation(agrees),
    )
    return await stack.enter_async_context(client)


async def test_a_client_signs_in_and_asks_for_more_where_a_call_takes_more(issuer):
    person = SignedIn(ALL_SCOPES[0])
    agrees = answering("accept", name=S3["name"])
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(
            application(http_url=AUDIENCE, http_issuer=issuer)
        )
        client = await client_of(stack, running, person, agrees)
        served = Served(client, running.plane, running.clock)
        assert person.asked == [" ".join((*ALL_SCOPES, "offline_access"))]
        assert person.tokens.scope == ALL_SCOPES[0]
        assert not (await served.call("list_clickpipes")).is_error
        person.granted = ALL_SCOPES[:2]
        facts(await served.call("create_s3_clickpipe", **S3))
        assert person.tokens.scope == " ".join(ALL_SCOPES[:2])
        person.granted = ()
        facts(await served.call("delete_clickpipe", clickpipe=S3["name"]))
        assert set(person.tokens.scope.split()) == set(ALL_SCOPES)
    assert len(person.asked) == 3
    assert [write.method for write in running.plane.writes] == ["POST", "DELETE"]
