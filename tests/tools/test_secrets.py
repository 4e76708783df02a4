"""A unique value put into every secret of every tool shows up nowhere but in the request."""

import copy
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.examples import BODY_OF, put_secrets
from tests.serving import Served, said

pytestmark = pytest.mark.anyio

CANARY = "QuietCanary"
Path = tuple[str | int, ...]


def secret_places(model: type[BaseModel]) -> Iterator[Path]:
    """Every place in a request that holds a secret."""
    schema = model.model_json_schema(by_alias=False)
    yield from _places(schema, schema.get("$defs", {}), ())


def _places(node: dict[str, Any], definitions: dict[str, Any], path: Path) -> Iterator[Path]:
    if "$ref" in node:
        node = {**definitions[node["$ref"].rsplit("/", 1)[-1]], **node}
    if node.get("x-secret"):
        yield path
    for option in (*node.get("anyOf", ()), *node.get("allOf", ())):
        yield from _places(option, definitions, path)
    for name, inner in node.get("properties", {}).items():
        yield from _places(inner, definitions, (*path, name))
    if isinstance(node.get("items"), dict):
        yield from _places(node["items"], definitions, (*path, 0))


def placed(arguments: Any, path: Path, value: object) -> Any:
    """The arguments with a value at a path; what is missing on the way is made."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = arguments if isinstance(arguments, list) and arguments else [{}]
        return [placed(items[0], rest, value), *items[1:]]
    known = arguments if isinstance(arguments, dict) else {}
    return {**known, step: placed(known.get(step), rest, value)}


CREATE = [(spec, path) for spec in SOURCES for path in secret_places(spec.create)]
UPDATE = [
    (spec, path)
    for spec in SOURCES
    if spec.update is not None
    for path in secret_places(spec.update)
]
MISUSES: dict[str, object] = {
    "as itself": CANARY,
    "as a key": {CANARY: CANARY},
    "in a list": [CANARY],
    "in a list of objects": [{"secret": CANARY}],
    "in a broken reference": "${env:" + CANARY,
    "in a reference out of bounds": "${env:" + CANARY + "}",
    "as JSON": json.dumps({"private_key": CANARY}),
}


every_misuse = pytest.mark.parametrize(
    "misuse",
    [
        pytest.param(misuse, marks=() if index == 0 else pytest.mark.redteam("masking"))
        for index, misuse in enumerate(MISUSES)
    ],
)
"""The first in every run, the others in that of the hostile tests."""


def named(part: Any) -> str:
    return getattr(part, "key", None) or ".".join(map(str, part))


def test_every_source_with_credentials_has_secrets_to_try() -> None:
    assert {spec.key for spec, _ in CREATE} == {spec.key for spec in SOURCES}


@pytest.fixture
def _loud(caplog) -> None:
    caplog.set_level(logging.DEBUG)


def assert_untold(result: Any, caplog: Any, journal: Any, tolerated: tuple[str, ...] = ()) -> None:
    shown = said(result) + json.dumps(result.structured_content) + repr(result)
    logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    written = journal.read_text() if journal.exists() else ""
    for text in tolerated:
        shown = shown.replace(text, "")
    assert CANARY not in shown
    assert CANARY not in logged
    assert CANARY not in written


async def created(served: Served, spec: Any, path: Path, value: object, **more: Any) -> Any:
    arguments = placed(copy.deepcopy(dict(spec.example)), path, value)
    return await served.call(f"create_{spec.key}_clickpipe", **arguments, **more)


@pytest.mark.usefixtures("_loud")
@every_misuse
@pytest.mark.parametrize(("spec", "path"), CREATE, ids=named)
async def test_creating_never_repeats_a_secret(serve, caplog, tmp_path, spec, path, misuse) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal, sources=(spec.key,))
    reference = ("${env:" + CANARY + "}", CANARY) if "reference" in misuse else ()

    for more in ({}, {"dry_run": True}, {"unheard_of": 1}):
        result = await created(served, spec, path, MISUSES[misuse], **more)

        assert_untold(result, caplog, journal, reference)


@pytest.mark.usefixtures("_loud")
@pytest.mark.parametrize(("spec", "path"), CREATE, ids=named)
async def test_what_the_api_echoes_is_masked(
    serve, caplog, monkeypatch, tmp_path, spec, path
) -> None:
    journal = tmp_path / "journal.jsonl"
    fault = Fault(kind="status", method="POST", status=400, text=f"wrong: {CANARY}, '{CANARY}'")
    served = await serve(
        journal=journal, sources=(spec.key,), simulator={"faults": (fault,)}, secrets_dir=tmp_path
    )
    put_secrets(monkeypatch, tmp_path)

    result = await created(served, spec, path, CANARY)

    assert_untold(result, caplog, journal)


@pytest.mark.usefixtures("_loud")
@every_misuse
@pytest.mark.parametrize(("spec", "path"), UPDATE, ids=named)
async def test_updating_never_repeats_a_secret(serve, caplog, tmp_path, spec, path, misuse) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal, sources=(spec.key,))
    pipe = await served.pipe(BODY_OF[spec.key])
    reference = ("${env:" + CANARY + "}", CANARY) if "reference" in misuse else ()

    for more in ({}, {"dry_run": True}, {"unheard_of": 1}):
        source = placed({}, path, MISUSES[misuse])
        result = await served.call("update_clickpipe", clickpipe=pipe, source=source, **more)

        assert_untold(result, caplog, journal, reference)


@pytest.mark.usefixtures("_loud")
@pytest.mark.parametrize("name", ["password", "passwrd", "pasword_", "secretKey", "token"])
async def test_a_secret_under_a_misspelt_name_is_not_repeated(
    serve, caplog, tmp_path, name
) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal, sources=("kafka",))
    for place in (name, f"source.{name}", f"source.credentials.{name}.value"):
        arguments = placed(dict(SOURCES[0].example), tuple(place.split(".")), CANARY)

        result = await served.call("create_kafka_clickpipe", **arguments)

        assert result.is_error
        assert_untold(result, caplog, journal)


async def test_a_literal_secret_reaches_the_request_unchanged(serve) -> None:
    served = await serve(sources=("kafka",))

    await created(served, SOURCES[0], ("source", "credentials", "password"), CANARY)

    sent = served.plane.writes[0].body["source"]["kafka"]["credentials"]["password"]
    assert sent == CANARY
