"""Whatever is answered in a person's place, nothing happens without that person's yes.

The calls are made of the table of what can be lost, and so for every tool that asks.
"""

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.consent import LIFETIME_S
from clickpipes_mcp.settings import TOOLSETS
from tests import attempts_table
from tests.redteam.calls import (
    ASKING,
    OF_A_PIPE,
    REPEATED,
    UNDO,
    effects,
    perform,
    without_effect,
)
from tests.serving import PIPES, facts, said
from tests.tools.secret_ways import TRAVELLER, USUAL

pytestmark = [pytest.mark.anyio, pytest.mark.redteam("consent answers")]

NAME = "type the name: "
LOOK_ALIKES = str.maketrans("aeopcxyi", "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456")
ANSWERS: Mapping[str, Callable[[str], ElicitResult]] = {
    "decline": lambda _: ElicitResult(action="decline"),
    "decline with the name": lambda name: ElicitResult(action="decline", content={"name": name}),
    "cancel with the name": lambda name: ElicitResult(action="cancel", content={"name": name}),
    "bare accept": lambda _: ElicitResult(action="accept"),
    **{
        f"accept {content}": lambda name, content=content: ElicitResult(
            action="accept", content=content(name)
        )
        for content in (
            lambda _: {},
            lambda _: {"name": ""},
            lambda _: {"name": "yes", "choice": "yes"},
            lambda _: {"name": True, "choice": True, "confirm": True},
            lambda name: {"name": [name], "choice": ["stop it"]},
            lambda name: {"name": name.upper(), "choice": "STOP IT"},
            lambda name: {"name": name[:-1], "choice": "stop"},
            lambda name: {"name": f"{name}x", "choice": "stop it."},
            lambda name: {"name": name.translate(LOOK_ALIKES), "choice": "st\u043ep it"},
            lambda name: {"name": f"“{name}”", "choice": "leave it running"},
            lambda name: {"name": f"{name[:1]}\u200b{name[1:]}", "choice": "stop\u200b it"},
            lambda name: {"choice": name} if name else {"name": "stop it"},
        )
    },
}
FORGED: Mapping[str, Callable[[str], str]] = {
    "a word": lambda _: "yes",
    "an empty seal": lambda token: f"{token.partition('-')[0]}-",
    "a seal of zeros": lambda token: f"{token.partition('-')[0]}-{'0' * 32}",
    "one bit more": lambda token: token[:-1] + format(int(token[-1], 16) ^ 1, "x"),
    "another expiry": lambda token: f"ffffffff-{token.partition('-')[2]}",
    "upper case": lambda token: f"x{token.upper()}",
    "twice": lambda token: f"{token},{token}",
}


@pytest.fixture
def asked_of(request, serve, monkeypatch, tmp_path):
    """A server of which every tool is offered, with this way of consent."""
    for name in (USUAL, TRAVELLER):
        monkeypatch.setenv(name, "example-secret")
    line = getattr(request.node, "callspec", None) and request.node.callspec.params.get("line")
    is_undo = line is not None and line.tool == UNDO
    journal = {"journal": tmp_path / "journal"} if is_undo else {}

    async def start(**settings: Any) -> Any:
        return await serve(toolsets=TOOLSETS, secrets_dir=tmp_path, **journal, **settings)

    return start


class Impostor:
    """Answers in a person's place, knowing what the question shows."""

    def __init__(self) -> None:
        self.answer = ANSWERS["decline"]

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        return self.answer(asked.message.rpartition(NAME)[2] if NAME in asked.message else "")


def token_in(result: Any) -> str:
    return str(facts(result)["summary"].partition("confirmation_token=")[2].split()[0])


async def renamed(served: Any, arguments: dict[str, Any]) -> None:
    """Somebody renames the pipe that a call is about."""
    path = f"{PIPES}/{arguments['clickpipe']}"
    await served.plane.by_somebody_else("PATCH", path, {"name": "renamed meanwhile"})


