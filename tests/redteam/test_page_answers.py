"""Whatever is sent to the page in a person's place, nothing happens without that person's yes.

The assistant knows the link, and may have a shell. The calls are those of every tool that asks.
"""

from typing import Any

import anyio
import pytest

from tests import attempts_table
from tests.pages.visitor import Visitor
from tests.redteam.calls import ASKING, OF_A_PIPE, effects, perform, without_effect
from tests.redteam.test_consent_answers import AGAIN, LOOK_ALIKES, TWICE, asked_of, renamed
from tests.serving import said

pytestmark = [pytest.mark.anyio, pytest.mark.redteam("page answers")]
__all__ = ["asked_of"]

every_loss = pytest.mark.parametrize("line", ASKING, ids=str)
AT_ONCE = {"patience_s": 0.0}


async def shown(page: Visitor) -> dict[str, Any]:
    """What a program reads from a page."""
    return dict((await page.look(accept="application/json")).json())


def wrong_answers(facts: dict[str, Any]) -> list[dict[str, str]]:
    """What agrees to nothing: other names, other decisions, and forms of another page."""
    name, token = facts["name"], facts["form_token"]
    names = ["", "yes", f"{name}x", name[:-1], name.swapcase(), f"{name[:1]}\u200b{name[1:]}"]
    names += [name.translate(LOOK_ALIKES), f"“{name}”", name * 2]
    wrong = [{"decision": "agree", "name": one} for one in names if one != name]
    wrong = wrong if facts["takes_name"] else []
    right = {"decision": "agree", "name": name}
    wrong += [right | {"decision": one} for one in ("", "yes", "AGREE", "agree ", "true")]
    wrong += [right | {"form_token": one} for one in ("0" * 64, token[:-1], token.upper(), "é")]
    return [{"form_token": token} | one for one in wrong]


async def agree(page: Visitor) -> None:
    facts = await shown(page)
    await page.send(form_token=facts["form_token"], decision="agree", name=facts["name"])


@every_loss
async def test_no_answer_but_the_right_one_lets_anything_happen(asked_of, visit, line) -> None:
    served = await asked_of(**AT_ONCE)
    result, (tool, arguments) = await perform(served, line)
    page = visit(result)
    facts = await shown(page)
    head, _, token = page.link.rpartition("/")
    with without_effect(served):
        for fields in wrong_answers(facts):
            await page.send(**fields)
            attempts_table.count()
            assert "You agreed" not in page.seen
        for guess in (token[:-1], token.swapcase(), token[::-1], "A" * len(token), f"{token}A"):
            assert (await visit(f"{head}/{guess}").look()).status_code == 404
            attempts_table.count()
        right = {"form_token": facts["form_token"], "decision": "agree", "name": facts["name"]}
        for headers in (
            {"host": "evil.example"},
            {"origin": "https://evil.example"},
            {"sec-fetch-site": "cross-site"},
        ):
            refused = await page.http.post(page.link, data=right, headers=headers)
            attempts_table.count()
            assert refused.status_code in (403, 421)
        again = await served.call(tool, **arguments)
        assert again.structured_content["code"] == "consent_required", said(again)
        served.clock.advance(600)
        assert (await page.http.post(page.link, data=right)).status_code == 410
        assert (await served.call(tool, **arguments)).is_error


@pytest.mark.parametrize("line", TWICE, ids=str)
async def test_a_yes_counts_once_for_those_who_come_at_once_and_later(
    asked_of, visit, line
) -> None:
    alone = await asked_of(**AT_ONCE)
    result, (tool, arguments) = await perform(alone, line)
    await agree(visit(result))
    await alone.call(tool, **arguments)
    usual = len(effects(alone))

    served = await asked_of(**AT_ONCE)
    result, (tool, arguments) = await perform(served, line)
    page = visit(result)
    token = (await shown(page))["form_token"]
    await agree(page)
    before = len(effects(served))
    with without_effect(served, allowed=usual):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(lambda: served.call(tool, **arguments))
        again = await page.send(form_token=token, decision="agree", name="")
        assert again.status_code in (404, 409)
        if line in AGAIN:
            await served.call(tool, **arguments)
    assert len(effects(served)) > before


@pytest.mark.parametrize("line", OF_A_PIPE, ids=str)
async def test_a_yes_is_no_good_once_the_pipe_was_renamed(asked_of, visit, line) -> None:
    served = await asked_of(**AT_ONCE)
    result, (tool, arguments) = await perform(served, line)
    if "host" in line.head:
        return  # the secret goes where it goes, whatever the pipe is called
    await agree(visit(result))
    await renamed(served, arguments)
    with without_effect(served):
        assert (await served.call(tool, **arguments)).is_error


async def test_a_page_of_one_call_is_no_good_for_another(asked_of, visit) -> None:
    served = await asked_of(**AT_ONCE)
    pipes = [one for one in ASKING if one.tool in ("delete_clickpipe", "stop_clickpipe")]
    with without_effect(served):
        for line in pipes:
            result, (_, arguments) = await perform(served, line)
            page = visit(result)
            await agree(page)
            assert "You agreed" in page.seen
            for other in pipes:
                if other.tool != line.tool:
                    assert (await served.call(other.tool, **arguments)).is_error
