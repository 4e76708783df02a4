"""The pages in a real browser: with keyboard and mouse, light, dark and narrow, without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import Passkey, Pin
from clickpipes_mcp.listener import listen
from clickpipes_mcp.pages.enrolment import Enrolment
from tests.chromium import FAINT, NARROW, context, launched, leave, picture, stay
from tests.consent.test_gate import DANGERS, NAME, POSTGRES_OF_TWO
from tests.consent.test_secret_questions import CANARY, CREATE, kafka
from tests.pages.authenticator import Authenticator
from tests.pages.test_approval import LOOKS_ALIKE, asked, repeated
from tests.pages.test_secret_form import BY_CERTIFICATE, CERTIFICATE, PRIVATE_KEY
from tests.pages.visitor import link_in
from tests.serving import KAFKA, PIPES, Served, error, facts

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PIN = "482-913"


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    async with launched() as browser:
        yield browser


@pytest.fixture
async def browse(chromium) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Opens the page whose link an answer holds, in a browser without scripts."""
    contexts = []

    async def open_page(found: Any, *, scripts: bool = False, **options: Any) -> Any:
        contexts.append(await context(chromium, java_script_enabled=scripts, **options))
        page = await contexts[-1].new_page()
        page.foreign = []
        page.on("request", lambda request: page.foreign.append(request.url))
        await page.goto(found if isinstance(found, str) else link_in(found))
        return page

    yield open_page
    for opened in contexts:
        await opened.close()


async def told(page: Any) -> str:
    return " ".join((await page.inner_text("main")).split())


async def fill(page: Any, **fields: str) -> None:
    for field, text in fields.items():
        await page.fill(f"#{field}", text)


async def agree(page: Any, **fields: str) -> None:
    """Send the form, and wait for the answer."""
    await fill(page, **fields)
    await leave(page, page.click("button.agree"))


async def deletion(serve: Any, **settings: Any) -> tuple[Served, str, Any]:
    served = await serve(patience_s=0.0, **settings)
    pipe, first = await asked(served, DANGERS["delete"])
    return served, pipe, first


async def test_agreeing_lets_the_call_go_on(serve, browse) -> None:
    served, pipe, first = await deletion(serve)
    page = await browse(first)
    await picture(page, "delete-light")

    await agree(page, name=NAME)

    await picture(page, "agreed-light")
    assert "You agreed" in await told(page)
    assert facts(await repeated(served, DANGERS["delete"], pipe))
    hosts = {url.split("/")[2] for url in page.foreign}
    assert hosts == {link_in(first).split("/")[2]}


async def test_declining_needs_no_name(serve, browse) -> None:
    served, pipe, first = await deletion(serve)
    page = await browse(first)

    await leave(page, page.click("button.decline"))

    await picture(page, "declined-light")
    assert "You declined" in await told(page)
    refusal = error(await repeated(served, DANGERS["delete"], pipe))
    assert refusal["code"] == "consent_denied"


async def test_the_keyboard_is_enough(serve, browse) -> None:
    served, pipe, first = await deletion(serve)
    page = await browse(first)

    await page.keyboard.press("Tab")
    await page.keyboard.type(NAME)
    await page.keyboard.press("Tab")
    await picture(page, "keyboard-light")
    await leave(page, page.keyboard.press("Enter"))

    assert "You agreed" in await told(page)
    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_enter_in_the_name_agrees_only_to_the_right_one(serve, browse) -> None:
    _, _, first = await deletion(serve)
    page = await browse(first)

    await page.fill("#name", "wrong")
    await leave(page, page.keyboard.press("Enter"))

    assert "This is not the name." in await told(page)


async def test_an_empty_name_is_not_even_sent(serve, browse) -> None:
    _, _, first = await deletion(serve)
    page = await browse(first)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data))

    await stay(page.click("button.agree"), page.locator("#name:focus:invalid"))

    # Only what is sent next is sent at all.
    await agree(page, name=NAME)
    (form,) = sent
    assert ("name", NAME) in parse_qsl(form)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("typed", "flaw"),
    [("orders", "This is not the name."), (LOOKS_ALIKE, "This only looks like the name")],
)
async def test_a_wrong_name_is_told_beside_its_field(serve, browse, typed, flaw, scheme) -> None:
    served, pipe, first = await deletion(serve)
    page = await browse(first, color_scheme=scheme)

    await agree(page, name=typed)

    await picture(page, f"wrong-{len(flaw)}-{scheme}")
    assert flaw in await told(page)
    field = page.get_by_label("To go ahead, type")
    assert await field.get_attribute("aria-invalid") == "true"
    described = await field.get_attribute("aria-describedby")
    assert flaw in await page.inner_text(f"#{described}")
    assert await page.get_by_role("alert").is_visible()
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"


