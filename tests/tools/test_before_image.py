"""What the journal keeps of a pipe before it is changed, and that no secret is in it."""

import copy
import json
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.journal import MOST_BEFORE_BYTES
from clickpipes_mcp.secret_refs import Secret
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.before_image import before_image
from tests.examples import BODY_OF
from tests.serving import KAFKA, POSTGRES, S3, facts
from tests.tools.test_secrets import CANARY, CREATE, UPDATE, named, placed

pytestmark = pytest.mark.anyio


def answered(spec: Any, **changes: Any) -> dict[str, Any]:
    """A pipe as the API shows it."""
    return {
        "id": "an id",
        "serviceId": "another",
        "state": "Running",
        **copy.deepcopy(BODY_OF[spec.key]),
        **changes,
    }


def imaged(body: dict[str, Any]) -> str:
    """The image, and that of the true values, in which nothing is masked beforehand."""
    pipe = Pipe.model_validate(body)
    return json.dumps([before_image(pipe), before_image(pipe.truth)])


@pytest.mark.parametrize(("spec", "path"), CREATE + UPDATE, ids=named)
@pytest.mark.parametrize(
    "value", [CANARY, {"inner": CANARY}, [CANARY]], ids=["text", "object", "list"]
)
def test_a_secret_that_the_api_should_return_is_left_out(spec, path, value) -> None:
    within = tuple(step if isinstance(step, int) else to_camel(step) for step in path)
    body = answered(spec)
    arm = (spec.arm, *within[1:]) if within[0] == "source" else (spec.arm, *within)
    body["source"] = placed(body["source"], arm, value)
    assert CANARY in json.dumps(body)
    assert CANARY not in imaged(body)


@pytest.mark.parametrize("value", [CANARY, {"inner": CANARY}, [CANARY], Secret(CANARY)], ids=type)
def test_no_secret_of_what_is_asked_is_kept(value) -> None:
    for spec, path in CREATE + UPDATE:
        within = tuple(step if isinstance(step, int) else to_camel(step) for step in path)
        arm = (spec.arm, *within[1:]) if within[0] == "source" else (spec.arm, *within)
        shown = answered(spec)
        asked = {"name": "new", "source": placed(shown["source"], arm, value)}
        image = json.dumps(before_image(Pipe.model_validate(answered(spec)), asked))
        assert CANARY not in image
        assert '"asked": {"name": "new"' in image


def places(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """Every object within a body."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:1]):
            yield from places(inner, (*path, number))


@pytest.mark.parametrize("spec", SOURCES, ids=named)
def test_a_field_that_nobody_knows_is_left_out_wherever_it_stands(spec) -> None:
    body = answered(spec, settings={"clickhouse_max_threads": 4}, scaling={"replicas": 1})
    for path in places(body):
        for value in (CANARY, {"inner": CANARY}, [CANARY]):
            changed = placed(body, (*path, "newField"), value)
            assert CANARY in json.dumps(changed)
            assert CANARY not in imaged(changed)


@pytest.mark.parametrize("spec", SOURCES, ids=named)
def test_what_is_known_not_to_be_secret_is_kept(spec) -> None:
    body = answered(spec)
    image = before_image(Pipe.model_validate(body))
    assert image["name"] == body["name"]
    assert image["state"] == "Running"
    assert set(image["source"]) == {spec.arm}
    assert image["source"][spec.arm]
    assert "destination" in image


def test_a_pipe_of_an_unknown_source_keeps_its_name_and_its_state() -> None:
    body = {"id": "x", "name": "n", "state": "Running", "source": {"new": {"secret": CANARY}}}
    assert before_image(Pipe.model_validate(body)) == {"name": "n", "state": "Running"}


def test_a_very_long_image_is_shortened_and_says_so() -> None:
    tables = [
        {"sourceSchemaName": "public", "sourceTable": f"t{number}", "targetTable": f"p{number}"}
        for number in range(2000)
    ]
    source = {"postgres": POSTGRES["source"]["postgres"] | {"tableMappings": tables}}
    body = POSTGRES | {"id": "x", "state": "Running", "source": source}
    text = json.dumps(before_image(Pipe.model_validate(body)))
    assert len(text.encode()) <= MOST_BEFORE_BYTES
    assert '"shortened": true' in text
    assert "postgres.example.com" in text


CHANGES = {
    "update_clickpipe": (KAFKA, {"name": "another"}),
    "update_clickpipe_settings": (S3, {"settings": {"clickhouse_max_threads": 4}}),
    "scale_clickpipe": (KAFKA, {"replicas": 2}),
    "stop_clickpipe": (KAFKA, {}),
    "resync_clickpipe": (POSTGRES, {}),
    "delete_clickpipe": (KAFKA, {}),
}


@pytest.mark.parametrize("tool", CHANGES)
async def test_every_change_of_a_pipe_is_journaled_with_what_it_was(serve, tmp_path, tool) -> None:
    path = tmp_path / "journal"
    body, arguments = CHANGES[tool]
    served = await serve(consent="dangerously-off", journal=path)
    pipe = await served.pipe(body)

    facts(await served.call(tool, clickpipe=pipe, **arguments))

    intent, outcome = map(json.loads, path.read_text().splitlines())
    assert intent["before"]["name"] == body["name"]
    assert intent["before"]["source"].keys() == body["source"].keys()
    assert "before" not in outcome
