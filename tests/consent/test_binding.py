"""A yes is given to one change of one thing as it was shown, and counts once."""

from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from tests.consent.test_gate import MAPPINGS, NAME, POSTGRES_OF_TWO
from tests.serving import KAFKA, PIPES, error, facts, said

pytestmark = pytest.mark.anyio


async def test_a_removal_that_names_another_target_is_refused(serve, era) -> None:
    served = await serve(era=era)
    pipe = await served.pipe(POSTGRES_OF_TWO, state="stopped")
    misleading = MAPPINGS[0] | {"targetTable": "public_orders"}

    refusal = error(
        await served.call(
            "update_clickpipe", clickpipe=pipe, source={"table_mappings_to_remove": [misleading]}
        )
    )

    assert refusal["problems"][0]["rule"] == "update.removal-names-the-mapping"
    assert served.plane.writes == []


async def test_a_token_covers_only_what_its_offer_was_about(serve) -> None:
    served = await serve(consent="chat")
    pipe = await served.pipe(POSTGRES_OF_TWO, state="stopped")
    call: dict[str, Any] = {
        "clickpipe": pipe,
        "source": {"table_mappings_to_remove": MAPPINGS[:1]},
    }
    offer = facts(await served.call("update_clickpipe", **call))
    token = offer["summary"].split("confirmation_token=")[1].split()[0]

    other = await served.call("update_clickpipe", **call, name="other", confirmation_token=token)

    assert error(other)["code"] == "consent_stale"
    assert served.plane.writes == []


@pytest.mark.parametrize("moment", range(1, 9))
@pytest.mark.parametrize("tool", ["delete_clickpipe", "stop_clickpipe"])
async def test_a_name_that_moves_to_another_pipe_takes_no_yes_along(
    serve, era, tool, moment
) -> None:
    asked: list[str] = []

    async def agreeing(question: ElicitRequestParams) -> ElicitResult:
        asked.append(question.message)
        yes = {"name": NAME} if tool == "delete_clickpipe" else {"choice": "stop it"}
        return ElicitResult(action="accept", content=yes)

    served = await serve(era=era, person=agreeing)
    shown = await served.pipe(KAFKA | {"name": NAME})
    precious = await served.pipe(KAFKA | {"name": "precious"})
    seen = 0

    async def swapping() -> None:
        nonlocal seen
        seen += bool(asked)
        if seen == moment:
            seen += 1
            await served.plane.by_somebody_else("PATCH", f"{PIPES}/{shown}", {"name": "old"})
            await served.plane.by_somebody_else("PATCH", f"{PIPES}/{precious}", {"name": NAME})

    served.plane.before_answering = swapping
    done = await served.call(tool, clickpipe=NAME)

    told_of_both = any(precious in message for message in asked)
    touched = [request for request in served.plane.writes if precious in request.path]
    assert not touched or told_of_both, said(done)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a first made-up word", "another made-up word"),
        ("${env:CLICKPIPES_SECRET_A}", "${env:CLICKPIPES_SECRET_B}"),
        ("a first made-up word", "${env:CLICKPIPES_SECRET_B}"),
    ],
    ids=["literals", "references", "a reference for a literal"],
)
async def test_a_token_covers_only_the_secrets_of_its_offer(
    serve, monkeypatch, first, second
) -> None:
    for name in ("A", "B"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_{name}", f"behind the reference {name}")
    served = await serve(consent="chat")
    pipe = await served.pipe(POSTGRES_OF_TWO, state="stopped")

    def call(password: str) -> dict[str, Any]:
        credentials = {"username": "replicator", "password": password}
        source = {"table_mappings_to_remove": MAPPINGS[:1], "credentials": credentials}
        return {"clickpipe": pipe, "source": source}

    offer = facts(await served.call("update_clickpipe", **call(first)))
    token = offer["summary"].split("confirmation_token=")[1].split()[0]

    other = await served.call("update_clickpipe", **call(second), confirmation_token=token)

    assert error(other)["code"] == "consent_stale"
    assert served.plane.writes == []
    same = await served.call("update_clickpipe", **call(second))
    assert "confirmation_token=" in facts(same)["summary"]