async def test_a_question_that_expired_says_so(serve, browse) -> None:
    served, _, first = await deletion(serve)
    page = await browse(first)
    served.clock.advance(600)

    await agree(page, name=NAME)

    await picture(page, "expired-light")
    assert "This question has expired" in await told(page)


async def test_a_page_sent_twice_says_so(serve, browse) -> None:
    _, _, first = await deletion(serve)
    page = await browse(first)
    await agree(page, name=NAME)

    await page.reload()

    assert "already answered" in await told(page)


async def test_a_pipe_that_changed_meanwhile_is_asked_about_anew(serve, browse) -> None:
    served, pipe, first = await deletion(serve)
    page = await browse(first)
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "another"})
    await repeated(served, DANGERS["delete"], pipe)

    await agree(page, name=NAME)

    await picture(page, "changed-light")
    assert "so you are asked anew" in await told(page)
    assert served.plane.writes == []


async def test_a_pin_is_wrong_and_then_right(serve, browse, tmp_path) -> None:
    Pin(tmp_path, ManualClock()).set(PIN)
    served, pipe, first = await deletion(serve, approval="pin", state_directory=tmp_path)
    page = await browse(first)

    await agree(page, name=NAME, pin="guess-0")
    await picture(page, "pin-wrong-light")
    assert "The PIN is wrong. 4 tries are left." in await told(page)
    assert await page.input_value("#name") == NAME
    assert await page.input_value("#pin") == ""
    await agree(page, pin=PIN)

    assert "You agreed" in await told(page)
    assert facts(await repeated(served, DANGERS["delete"], pipe))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("danger", ["stop", "remove tables"])
async def test_nothing_is_cut_off_at_320_pixels(serve, browse, danger, scheme) -> None:
    served = await serve()
    _, first = await asked(served, DANGERS[danger])
    page = await browse(first, scripts=True, viewport=NARROW, color_scheme=scheme)

    await picture(page, f"{danger.replace(' ', '-')}-320-{scheme}")
    widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1]
    for button in await page.get_by_role("button").all():
        box = await button.bounding_box()
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= 320


async def test_a_long_name_of_any_letters_stays_on_the_page(serve, browse) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA | {"name": "\u043erders-" + "x" * 150})
    first = await served.call("delete_clickpipe", clickpipe=pipe)
    page = await browse(first, scripts=True, viewport=NARROW)

    await picture(page, "long-320-light")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_text_stands_out_from_its_ground(serve, browse, scheme) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES_OF_TWO | {"name": LOOKS_ALIKE})
    first = await served.call("resync_clickpipe", clickpipe=pipe)
    page = await browse(first, scripts=True, color_scheme=scheme)
    await picture(page, f"resync-{scheme}")

    assert await page.evaluate(FAINT) == []


DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def with_device(page: Any) -> tuple[Any, str]:
    """Chromium's own virtual authenticator, and its id."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return session, added["authenticatorId"]


async def test_a_passkey_is_enrolled_and_then_agrees(serve, browse, tmp_path) -> None:
    passkey = Passkey(tmp_path)
    with listen("127.0.0.1", 0) as listener:
        enrolment = Enrolment(passkey, listener)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(enrolment.serve, 60.0)
            page = await browse(enrolment.link, scripts=True)
            session, device = await with_device(page)
            await picture(page, "enrol-light")
            await leave(page, page.click("button"))
            assert "The passkey is enrolled" in await told(page)
    assert passkey.is_enrolled

    served, pipe, first = await deletion(serve, approval="passkey", state_directory=tmp_path)
    await page.goto(link_in(first))
    await picture(page, "passkey-light")
    unverified = {"authenticatorId": device, "isUserVerified": False}
    await session.send("WebAuthn.setUserVerified", unverified)
    await fill(page, name=NAME)
    await stay(page.click("button.agree"), page.get_by_text("The passkey was not used"))
    await picture(page, "passkey-unverified-light")
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"

    await session.send("WebAuthn.setUserVerified", {**unverified, "isUserVerified": True})
    await agree(page, name=NAME)
    assert "You agreed" in await told(page)
    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_a_passkey_page_can_be_declined_without_the_device(serve, browse, tmp_path) -> None:
    Authenticator().enrol(tmp_path)
    served, pipe, first = await deletion(serve, approval="passkey", state_directory=tmp_path)
    page = await browse(first, scripts=True)

    await leave(page, page.click("button.decline"))

    assert "You declined" in await told(page)
    refusal = error(await repeated(served, DANGERS["delete"], pipe))
    assert refusal["code"] == "consent_denied"


async def secrets_form(serve: Any, **source: object) -> tuple[Served, Any]:
    served = await serve(patience_s=0.0)
    return served, await served.call(CREATE, **kafka(**source))


async def test_a_secret_is_pasted_without_scripts(serve, browse) -> None:
    served, first = await secrets_form(serve)
    page = await browse(first, viewport=NARROW)
    await picture(page, "secrets-narrow")
    assert await page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert not await page.is_visible("#show")

    await page.fill("#secret-0", CANARY)
    assert await page.get_attribute("#secret-0", "type") == "password"
    await leave(page, page.click("button.give"))

    assert "Thank you" in await told(page)
    assert facts(await served.call(CREATE, **kafka()))


async def test_secrets_are_uploaded_and_what_is_refused_is_not_shown_again(serve, browse) -> None:
    by_key = {"authentication": "MUTUAL_TLS", "credentials": BY_CERTIFICATE}
    served, first = await secrets_form(serve, **by_key)
    page = await browse(first, color_scheme="dark")

    def upload(text: str) -> dict[str, Any]:
        return {"name": "key.pem", "mimeType": "text/plain", "buffer": text.encode()}

    await page.set_input_files("#secret-0-file", upload(CERTIFICATE))
    await page.fill("#secret-1", CANARY)
    await leave(page, page.click("button.give"))
    await picture(page, "secrets-refused-dark")
    assert "key: What you gave is no PEM" in await told(page)
    assert CANARY not in await page.content()
    assert await page.input_value("#secret-1") == ""

    await page.set_input_files("#secret-0-file", upload(CERTIFICATE))
    await page.set_input_files("#secret-1-file", upload(PRIVATE_KEY))
    await leave(page, page.click("button.give"))
    assert "Thank you" in await told(page)
    assert facts(await served.call(CREATE, **kafka(**by_key)))


async def test_with_scripts_a_password_can_be_looked_at(serve, browse) -> None:
    _, first = await secrets_form(serve)
    page = await browse(first, scripts=True)
    await page.fill("#secret-0", CANARY)

    await page.check("#show")
    await picture(page, "secrets-shown-light")
    assert await page.get_attribute("#secret-0", "type") == "text"
    await page.uncheck("#show")
    assert await page.get_attribute("#secret-0", "type") == "password"


async def test_with_scripts_a_key_is_hidden_until_it_is_shown_and_kept_where_that_is_ticked(
    serve, browse, ring
) -> None:
    by_key = {"authentication": "MUTUAL_TLS", "credentials": BY_CERTIFICATE}
    served, first = await secrets_form(serve, **by_key)
    page = await browse(first, scripts=True)

    async def hidden() -> str:
        look = "area => getComputedStyle(area).webkitTextSecurity"
        return str(await page.eval_on_selector("textarea#secret-1", look))

    assert await hidden() == "disc"
    await page.fill("#secret-0", CERTIFICATE)
    await page.fill("#secret-1", PRIVATE_KEY)
    await page.check("[name=secret-1-keep]")
    await picture(page, "secrets-hidden-light")
    await page.check("#show")
    assert await hidden() == "none"
    await leave(page, page.click("button.give"))

    assert "The keyring keeps key" in await told(page)
    assert PRIVATE_KEY.strip() in ring.held.values()
    assert facts(await served.call(CREATE, **kafka(**by_key)))
