"""Conversations a person can start by name."""

import pytest
from mcp import MCPError

from clickpipes_mcp.prompts import PROMPTS

pytestmark = pytest.mark.anyio

ARGUMENTS = {
    "set_up_clickpipe": {"source": "kafka", "goal": "clicks into a table"},
    "troubleshoot_clickpipe": {"clickpipe": "orders", "symptom": "it is stuck"},
    "review_clickpipe": {"clickpipe": "orders"},
}


async def test_the_prompts_are_listed_with_their_arguments(serve, era) -> None:
    served = await serve(era=era)

    listed = {prompt.name: prompt for prompt in (await served.client.list_prompts()).prompts}

    assert listed.keys() == ARGUMENTS.keys()
    for prompt in listed.values():
        assert prompt.title
        assert all(argument.description for argument in prompt.arguments)


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_prompt_leads_to_tools_that_exist(serve, era, name) -> None:
    served = await serve(era=era)

    (message,) = (await served.client.get_prompt(name, ARGUMENTS[name])).messages

    spec = next(spec for spec in PROMPTS if spec.name == name)
    for tool in spec.needs:
        assert tool in message.content.text
    for value in ARGUMENTS[name].values():
        assert value in message.content.text


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_missing_argument_is_named_in_both_eras(serve, era, name) -> None:
    served = await serve(era=era)

    with pytest.raises(MCPError) as refused:
        await served.client.get_prompt(name, {})

    assert refused.value.error.code == -32602
    assert "Missing required arguments" in refused.value.error.message


async def test_an_unknown_prompt_is_answered_with_those_there_are(serve, era) -> None:
    served = await serve(era=era)

    with pytest.raises(MCPError) as refused:
        await served.client.get_prompt("fly_to_the_moon", {})

    assert refused.value.error.code == -32602
    assert "review_clickpipe" in refused.value.error.message


async def test_an_unknown_argument_is_refused(serve, era) -> None:
    served = await serve(era=era)

    with pytest.raises(MCPError, match="it takes clickpipe"):
        await served.client.get_prompt("review_clickpipe", {"clickpipe": "a", "pipe": "b"})


async def test_prompts_that_need_tools_not_offered_are_not_offered(serve) -> None:
    served = await serve(toolsets=("pipes",))

    assert (await served.client.list_prompts()).prompts == []
