"""The guide to safety says the truth: every line of its table is performed."""

import re
from dataclasses import dataclass, field

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.source_facts import Loss
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS, Effect
from tests.guides.losses import (
    PERFORMED,
    Line,
    change_field,
    inner_names,
    lines,
    lines_about,
    performance,
    tools_of,
    updated_fields,
)
from tests.serving import Served, error, said
from tests.tools.secret_ways import KEY, TRAVELLER, USUAL

pytestmark = pytest.mark.anyio

OF_FIELDS = [
    (spec, name, line) for spec, name in updated_fields() for line in lines_about(spec, name)
]
OTHERS = [line for line in lines() if line not in {one for _, _, one in OF_FIELDS}]
ROOT = "-----BEGIN CERTIFICATE-----\naW52ZW50ZWQ=\n-----END CERTIFICATE-----\n"


GUARDS = re.compile("tls|ssl|cert|verif|encrypt")
"""In the name of every field on which it depends who can read along."""


@dataclass
class Unwilling:
    """A person who remembers what they were asked, and declines."""

    questions: list[str] = field(default_factory=list)

    async def __call__(self, asked: ElicitRequestParams) -> ElicitResult:
        self.questions.append(asked.message)
        return ElicitResult(action="decline")


@pytest.fixture
def person() -> Unwilling:
    return Unwilling()


@pytest.fixture
async def served(serve, person, tmp_path, monkeypatch) -> Served:
    (tmp_path / "key.json").write_text(KEY)
    (tmp_path / "ca.pem").write_text(ROOT)
    for name in (USUAL, TRAVELLER):
        monkeypatch.setenv(name, "example-secret")
    return await serve(
        person=person, toolsets=TOOLSETS, secrets_dir=tmp_path, journal=tmp_path / "j"
    )


def named(part: object) -> str:
    return getattr(part, "key", None) or str(part)


def check(line: Line, result, served: Served, person: Unwilling) -> None:
    """Whether a line told the truth about a call that does what it says."""
    if line.asks:
        assert len(person.questions) == 1, said(result)
        assert "\nLost: " in person.questions[0]
        assert error(result)["code"] == "consent_denied"
        assert served.plane.writes == []
    else:
        assert person.questions == []
        assert not result.is_error, said(result)


def test_every_tool_that_does_more_than_read_stands_in_the_table() -> None:
    told = {tool for line in lines() for tool in tools_of(line)}

    assert told == {tool.name for tool in TOOLS if tool.effect is not Effect.READ}


def test_every_tool_that_destroys_has_a_line_that_asks() -> None:
    asking = {tool for line in lines() if line.asks for tool in tools_of(line)}

    assert asking >= {tool.name for tool in TOOLS if tool.effect.is_destructive}


def test_every_tool_that_can_ask_has_a_line_that_asks() -> None:
    asking = {tool for line in lines() if line.asks for tool in tools_of(line)}
    by_choice = {
        tool for line in lines() if "CLICKPIPES_ASK_FOR" in line.answer for tool in tools_of(line)
    }

    assert by_choice == {"scale_clickpipe", "update_cdc_scaling", "update_clickpipe"}
    assert asking | by_choice == {tool.name for tool in TOOLS if tool.prepare is not None}


def test_every_field_that_an_update_changes_stands_in_the_table() -> None:
    missing = [
        f"{spec.key}.{name}" for spec, name in updated_fields() if not lines_about(spec, name)
    ]

    assert missing == []


def test_what_a_source_declares_as_a_loss_is_asked_and_nothing_else() -> None:
    by_delta = {"table_mappings_to_remove"}
    for spec in SOURCES:
        fields = {name for one, name in updated_fields() if one is spec}
        asked = {name for name in fields if any(line.asks for line in lines_about(spec, name))}
        assert asked - by_delta == set(spec.losses)


def test_whatever_guards_a_connection_is_protection_that_a_person_is_asked_about() -> None:
    guards = [(spec, name) for spec, name in updated_fields() if GUARDS.search(name)]

    assert {name for _, name in guards} >= {"tls_host", "ca_certificate", "disable_tls"}
    assert [
        f"{spec.key}.{name}"
        for spec, name in guards
        if spec.losses.get(name) is not Loss.PROTECTION
        or not any(line.asks for line in lines_about(spec, name))
    ] == []


def test_no_guard_of_a_connection_hides_within_another_field() -> None:
    fields = {f"{spec.key}.{name}": inner_names(spec, name) for spec, name in updated_fields()}
    own_certificate = {"certificate", "private_key"}

    assert [
        f"{field}.{inner}"
        for field, names in fields.items()
        for inner in (names - own_certificate if own_certificate <= names else names)
        if GUARDS.search(inner)
    ] == []
    assert own_certificate <= fields["kafka.credentials"]


def test_every_line_is_performed() -> None:
    performed = [(line.tool, line.head) for line in OTHERS]

    assert len(performed) == len(set(performed))
    assert PERFORMED.keys() <= set(performed)
    by_working_calls = [tool for tool, head in performed if (tool, head) not in PERFORMED]
    assert len(by_working_calls) == len(set(by_working_calls))


@pytest.mark.parametrize("line", lines(), ids=str)
def test_a_line_that_does_not_ask_says_why(line) -> None:
    assert line.lost
    assert line.asks or line.answer.startswith("Not asked: ")


@pytest.mark.parametrize(("spec", "name", "line"), OF_FIELDS, ids=named)
async def test_a_change_of_a_field_asks_as_its_line_says(served, person, spec, name, line) -> None:
    result = await change_field(served, spec, name, line)

    check(line, result, served, person)


@pytest.mark.parametrize("line", OTHERS, ids=str)
async def test_a_call_asks_as_its_line_says(served, person, line) -> None:
    result = await performance(line)(served)

    check(line, result, served, person)


async def test_the_guide_is_a_page(served) -> None:
    (content,) = (await served.client.read_resource("clickpipes://guide/safety")).contents

    assert "| `delete_clickpipe` |" in content.text
