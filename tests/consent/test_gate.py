"""Nothing destructive happens unless a person clearly said yes: every operation, both eras."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp_types import (
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
)

from tests.serving import KAFKA, POSTGRES, Served, answering, error, facts, said

pytestmark = pytest.mark.anyio

NAME = "orders to clickhouse"
MAPPINGS = [
    {"sourceSchemaName": "public", "sourceTable": table, "targetTable": f"public_{table}"}
    for table in ("users", "orders")
]
POSTGRES_OF_TWO = POSTGRES | {
    "name": NAME,
    "source": {"postgres": POSTGRES["source"]["postgres"] | {"tableMappings": MAPPINGS}},
}
NAMED = {"name": NAME}


@dataclass(frozen=True)
class Danger:
    """A destructive call, the form that agrees to it, and the one write it then makes."""

    tool: str
    body: dict[str, Any]
    method: str
    sent: Any = None
    state: str = "settled"
    arguments: dict[str, Any] = field(default_factory=dict)
    right: dict[str, Any] = field(default_factory=lambda: dict(NAMED))
    wrong: dict[str, Any] = field(default_factory=lambda: {"name": "orders"})
    lost: str = ""
    undo: str = ""


REMOVED = MAPPINGS[:1]
DANGERS = {
    "delete": Danger(
        "delete_clickpipe",
        KAFKA | NAMED,
        "DELETE",
        lost="its position in the source",
        undo="This cannot be undone. A new pipe starts at an offset of its own",
    ),
    "stop": Danger(
        "stop_clickpipe",
        KAFKA | NAMED,
        "PATCH",
        {"command": "stop"},
        right={"choice": "stop it"},
        wrong={"choice": "leave it running"},
        lost="nothing, if the pipe is started again before",
        undo="To undo this, start the pipe again.",
    ),
    "resync": Danger(
        "resync_clickpipe",
        POSTGRES | NAMED,
        "PATCH",
        {"command": "resync"},
        lost="changes made to the destination tables by hand",
        undo="This cannot be undone once the new tables",
    ),
    "remove tables": Danger(
        "update_clickpipe",
        POSTGRES_OF_TWO,
        "PATCH",
        {"source": {"postgres": {"tableMappingsToRemove": REMOVED}}},
        state="stopped",
        arguments={"source": {"table_mappings_to_remove": REMOVED}},
        lost="the replication of the named tables",
        undo="To undo this, add the removed tables again",
    ),
}


@pytest.fixture(params=list(DANGERS))
def danger(request) -> Danger:
    return DANGERS[request.param]


async def attempted(served: Served, danger: Danger, **extra: Any) -> Any:
    """Make the pipe, make the call; the result."""
    pipe = await served.pipe(danger.body, state=danger.state)
    return await served.call(danger.tool, clickpipe=pipe, **danger.arguments, **extra)


@dataclass
class Watched:
    """A person who remembers the questions."""

    action: str
    content: dict[str, Any] | None = None
    questions: list[ElicitRequestFormParams] = field(default_factory=list)

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        assert isinstance(asked, ElicitRequestFormParams)
        self.questions.append(asked)
        return ElicitResult(action=self.action, content=self.content)


async def test_the_right_answer_makes_exactly_one_write(serve, era, danger) -> None:
    person = Watched("accept", danger.right)
    served = await serve(era=era, person=person)

    result = await attempted(served, danger)

    assert not result.is_error, said(result)
    assert [(write.method, write.body) for write in served.plane.writes] == [
        (danger.method, danger.sent)
    ]
    assert len(person.questions) == 1


NOT_A_YES = {
    "decline": ("decline", None),
    "cancel": ("cancel", None),
    "accept without content": ("accept", None),
    "accept of an empty form": ("accept", {}),
    "accept of an empty name": ("accept", {"name": ""}),
    "accept of blanks": ("accept", {"name": "   "}),
    "accept of another case": ("accept", {"name": NAME.upper()}),
    "accept of part of the name": ("accept", {"name": NAME[:-1]}),
    "accept of a plain yes": ("accept", {"confirm": True}),
    "accept of an unknown choice": ("accept", {"choice": "yes"}),
}


@pytest.mark.parametrize(("action", "content"), NOT_A_YES.values(), ids=NOT_A_YES)
async def test_anything_but_a_clear_yes_changes_nothing(
    serve, era, danger, action, content
) -> None:
    served = await serve(era=era, person=answering(action, **(content or {})))

    result = await attempted(served, danger)

    assert error(result)["code"] == "consent_denied"
    assert "Nothing was changed" in said(result)
    assert served.plane.writes == []


async def test_a_refusal_by_name_or_choice_changes_nothing(serve, era, danger) -> None:
    served = await serve(era=era, person=answering("accept", **danger.wrong))

    result = await attempted(served, danger)

    assert error(result)["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_a_client_that_cannot_ask_is_refused_with_the_facts(serve, era, danger) -> None:
    served = await serve(era=era)

    result = await attempted(served, danger)

    refusal = error(result)
    assert refusal["code"] == "consent_required"
    assert danger.lost in refusal["problem"]
    assert served.plane.writes == []


async def test_the_question_says_what_is_lost_what_stays_and_whether_it_can_be_undone(
    serve, era, danger
) -> None:
    person = Watched("decline")
    served = await serve(era=era, person=person)

    await attempted(served, danger)

    message = person.questions[0].message
    assert NAME in message
    assert "\nLost: " in message
    assert danger.lost in message
    assert "\nStays: " in message
    assert f"\n{danger.undo}" in message
    assert "simulator" in message


async def test_every_field_of_the_form_must_be_filled_in(serve, era, danger) -> None:
    person = Watched("decline")
    served = await serve(era=era, person=person)

    await attempted(served, danger)

    form = person.questions[0].requested_schema
    assert len(form["properties"]) == 1
    assert form["required"] == list(form["properties"])
    assert all("default" not in asked for asked in form["properties"].values())


async def test_removing_tables_names_them(serve, era) -> None:
    person = Watched("decline")
    served = await serve(era=era, person=person)

    await attempted(served, DANGERS["remove tables"])

    assert "Tables removed: public.users → public_users." in person.questions[0].message


async def test_a_dry_run_asks_nobody(serve, era, danger) -> None:
    person = Watched("decline")
    served = await serve(era=era, person=person)

    result = await attempted(served, danger, dry_run=True)

    assert facts(result)["request"]["method"] == danger.method
    assert person.questions == []
    assert served.plane.writes == []


async def test_consent_switched_off_asks_nobody_and_is_journaled(
    serve, era, danger, tmp_path
) -> None:
    journal = tmp_path / "journal.jsonl"
    person = Watched("decline")
    served = await serve(era=era, person=person, consent="dangerously-off", journal=journal)

    result = await attempted(served, danger)

    assert not result.is_error, said(result)
    assert person.questions == []
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {line["consent"] for line in lines} == {"switched off by the operator"}


async def test_the_journal_says_that_a_person_was_asked(serve, era, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(era=era, person=answering("accept", **NAMED), journal=journal)

    await attempted(served, DANGERS["delete"])

    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(line["phase"], line["consent"]) for line in lines] == [
        ("intent", "asked"),
        ("outcome", "asked"),
    ]


async def test_changes_that_destroy_nothing_ask_nobody(serve, era) -> None:
    person = Watched("decline")
    served = await serve(era=era, person=person)
    pipe = await served.pipe(KAFKA | NAMED)

    result = await served.call("update_clickpipe", clickpipe=pipe, name="another name")

    assert not result.is_error, said(result)
    assert person.questions == []
