"""Pages on this machine come with the first question and go when none is open."""

import anyio
import httpx2
import pytest

from clickpipes_mcp.pages import loopback
from tests.consent.test_gate import DANGERS, NAME
from tests.faults.processes import PATIENCE_S
from tests.pages.test_approval import asked, repeated
from tests.pages.visitor import Visitor, link_in
from tests.serving import answering, error

pytestmark = pytest.mark.anyio


async def is_served(page: Visitor) -> bool:
    try:
        await page.look()
    except (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError):
        return False
    return True


async def test_without_a_question_nothing_is_served(serve, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a port was bound")

    monkeypatch.setattr(loopback, "listen", refuse)
    served = await serve(person=answering("accept", name=NAME))

    result = await repeated(served, DANGERS["delete"], await served.pipe(DANGERS["delete"].body))

    assert not result.is_error


async def test_all_questions_stand_at_one_place_until_none_is_open(
    serve, visit, monkeypatch
) -> None:
    monkeypatch.setattr(loopback, "_LOOKED_EVERY_S", 0.01)
    served = await serve()
    pipe, first = await asked(served, DANGERS["delete"])
    await anyio.sleep(0.3)
    page = visit(first)
    await page.decline()
    await repeated(served, DANGERS["delete"], pipe)

    with anyio.fail_after(PATIENCE_S):
        while await is_served(page):
            pass  # each look takes its time

    anew = visit(await repeated(served, DANGERS["delete"], pipe))
    assert (await anew.look()).status_code == 200


async def test_two_questions_at_once_start_one_server(serve) -> None:
    served = await serve()
    pipe = await served.pipe(DANGERS["delete"].body)
    results = []

    async def ask(tool: str) -> None:
        results.append(await served.call(tool, clickpipe=pipe))

    async with anyio.create_task_group() as both:
        both.start_soon(ask, "delete_clickpipe")
        both.start_soon(ask, "stop_clickpipe")

    ports = {link_in(result).split("/")[2] for result in results}
    assert len(ports) == 1


async def test_where_no_port_can_be_had_the_answer_is_no(serve, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(99, "no address")

    monkeypatch.setattr(loopback, "listen", refuse)
    served = await serve()

    _, first = await asked(served, DANGERS["delete"])

    refusal = error(first)
    assert refusal["code"] == "consent_required"
    assert "cannot show a page" in refusal["problem"]
    assert "CLICKPIPES_CONSENT=chat" in refusal["fix"]
    assert served.plane.writes == []
