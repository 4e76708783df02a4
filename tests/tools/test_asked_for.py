"""What costs more and what gets another login is told, and asked about where the operator wants."""

from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.sources import source_named
from tests.guides.losses import body_of, change_field, lines_about, updated_fields
from tests.serving import KAFKA, POSTGRES, S3, Served, answering, error, facts, said, telling

pytestmark = pytest.mark.anyio

LARGER = {"replicas": 4, "replica_cpu_millicores": 1000, "replica_memory_gb": 4}
SMALLER = {"replicas": 1, "replica_cpu_millicores": 125, "replica_memory_gb": 0.5}
CORES = {"replica_cpu_millicores": 16000, "replica_memory_gb": 64}
FEWER = {"replica_cpu_millicores": 1000, "replica_memory_gb": 4}
LOGIN = {"source": {"credentials": {"username": "app", "password": "example"}}}
ROLE = "arn:aws:iam::123456789012:role/other"
SIZED = {"scaling": {"replicas": 2, "replicaCpuMillicores": 250, "replicaMemoryGb": 1}}
BOTH = {"ask_for": ("costs", "credentials")}


async def acted(served: Served, what: str, **more: Any) -> Any:
    """One of the calls, on a pipe of somebody else's."""
    body = POSTGRES if "databases" in what else KAFKA | SIZED
    pipe = await served.pipe(body)
    if "databases" in what:
        return await served.call(
            "update_cdc_scaling", **(FEWER if "down" in what else CORES), **more
        )
    if "login" in what:
        change = LOGIN if "replace" in what else {"source": {"iam_role": ROLE}}
        return await served.call("update_clickpipe", clickpipe=pipe, **change, **more)
    size = SMALLER if "down" in what else LARGER
    return await served.call("scale_clickpipe", clickpipe=pipe, **size, **more)


ASKED = {
    "scale up": ("Raise the costs of the ClickPipe", "an hour instead of"),
    "scale databases up": ("Raise the costs of the CDC resources", "an hour"),
    "login by another role": ("Replace the credentials of the ClickPipe", "the present login"),
    "replace a login": ("Replace the credentials of the ClickPipe", "the present login"),
}
NOT_ASKED = ["scale down", "scale databases down"]


@pytest.mark.parametrize("what", ASKED)
async def test_it_is_told_in_a_dry_run_and_with_the_answer_and_nobody_is_asked(serve, what) -> None:
    served = await serve()

    for dry_run in (True, False):
        result = facts(await acted(served, what, dry_run=dry_run))
        told = " ".join([*result.get("warnings", []), *result.get("costs", [])])
        assert told.count("compute: $") == 1 or "replaces the login" in told

    assert len(served.plane.writes) == 1


@pytest.mark.parametrize("what", ASKED)
async def test_where_the_operator_wants_it_a_person_is_asked(serve, era, what) -> None:
    questions = []

    async def person(asked: ElicitRequestParams) -> ElicitResult:
        questions.append(asked.message)
        name = asked.message.rpartition("type the name: ")[2]
        return ElicitResult(action="accept", content={"name": name})

    served = await serve(era=era, person=person, **BOTH)
    facts(await acted(served, what))

    headline, told = ASKED[what]
    assert len(questions) == 1
    assert questions[0].startswith(headline)
    assert told in questions[0]
    assert len(served.plane.writes) == 1


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("answer", [None, answering("decline"), answering("accept", name="x")])
async def test_without_a_yes_nothing_is_changed(serve, what, answer) -> None:
    served = await serve(person=answer, **BOTH)

    result = error(await acted(served, what))

    assert result["code"] in ("consent_required", "consent_denied")
    assert served.plane.writes == []


@pytest.mark.parametrize("what", NOT_ASKED)
async def test_what_costs_less_asks_nobody(serve, what) -> None:
    served = await serve(**BOTH)

    result = await acted(served, what)

    assert "instead of" not in " ".join(facts(result).get("warnings", []))
    assert len(served.plane.writes) == 1


@pytest.mark.parametrize("what", [*ASKED, *NOT_ASKED])
async def test_a_dry_run_asks_nobody(serve, what) -> None:
    served = await serve(**BOTH)
    facts(await acted(served, what, dry_run=True))
    assert served.plane.writes == []


async def test_what_is_not_asked_for_asks_nobody(serve) -> None:
    served = await serve(ask_for=("costs",))
    facts(await acted(served, "replace a login"))
    served = await serve(ask_for=("credentials",))
    facts(await acted(served, "scale up"))


async def test_with_the_loss_of_something_else_there_is_one_question_about_both(serve) -> None:
    questions = []

    async def person(asked: ElicitRequestParams) -> ElicitResult:
        questions.append(asked.message)
        return ElicitResult(action="decline")

    served = await serve(person=person, **BOTH)
    pipe = await served.pipe(POSTGRES)
    source = LOGIN["source"] | {"host": "elsewhere.example.com"}

    error(await served.call("update_clickpipe", clickpipe=pipe, source=source))

    assert len(questions) == 1
    assert "the present login" in questions[0]
    assert "elsewhere.example.com" in questions[0]
    assert served.plane.writes == []


async def test_a_free_or_resting_pipe_is_not_warned_about(serve) -> None:
    served = await serve()
    resting = await served.pipe(POSTGRES, state="stopped")
    result = await served.call("update_clickpipe", clickpipe=resting, **LOGIN)
    assert "replaces the login" not in said(result)
    running = await served.pipe(S3)
    result = await served.call("update_clickpipe", clickpipe=running, name="another")
    assert "replaces the login" not in said(result)


WAYS_IN = [
    pytest.param(spec, name, id=f"{spec.key}-{name}")
    for spec, name in updated_fields()
    if name in ("authentication", "iam_role")
]


@pytest.mark.parametrize(("spec", "name"), WAYS_IN)
async def test_another_way_in_counts_as_another_login(serve, spec, name) -> None:
    questions = []

    async def person(asked: ElicitRequestParams) -> ElicitResult:
        questions.append(asked.message)
        return ElicitResult(action="decline")

    served = await serve(person=person, sources=(spec.key,), ask_for=("credentials",))
    result = await change_field(served, spec, name, lines_about(spec, name)[0])

    assert error(result)["code"] == "consent_denied"
    assert len(questions) == 1
    assert served.plane.writes == []


async def test_the_usual_way_in_that_a_read_leaves_out_is_no_other(serve) -> None:
    served = await serve(sources=("mysql",), ask_for=("credentials",))
    mysql = source_named("mysql")
    pipe = await served.pipe(body_of(mysql))
    served.plane.retell = telling({mysql.arm: {"authentication": None}})

    told = facts(
        await served.call(
            "update_clickpipe", clickpipe=pipe, source={"authentication": "basic"}, dry_run=True
        )
    )

    assert not any("login" in one for one in told.get("warnings", []))
