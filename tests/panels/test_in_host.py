"""Panels in a real browser, within a host of the official library, on real answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from clickpipes_mcp.panels import PANELS
from clickpipes_mcp.panels.document import document
from clickpipes_mcp.simulator.world.scenarios import SCENARIOS
from clickpipes_mcp.tools import TOOLS
from tests.chromium import NARROW, WIDE, context, launched, picture
from tests.outside import HARMFUL
from tests.panels.host_page import Host, bundled, show
from tests.serving import KAFKA, POSTGRES, Served, facts

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

READS = tuple(tool.name for tool in TOOLS if tool.effect.is_read_only)
DOCUMENTS = {panel.name: document(panel, READS) for panel in PANELS}


@dataclass
class Browser:
    """A browser, and the library of a host."""

    chromium: Any
    library: str

    async def show(
        self,
        panel: str,
        result: Any,
        served: Served | None = None,
        *,
        viewport: dict[str, int] | None = None,
        kept_as: str = "",
        **more: Any,
    ) -> Host:
        window = await context(self.chromium, viewport=viewport or WIDE)

        async def call(name: str, arguments: dict[str, Any]) -> Any:
            assert served is not None
            return await served.call(name, **arguments)

        host = await show(window, self.library, DOCUMENTS[panel], result, call=call, **more)
        await host.frame.locator("main h1, main .notice").first.wait_for()
        if kept_as:
            await picture(host.page, f"panel-{kept_as}", is_whole=False)
        assert [url for url in host.requested if not url.startswith(("about:", "data:"))] == []
        assert host.complaints == []
        return host


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    return bundled(tmp_path_factory.mktemp("host"))


@pytest.fixture
async def browser(library) -> AsyncIterator[Browser]:
    async with launched() as chromium:
        yield Browser(chromium, library)


def fleet_of(names: list[str], state: str = "Running") -> dict[str, Any]:
    rows = [
        {"name": name, "state": state, "source": "kafka (confluent)", "id": f"{at:036}"}
        for at, name in enumerate(names)
    ]
    content = {"summary": f"{len(rows)} ClickPipes.", "environment": "test", "clickpipes": rows}
    return {"content": [{"type": "text", "text": "-"}], "structuredContent": content}


async def test_the_fleet_leads_to_a_diagnosis_and_back_to_the_conversation(browser, serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(KAFKA)
    for number in range(6):
        await served.pipe({**POSTGRES, "name": f"Orders {number}"}, state="stopped")

    host = await browser.show(
        "fleet", await served.call("list_clickpipes"), served, kept_as="fleet"
    )
    assert "7 ClickPipes" in await host.text()
    await host.frame.get_by_label("Filter").fill("kafka")
    await host.is_told("1 of 7 shown")
    await host.frame.get_by_role("button", name="Diagnose My Kafka").click()
    await host.is_told("Nothing wrong found")
    assert host.called == [("diagnose_clickpipe", {"clickpipe": pipe})]

    readings = await browser.show(
        "fleet", await served.call("get_clickpipe_metrics"), served, kept_as="readings"
    )
    assert "Lag Records read Records written Errors" in await readings.text()


async def test_what_changes_anything_is_handed_to_the_conversation(browser, serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)
    looked = await served.call("delete_clickpipe", clickpipe=pipe, dry_run=True)
    planned = await served.call(
        "update_clickpipe", clickpipe=pipe, dry_run=True,
        source={"settings": {"sync_interval_seconds": 30}},
    )  # fmt: skip

    deletion = await browser.show("change", looked, served, kept_as="deletion")
    assert "Lost: the pipe" in await deletion.text()
    change = await browser.show("change", planned, served, kept_as="change")
    assert "source.settings.sync_interval_seconds 60 30" in await change.text()
    await change.frame.get_by_role("button", name="update_clickpipe").click()
    await change.is_done()
    (asked,) = change.said
    assert "Please call update_clickpipe" in asked
    assert change.called == []
    assert change.complaints == []
    assert len(served.plane.writes) == 0


OTHERS_THAN_SOURCES = {
    "broker-down": "network",
    "memory-limit": "table",
    "undersized": "ClickPipe",
}


async def test_every_story_is_drawn_with_its_broken_place(browser, serve) -> None:
    host, broken = None, 0
    for name in sorted(SCENARIOS):
        served = await serve(simulator={"scenario": name})
        pipes = facts(await served.call("list_clickpipes"))["clickpipes"]
        result = await served.call("diagnose_clickpipe", clickpipe=pipes[0]["id"])
        if host is None:
            host = await browser.show("pipe", result, served)
        await host.give(result)
        await picture(host.page, f"panel-story-{name}", is_whole=False)
        told, found = await host.text(), facts(result)["findings"]
        assert [one["what"] for one in found if one["what"] not in told] == []
        is_sure = bool(found) and found[0]["severity"] != "note" and found[0]["confidence"] != "low"
        assert ("(broken here)" in told) == is_sure, name
        if name in OTHERS_THAN_SOURCES:
            assert f"{OTHERS_THAN_SOURCES[name]} (broken here)" in told
        broken += is_sure
        assert host.complaints == []
    assert 20 <= broken < len(SCENARIOS)


async def test_names_of_others_are_text_at_every_width_in_light_and_dark(browser) -> None:
    names = [
        '<img src=x onerror="alert(1)">', "</script><script>alert(1)</script>",
        "javascript:alert(1)", "a" * 400, *(text[:300] for text in HARMFUL.values()),
    ]  # fmt: skip
    for theme, viewport in (("light", NARROW), ("dark", WIDE), ("dark", NARROW)):
        host = await browser.show(
            "fleet", fleet_of(names, "Degraded"), theme=theme, viewport=viewport,
            kept_as=f"hostile-{theme}-{viewport['width']}",
        )  # fmt: skip
        assert await host.frame.locator("main img, main script, main a").count() == 0
        is_wide = await host.frame.locator("html").evaluate(
            "page => page.scrollWidth > page.clientWidth"
        )
        assert not is_wide
        ground = await host.frame.locator("body").evaluate(
            "it => getComputedStyle(it).backgroundColor"
        )
        assert (ground == "rgb(23, 25, 30)") == (theme == "dark")


async def test_five_hundred_pipes_are_found_in(browser) -> None:
    names = [f"orders {number}" for number in range(500)]
    host = await browser.show("fleet", fleet_of(names), kept_as="fleet-500")

    assert await host.frame.locator("tbody tr").count() == 500
    await host.frame.get_by_label("Filter").fill("orders 42")
    await host.is_told("11 of 500 shown")


async def test_nothing_to_show_and_failures_are_said(browser, serve) -> None:
    served = await serve()
    empty = await browser.show("fleet", await served.call("list_clickpipes"), served)
    refused = await browser.show(
        "pipe", await served.call("get_clickpipe", clickpipe="nobody"), served, kept_as="refused"
    )
    wordless = await browser.show("fleet", {"content": [{"type": "text", "text": "Only words."}]})

    assert "There are no ClickPipes to list." in await empty.text()
    assert "No ClickPipe of the service has that id or name" in await refused.text()
    assert "Only words." in await wordless.text()


async def test_a_host_that_passes_nothing_on_is_offered_no_buttons(browser, serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)
    result = await served.call("list_clickpipes")

    host = await browser.show("fleet", result, served, capabilities={})

    assert KAFKA["name"] in await host.text()
    assert await host.frame.get_by_role("button").count() == 0


async def test_where_nothing_is_passed_on_to_the_conversation_a_person_is_told_what_to_ask(
    browser, serve
) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)
    planned = await served.call(
        "update_clickpipe", clickpipe=pipe, dry_run=True,
        source={"settings": {"sync_interval_seconds": 30}},
    )  # fmt: skip

    host = await browser.show("change", planned, served, capabilities={"serverTools": {}})
    await host.frame.get_by_role("button", name="update_clickpipe").click()

    await host.is_told("Ask the assistant to call update_clickpipe.")
    assert host.called == []
    assert host.complaints == []
    assert len(served.plane.writes) == 0


async def test_keyboard_alone_gets_everywhere(browser, serve) -> None:
    served = await serve()
    await served.pipe(KAFKA)
    host = await browser.show("fleet", await served.call("list_clickpipes"), served)

    await host.page.keyboard.press("Tab")
    focused = host.frame.locator(":focus")
    assert await focused.get_attribute("aria-label") == f"Diagnose {KAFKA['name']}"
    await host.page.keyboard.press("Enter")

    await host.is_told("Nothing wrong found")
    assert await host.frame.get_by_role("list", name="Way of the data").count() == 1
