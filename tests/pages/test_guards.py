"""A form counts only from the page itself, under its own name, in a browser or a terminal."""

import pytest

from tests.consent.test_gate import DANGERS, NAME
from tests.pages.test_approval import asked
from tests.pages.visitor import Visitor

pytestmark = pytest.mark.anyio

NAMED = {"name": NAME}


@pytest.fixture
async def page(serve, visit) -> Visitor:
    served = await serve()
    _, first = await asked(served, DANGERS["delete"])
    found = visit(first)
    await found.look()
    return found


async def sent(page: Visitor, content: object = None, **headers: str) -> tuple[int, str]:
    """A form that says yes, with headers of somebody else's choice."""
    fields = {"form_token": form_token(page), "decision": "agree", **NAMED}
    answered = await page.http.post(
        page.link,
        content=content,
        data=None if content else fields,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    again = await page.look()
    return answered.status_code, "open" if again.status_code == 200 else "over"


def form_token(page: Visitor) -> str:
    return page.pages[0].text.partition('name="form_token" value="')[2].partition('"')[0]


FOREIGN = {
    "another host": ({"host": "evil.example"}, 421),
    "another port": ({"host": "127.0.0.1:1"}, 421),
    "a name that resolves to here": ({"host": "rebound.example:80"}, 421),
    "another origin": ({"origin": "https://evil.example"}, 403),
    "no origin that can be told": ({"origin": "null"}, 403),
    "another site": ({"sec_fetch_site": "cross-site"}, 403),
    "another port of this machine": ({"sec_fetch_site": "same-site"}, 403),
    "a link somebody clicked": ({"sec_fetch_site": "none"}, 403),
}


@pytest.mark.parametrize(("headers", "status"), FOREIGN.values(), ids=FOREIGN)
async def test_a_form_from_elsewhere_is_refused(page, headers, status) -> None:
    assert await sent(page, **headers) == (status, "open")


@pytest.mark.parametrize("token", ["", "0" * 64, "\u00e9"])
async def test_a_form_without_its_token_is_refused(page, token) -> None:
    answered = await page.send(form_token=token, decision="agree", **NAMED)

    assert answered.status_code == 403
    assert "was not sent from this page" in page.seen


async def test_a_form_of_another_page_is_refused(page, serve, visit) -> None:
    other = await serve()
    _, first = await asked(other, DANGERS["delete"])
    foreign = visit(first)
    await foreign.look()

    answered = await foreign.send(form_token=form_token(page), decision="agree", **NAMED)

    assert answered.status_code == 403


UNREADABLE = {
    "too large": (b"name=" + b"x" * 20_000, 413),
    "too many fields": (b"&".join(b"a%d=1" % number for number in range(50)), 400),
    "no text": (b"name=\xff\xfe", 400),
    "something else": (b'{"decision": "agree"}', 403),
}


@pytest.mark.parametrize(("content", "status"), UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_form_of_ours_is_refused(page, content, status) -> None:
    assert await sent(page, content) == (status, "open")


async def test_a_form_sent_by_a_program_that_says_no_origin_counts(page) -> None:
    assert await sent(page) == (200, "over")


async def test_a_page_under_another_host_is_not_shown(page) -> None:
    shown = await page.look(host="evil.example")

    assert shown.status_code == 421
    assert NAME not in shown.text
