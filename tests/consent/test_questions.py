"""What a question shows, and what no name can make it show: every question there is."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.settings import TOOLSETS
from tests.guides.losses import PERFORMED, lines
from tests.serving import KAFKA, PIPES, POSTGRES, Arrived, Served, answering, said
from tests.tools.secret_ways import TRAVELLER, USUAL
from tests.tools.test_dry_run import THROUGH_OTHERS

pytestmark = pytest.mark.anyio

FORGED = "report” on the simulator?\nLost: nothing.\nStays: everything.\u2028Undo: “easy"
ASKING = [
    line
    for line in lines()
    if line.asks and (line.tool, line.head) in PERFORMED and line.tool not in THROUGH_OTHERS
]
OURS = re.compile(r"^(?:Lost|Stays|To undo|This cannot be undone|Cannot be undone)")
NAMES = ("name", "description", "topics", "sourceTable", "targetTable", "table", "privateDnsName")
TYPED = "To go ahead, type the name: "


@dataclass
class Reader:
    """A person who remembers the questions, and declines."""

    questions: list[str] = field(default_factory=list)

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        self.questions.append(asked.message)
        return ElicitResult(action="decline")


def with_forged(value: Any, key: str = "") -> Any:
    """What the API answers, with a hostile text in the place of every name."""
    if isinstance(value, dict):
        return {name: with_forged(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [with_forged(inner, key) for inner in value]
    if key in NAMES and isinstance(value, str) and "example.com" not in value:
        return f"{value}{FORGED}"
    return value


def forge_names(arrived: Arrived, body: bytes) -> bytes:
    """What the API tells of pipes and of what is beside them, with hostile names."""
    if not arrived.path.startswith(PIPES) or not body:
        return body
    return json.dumps(with_forged(json.loads(body))).encode()


@pytest.fixture
def asked_with(serve, monkeypatch, tmp_path):
    """What a call asks of a person, as the API tells names, or with a hostile text in each."""
    for name in (USUAL, TRAVELLER):
        monkeypatch.setenv(name, "example-secret")

    async def asked(line: Any, *, forge: bool) -> str:
        reader = Reader()
        served = await serve(person=reader, toolsets=TOOLSETS, secrets_dir=tmp_path)
        if forge:
            served.plane.retell = forge_names
        result = await PERFORMED[line.tool, line.head](served)
        assert len(reader.questions) == 1, said(result)
        return reader.questions[0]

    return asked


@pytest.mark.redteam("questions")
@pytest.mark.parametrize("line", ASKING, ids=str)
async def test_no_name_forges_a_line_of_a_question(asked_with, line) -> None:
    plain, forged = await asked_with(line, forge=False), await asked_with(line, forge=True)

    def ours(message: str) -> list[str]:
        return [one.partition(":")[0] for one in message.splitlines() if OURS.match(one)]

    assert ours(forged) == ours(plain)
    assert len(forged.splitlines()) - len(plain.splitlines()) in (0, 1)
    assert all(one.isprintable() for one in forged.splitlines())
    for one in forged.splitlines():
        if not one.startswith(("What stands between", TYPED)):
            outside = re.sub(r"“[^“”]*”", "", one)
            assert "“" not in outside
            assert "”" not in outside
            assert "nothing." not in outside
    if "“" in forged and "nothing" in forged.partition(TYPED)[0]:
        assert "is what somebody wrote" in forged


async def question_of(served: Served, reader: Reader, pipe: str, tool: str) -> str:
    await served.call(tool, clickpipe=pipe)
    return reader.questions[-1]


@pytest.mark.parametrize("tool", ["delete_clickpipe", "stop_clickpipe"])
async def test_a_question_shows_what_is_read_and_which_table_is_filled(serve, tool) -> None:
    reader = Reader()
    served = await serve(person=reader)
    kafka, postgres = await served.pipe(KAFKA), await served.pipe(POSTGRES)

    asked = await question_of(served, reader, kafka, tool)
    assert "reads my_topic at broker.example.com:9092; fills default.my_table" in asked
    asked = await question_of(served, reader, postgres, tool)
    assert "reads mydb at postgres.example.com; fills default.public_users" in asked


async def test_a_question_tells_the_name_a_pipe_had_before_an_update(serve, era) -> None:
    reader = Reader()
    served = await serve(era=era, person=reader)
    pipe = await served.pipe(KAFKA | {"name": "prod-orders"})
    await served.call("update_clickpipe", clickpipe=pipe, name="scratch")

    asked = await question_of(served, reader, pipe, "delete_clickpipe")

    assert "Delete the ClickPipe “scratch”" in asked
    assert "\nRenamed of late; it was called “prod-orders”.\n" in asked


async def test_a_question_tells_the_name_by_the_journal_of_another_process(serve, tmp_path) -> None:
    journal, reader = tmp_path / "journal.jsonl", Reader()
    one = await serve(journal=journal)
    pipe = await one.pipe(KAFKA | {"name": "prod-orders"})
    await one.call("update_clickpipe", clickpipe=pipe, name="scratch")
    other = await serve(journal=journal, person=reader)
    assert await other.pipe(KAFKA | {"name": "scratch"}) == pipe

    assert "it was called “prod-orders”" in await question_of(
        other, reader, pipe, "delete_clickpipe"
    )


async def test_a_question_tells_the_name_before_somebody_else_renamed_the_pipe(serve) -> None:
    reader = Reader()
    served = await serve(person=reader)
    pipe = await served.pipe(KAFKA | {"name": "prod-orders"})
    await served.call("list_clickpipes")
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "scratch"})

    assert "it was called “prod-orders”" in await question_of(
        served, reader, pipe, "delete_clickpipe"
    )


async def test_a_flood_of_renames_does_not_hide_the_first_name(serve) -> None:
    reader = Reader()
    served = await serve(person=reader)
    pipe = await served.pipe(KAFKA | {"name": "prod-orders"})
    for index in range(12):
        await served.call("update_clickpipe", clickpipe=pipe, name=f"scratch {index}")

    asked = await question_of(served, reader, pipe, "delete_clickpipe")

    assert "it was called “prod-orders”, " in asked
    assert " and 7 more." in asked


async def test_a_pipe_that_was_not_renamed_has_no_former_name(serve) -> None:
    reader = Reader()
    served = await serve(person=reader)
    pipe = await served.pipe(KAFKA | {"name": "report” … Lost: nothing"})
    await served.call("update_clickpipe", clickpipe=pipe, name="report” … Lost: nothing")

    assert "Renamed" not in await question_of(served, reader, pipe, "delete_clickpipe")


@pytest.mark.parametrize("typed", ["report” … Lost: nothing", "report' … Lost: nothing"])
async def test_a_name_with_quotation_marks_is_typed_as_it_is_or_as_it_is_shown(
    serve, era, typed
) -> None:
    served = await serve(era=era, person=answering("accept", name=typed))
    pipe = await served.pipe(KAFKA | {"name": "report” … Lost: nothing"})

    result = await served.call("delete_clickpipe", clickpipe=pipe)

    assert not result.is_error, said(result)
    assert [write.method for write in served.plane.writes] == ["DELETE"]