@pytest.mark.parametrize("line", ASKING, ids=str)
async def test_no_answer_but_a_clear_yes_lets_anything_happen(asked_of, line) -> None:
    for era in ("auto", "legacy"):
        person = Impostor()
        served = await asked_of(era=era, person=person)
        result, (tool, arguments) = await perform(served, line)
        assert result.is_error, said(result)
        with without_effect(served):
            for answer in ANSWERS.values():
                person.answer = answer
                result = await served.call(tool, **arguments)
                assert result.is_error, said(result)


@pytest.mark.parametrize("line", ASKING, ids=str)
async def test_where_nobody_can_be_asked_nothing_happens(asked_of, line) -> None:
    for era in ("auto", "legacy"):
        served = await asked_of(era=era)
        result, (tool, arguments) = await perform(served, line)
        with without_effect(served):
            assert result.structured_content["code"] == "consent_required", said(result)
            for token in ("yes", "0-0"):
                arguments = {**arguments, "confirmation_token": token}
                assert (await served.call(tool, **arguments)).is_error


@pytest.mark.parametrize("line", ASKING, ids=str)
async def test_no_token_but_the_one_of_this_call_lets_anything_happen(asked_of, line) -> None:
    served = await asked_of(consent="chat")
    result, (tool, arguments) = await perform(served, line)
    with without_effect(served):
        token = token_in(result)
        for forge in FORGED.values():
            result = await served.call(tool, **arguments, confirmation_token=forge(token))
            assert result.is_error, said(result)
        served.clock.advance(LIFETIME_S)
        assert (await served.call(tool, **arguments, confirmation_token=token)).is_error


AGAIN = [line for line in REPEATED if line.tool != "update_clickpipe" and "secret" not in line.does]
"""A change that was made is no loss any more, and a host that has a secret has it."""


@pytest.mark.parametrize("line", AGAIN, ids=str)
async def test_a_token_is_good_for_one_call(asked_of, line) -> None:
    served = await asked_of(consent="chat")
    result, (tool, arguments) = await perform(served, line)
    token = token_in(result)
    result = await served.call(tool, **arguments, confirmation_token=token)
    assert not result.is_error, said(result)
    assert effects(served)
    with without_effect(served):
        for _ in range(2):
            await served.call(tool, **arguments, confirmation_token=token)


TWICE = [line for line in REPEATED if "create" not in line.tool and "secret" not in line.does]
"""A create adopts what the first of them made, and a host that has a secret has it."""


@pytest.mark.parametrize("line", TWICE, ids=str)
async def test_a_token_used_by_two_at_once_counts_once(asked_of, line) -> None:
    alone = await asked_of(consent="chat")
    result, (tool, arguments) = await perform(alone, line)
    await alone.call(tool, **arguments, confirmation_token=token_in(result))
    usual = len(effects(alone))

    served = await asked_of(consent="chat")
    result, (tool, arguments) = await perform(served, line)
    arguments = {**arguments, "confirmation_token": token_in(result)}
    with without_effect(served, allowed=usual):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(lambda: served.call(tool, **arguments))


@pytest.mark.parametrize("line", OF_A_PIPE, ids=str)
async def test_a_token_is_no_good_once_the_pipe_was_renamed(asked_of, line) -> None:
    served = await asked_of(consent="chat")
    result, (tool, arguments) = await perform(served, line)
    if "host" in line.head:
        return  # the secret goes where it goes, whatever the pipe is called
    await renamed(served, arguments)
    with without_effect(served):
        token = token_in(result)
        assert (await served.call(tool, **arguments, confirmation_token=token)).is_error


async def test_a_token_of_one_tool_is_no_good_for_another(asked_of) -> None:
    pipes = [one for one in ASKING if one.tool in ("delete_clickpipe", "stop_clickpipe")]
    served = await asked_of(consent="chat")
    with without_effect(served):
        for line in pipes:
            result, (tool, arguments) = await perform(served, line)
            for other in pipes:
                if other.tool != tool:
                    told = {**arguments, "confirmation_token": token_in(result)}
                    assert (await served.call(other.tool, **told)).is_error
    attempts_table.count(0)
