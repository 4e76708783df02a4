"""Panels and pages stand as they are kept: narrow and wide, light and dark, for a few stories.

CLICKPIPES_TEST_SCREENSHOTS names a directory for pictures of each, and for what was measured.
"""

import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from tests.chromium import FAINT, context
from tests.http.served import application
from tests.http.watching import PacedClock
from tests.panels.layout import Layouts
from tests.panels.test_in_host import browser, fleet_of, library
from tests.panels.test_panels import SHOWING
from tests.ports import free_port
from tests.serving import KAFKA, PIPES, POSTGRES, S3

__all__ = ["browser", "library"]

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

BROKEN = "source-credentials-rotated"


async def test_panels_stand_as_they_are_kept(browser, serve) -> None:
    served = await serve(announces=SHOWING, simulator={"scenario": BROKEN})
    kafka = await served.pipe(KAFKA)
    postgres = await served.pipe(POSTGRES)
    for number in range(5):
        await served.pipe({**S3, "name": f"Files {number}"}, state="stopped")
    for _ in range(4):
        await served.call("get_clickpipe_metrics")
        served.clock.advance(30)
    listed = await served.call("list_clickpipes")
    ill = next(
        row["id"] for row in listed.structured_content["clickpipes"] if row["state"] == "Failed"
    )
    many = fleet_of([f"orders {number}" for number in range(60)])
    stories = {
        "fleet": [
            ("fleet", listed),
            ("readings", await served.call("get_clickpipe_metrics")),
            ("many", CallToolResult.model_validate(many)),
        ],
        "pipe": [
            ("well", await served.call("get_clickpipe", clickpipe=kafka)),
            ("broken", await served.call("diagnose_clickpipe", clickpipe=ill)),
        ],
        "change": [
            (
                "update",
                await served.call(
                    "update_clickpipe", clickpipe=postgres, dry_run=True,
                    source={"settings": {"sync_interval_seconds": 30}},
                ),
            ),
            ("delete", await served.call("delete_clickpipe", clickpipe=postgres, dry_run=True)),
        ],
    }  # fmt: skip
    layouts = Layouts()
    for panel, shown in stories.items():
        host = await browser.show(panel, shown[0][1], served)
        for story, result in shown:
            await host.give(result)
            document = host.frame.locator("html")
            await layouts.look(host.page, document, f"panel {panel} {story}", FAINT)
    assert layouts.differences("panel") == []


async def test_pages_stand_as_they_are_kept(browser) -> None:
    world = {"simulator": {"scenario": BROKEN}, "service_id": DEFAULT_SERVICE_ID}
    layouts = Layouts()
    async with application(PacedClock(), port=free_port(), **world) as running:
        for number in range(6):
            await running.plane.by_somebody_else("POST", PIPES, {**KAFKA, "name": f"P{number}"})
        running.clock.advance(3600)
        page = await (await context(browser.chromium)).new_page()
        for story, address in (("fleet", f"{running.root}/fleet"), ("broken", "")):
            link = "link => link.href"
            await page.goto(address or await page.locator("tbody a").first.evaluate(link))
            for _ in range(3):
                seen = await page.locator("#live").inner_text()
                running.clock.advance(60)
                await page.wait_for_function(
                    "seen => document.getElementById('live').innerText !== seen", arg=seen
                )
            await layouts.look(page, page.locator("html"), f"page {story}", FAINT)
        await page.context.close()
    assert layouts.differences("page") == []
