"""The pages of pipes in a real browser: large, live, hostile, dark, narrow, signed in to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from tests.chromium import FAINT, NARROW, WIDE, leave, picture
from tests.http.served import ALICE, Running, application
from tests.http.watching import PacedClock
from tests.pages.test_in_chromium import browse, chromium, told
from tests.ports import free_port
from tests.serving import KAFKA, PIPES, POSTGRES

__all__ = ["browse", "chromium"]

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

HOSTILE = "<img src=x onerror=alert(1)><b>\u202egnp\u202c" + "x" * 90
"""As long as it is broad, and means harm."""


@pytest.fixture
async def started() -> AsyncIterator[Any]:
    """Starts servers under their own name, on a clock that the test moves."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Running:
            chosen = {"service_id": DEFAULT_SERVICE_ID, **settings}
            running = application(PacedClock(), port=free_port(), **chosen)
            return await stack.enter_async_context(running)

        yield start


async def test_a_change_arrives_without_reloading_and_a_failure_is_said_until_it_is_over(
    started, browse
) -> None:
    running = await started(simulator={"pipes": 500})
    running.clock.advance(3600)
    page = await browse(
        f"{running.root}/fleet", scripts=True, viewport={"width": 1200, "height": 800}
    )
    assert await page.locator("tbody tr").count() == 500
    await picture(page, "fleet-500-light")
    await page.fill("#filter", "s3")
    shown = await page.locator("tbody tr:visible").count()
    assert 0 < shown < 500

    await running.plane.by_somebody_else("POST", PIPES, {**KAFKA, "name": "zz s3 made now"})
    running.clock.advance(60)
    await page.get_by_text("zz s3 made now").wait_for()
    assert await page.locator("tbody tr:visible").count() == shown + 1
    assert await page.evaluate("document.activeElement.id") == "filter"
    assert page.foreign.count(f"{running.root}/fleet") == 1
    assert {url.split("/")[2] for url in page.foreign} == {running.root.split("/")[2]}

    running.plane.retell = lambda _, __: b"<html>"
    running.clock.advance(60)
    await page.get_by_text("No newer answer").wait_for()
    assert await page.locator("tbody tr:visible").count() == shown + 1
    await picture(page, "fleet-down-light")
    running.plane.retell = None
    running.clock.advance(60)
    await page.get_by_text("No newer answer").wait_for(state="detached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_hostile_names_do_nothing_and_fit_at_320_pixels(started, browse, scheme) -> None:
    running = await started(simulator={"scenario": "slot-lost"})
    made = await running.plane.by_somebody_else("POST", PIPES, {**KAFKA, "name": HOSTILE})
    running.clock.advance(3600)
    page = await browse(f"{running.root}/fleet", scripts=True, viewport=NARROW, color_scheme=scheme)
    dialogs: list[str] = []

    async def dismiss(dialog: Any) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", dismiss)
    await page.reload()
    await picture(page, f"fleet-320-{scheme}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await page.evaluate(FAINT) == []
    assert await page.locator("main img, main b").count() == 0
    first = page.locator("tbody tr").first
    assert "postgres-orders-1" in await first.inner_text()

    await page.goto(f"{running.root}/pipes/{made['id']}")
    assert "<img src=x" in await told(page)
    await picture(page, f"pipe-320-{scheme}")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    assert await page.evaluate(FAINT) == []
    assert await page.locator("main img, main b").count() == 0
    assert dialogs == []
    assert {url.split("/")[2] for url in page.foreign} == {running.root.split("/")[2]}


async def test_a_broken_pipe_is_found_from_the_fleet_with_its_cause(started, browse) -> None:
    running = await started(simulator={"scenario": "source-credentials-rotated"})
    running.clock.advance(3600)
    page = await browse(f"{running.root}/fleet", scripts=True, viewport=WIDE)
    await picture(page, "fleet-broken-light")
    name = await page.locator("tbody a").first.inner_text()
    await page.keyboard.press("Tab")
    await leave(page, page.keyboard.press("Enter"))
    assert name in await page.inner_text("h1")
    running.clock.advance(60)
    cause = await page.locator(".card").first.inner_text()
    assert "The brokers do not accept the login" in cause
    await picture(page, "pipe-broken-light")


async def test_a_person_signs_in_looks_and_signs_out(started, browse, tmp_path) -> None:
    file = tmp_path / "tokens"
    file.touch(0o600)
    file.write_text(f"alice {ALICE}\n")
    running = await started(http_tokens=file)
    await running.plane.by_somebody_else("POST", PIPES, POSTGRES)
    page = await browse(f"{running.root}/fleet", scripts=True)
    assert page.url == f"{running.root}/sign-in"
    await picture(page, "sign-in-light")
    await page.fill("#token", "not the one")
    await leave(page, page.keyboard.press("Enter"))
    assert "This token is not good here" in await told(page)
    await page.fill("#token", ALICE)
    await leave(page, page.keyboard.press("Enter"))
    assert "1 ClickPipe" in await page.inner_text("h1")
    assert POSTGRES["name"] in await told(page)
    assert await page.evaluate("document.cookie") == ""
    await picture(page, "fleet-signed-in-light")
    await leave(page, page.click("text=Sign out"))
    assert "Sign in" in await page.inner_text("h1")
    await page.goto(f"{running.root}/fleet")
    assert page.url == f"{running.root}/sign-in"


async def test_without_scripts_a_page_is_whole(started, browse) -> None:
    running = await started()
    await running.plane.by_somebody_else("POST", PIPES, KAFKA)
    running.clock.advance(3600)
    page = await browse(f"{running.root}/fleet")
    assert KAFKA["name"] in await told(page)
    assert "Reload the page to look again" in await told(page)
    await leave(page, page.click("tbody a"))
    assert "read at" in await told(page)
    assert "destination" in await told(page)
