"""Over HTTP a passkey is made at the server's own address, and agrees at any replica."""

from typing import Any

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import load_settings
from tests.chromium import leave, picture
from tests.http.passkeys import (
    CALLER,
    ENDPOINT,
    HOST,
    ORIGIN,
    fetched,
    line_in,
    lined,
    options_in,
    sent,
    settings,
)
from tests.http.served import NAME, Running, application
from tests.http.test_pages import called
from tests.pages.authenticator import PRESENT, Authenticator
from tests.pages.test_in_chromium import agree, browse, chromium, told, with_device
from tests.pages.visitor import link_in
from tests.serving import error, facts

pytestmark = pytest.mark.anyio
__all__ = ["browse", "chromium"]


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


async def line_for(device: Authenticator, common: dict) -> str:
    async with application(**common) as running:
        return line_in((await lined(running, device)).text)


async def test_a_yes_by_passkey_at_another_replica_comes_back_as_a_code(
    replicas, tmp_path, device
) -> None:
    common = settings(tmp_path)
    line = await line_for(device, common)
    asking, other = await replicas(2, passkeys=(line,), **common)
    first = await called(asking, headers=CALLER)
    page = await fetched(other, link_in(first))

    signed = device.sign(options_in(page), ORIGIN, rp_id=HOST)
    agreed = await sent(other, page, decision="agree", name=NAME, passkey=signed)

    code = agreed.text.partition('class="code"><code>')[2].partition("<")[0]
    assert facts(await called(asking, headers=CALLER, confirmation_token=code))


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://mcp.example.com"},
        {"rp_id": "localhost"},
        {"flags": PRESENT},
    ],
)
async def test_a_signature_for_another_place_agrees_to_nothing(
    replicas, tmp_path, device, changed, caplog
) -> None:
    common = settings(tmp_path)
    line = await line_for(device, common)
    (running,) = await replicas(1, passkeys=(line,), patience_s=0.0, **common)
    page = await fetched(running, link_in(await called(running, headers=CALLER)))

    given = {"origin": ORIGIN, "rp_id": HOST, **changed}
    refused = await sent(
        running,
        page,
        decision="agree",
        name=NAME,
        passkey=device.sign(options_in(page), **given),
    )

    assert "The passkey does not fit this question." in refused.text
    assert "no passkey that fits: InvalidAuthenticationResponse" in caplog.text
    assert error(await called(running, headers=CALLER))["code"] == "consent_required"
    assert running.plane.writes == []


async def test_a_device_that_the_operator_did_not_list_agrees_to_nothing(
    replicas, tmp_path, device
) -> None:
    common = settings(tmp_path)
    line = await line_for(device, common)
    stranger = Authenticator()
    stranger.credential_id = b"a device of somebody else"
    (running,) = await replicas(1, passkeys=(line,), **common)
    assert (await lined(running, stranger)).status_code == 200, "making one agrees to nothing"
    page = await fetched(running, link_in(await called(running, headers=CALLER)))

    signed = stranger.sign(options_in(page), ORIGIN, rp_id=HOST)
    refused = await sent(running, page, decision="agree", name=NAME, passkey=signed)

    assert "This is not the passkey that was enrolled." in refused.text
    assert running.plane.writes == []


@pytest.mark.parametrize(
    "changed", [{"origin": "https://evil.example"}, {"rp_id": "localhost"}, {"flags": PRESENT}]
)
async def test_what_was_not_made_here_is_no_passkey(tmp_path, device, changed) -> None:
    async with application(**settings(tmp_path)) as running:
        answered = await lined(running, device, **changed)

    assert answered.status_code == 422
    assert "This is no passkey" in answered.text
    assert "CLICKPIPES_PASSKEYS" not in answered.text


async def test_where_none_is_listed_the_answer_says_where_to_make_one(replicas, tmp_path) -> None:
    running: Running
    (running,) = await replicas(1, **settings(tmp_path))

    refusal = error(await called(running, headers=CALLER))

    assert refusal["code"] == "consent_required"
    assert f"make one at {ENDPOINT}/enrol" in refusal["fix"]
    async with running.http() as http:
        assert (await http.get("/mcp/enrol", headers={"host": "evil.example"})).status_code == 421


async def test_without_passkeys_there_is_no_such_page(tmp_path) -> None:
    async with application(**settings(tmp_path) | {"approval": "pin"}) as running:
        assert (await fetched(running, f"{ENDPOINT}/enrol")).status_code == 401


async def test_on_this_machine_the_page_stands_under_a_name(replicas, tmp_path, device) -> None:
    device.enrol(tmp_path)
    (running,) = await replicas(1, approval="passkey", state_directory=tmp_path)

    assert link_in(await called(running)).startswith("http://localhost:8000/mcp/approve/")


@pytest.mark.parametrize("line", ["x", "e30", "WyJhIiwiYiJd", "WyJtY3AiLCAiMDAiLCAienoiXQ", "!"])
async def test_a_line_that_was_cut_stops_the_start(tmp_path, line) -> None:
    with pytest.raises(InvalidSettings, match="is no passkey"):
        async with application(passkeys=(line,), **settings(tmp_path)):
            pass


async def test_a_line_for_another_address_stops_the_start(tmp_path, device) -> None:
    common = settings(tmp_path)
    line = await line_for(device, common)
    with pytest.raises(InvalidSettings, match="made under another address"):
        async with application(
            passkeys=(line,), **common | {"http_url": "https://other.example.com/mcp"}
        ):
            pass


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000/mcp", "https://192.0.2.1/mcp", "https://[2001:db8::1]/mcp"]
)
def test_passkeys_need_an_address_with_a_name(tmp_path, address) -> None:
    with pytest.raises(InvalidSettings, match="needs a name"):
        load_settings({}, **settings(tmp_path) | {"http_url": address}, http="8000")


@pytest.mark.browser
async def test_a_passkey_made_at_the_servers_address_agrees_at_another_replica(
    browse, replicas, tmp_path
) -> None:
    common = settings(tmp_path)
    (first,) = await replicas(1, **common)
    page = await browse("about:blank", scripts=True)
    at = [first]

    async def answer(route: Any) -> None:
        request = route.request
        sent = {name: value for name, value in request.headers.items() if name != "host"}
        async with at[0].http() as http:
            found = await http.request(
                request.method,
                request.url.removeprefix(ORIGIN),
                content=request.post_data_buffer,
                headers={**sent, "host": HOST, "accept-encoding": "identity"},
            )
        kept = {name: value for name, value in found.headers.items() if name != "content-length"}
        await route.fulfill(status=found.status_code, headers=kept, body=found.content)

    await page.route(f"{ORIGIN}/**", answer)
    await page.goto(f"{ENDPOINT}/enrol")
    await with_device(page)
    await leave(page, page.click("button"))
    assert "The passkey is made" in await told(page)
    await picture(page, "enrolled-over-http-light")
    line = line_in(await page.content())

    asking, at[0] = await replicas(2, passkeys=(line,), **common)
    refusal = await called(asking, headers=CALLER)
    await page.goto(link_in(refusal))
    await agree(page, name=NAME)
    assert "You agreed" in await told(page)
    await picture(page, "agreed-over-http-light")
    code = await page.inner_text(".code code")
    assert facts(await called(asking, headers=CALLER, confirmation_token=code))
