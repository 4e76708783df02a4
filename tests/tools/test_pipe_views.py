"""What is shown of a pipe: also what the API never returns, and mappings fit to be handed back."""

import copy

import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.pipe_views import whole
from tests.examples import BODY_OF
from tests.serving import facts, said

pytestmark = pytest.mark.anyio

SPECS = {spec.key: spec for spec in SOURCES}


@pytest.mark.parametrize("key", BODY_OF)
async def test_what_the_api_never_returns_is_named(serve, key) -> None:
    served = await serve()
    pipe = await served.pipe(BODY_OF[key])

    result = await served.call("get_clickpipe", clickpipe=pipe)

    named = facts(result)["not_returned"]
    assert "destination.roles" in named
    assert {path.rpartition(".")[2] for path in named} <= {
        *SPECS[key].read_back.never,
        *SPECS[key].read_back.sometimes,
    }
    assert all(path in said(result) for path in named)


@pytest.mark.parametrize(
    ("key", "hidden"),
    [
        ("kafka", {"source.credentials"}),
        ("azure_blob", {"source.connection_string", "source.path", "source.azure_container_name"}),
        ("s3", {"source.access_key"}),
        ("mongodb", {"source.credentials"}),
    ],
)
async def test_credentials_and_places_are_said_to_be_hidden(serve, key, hidden) -> None:
    served = await serve()
    pipe = await served.pipe(BODY_OF[key])

    shown = facts(await served.call("get_clickpipe", clickpipe=pipe))

    assert hidden <= set(shown["not_returned"])


async def test_mappings_can_be_handed_back(serve, monkeypatch) -> None:
    monkeypatch.setenv("CLICKPIPES_SECRET_KAFKA", "example")
    served = await serve()
    example = copy.deepcopy(dict(SPECS["kafka"].example))
    mappings = [
        {"source_field": "id", "destination_field": "id"},
        {"source_field": "text", "destination_field": "message"},
    ]
    made = facts(await served.call("create_kafka_clickpipe", **example, field_mappings=mappings))

    shown = facts(await served.call("get_clickpipe", clickpipe=made["clickpipe"]["id"]))

    assert shown["field_mappings"] == mappings
    again = {**example, "name": "another", "field_mappings": shown["field_mappings"]}
    facts(await served.call("create_kafka_clickpipe", **again, dry_run=True))


async def test_table_mappings_can_be_handed_back(serve) -> None:
    served = await serve()
    pipe = await served.pipe(BODY_OF["postgres"])

    shown = facts(await served.call("get_clickpipe", clickpipe=pipe))

    source = copy.deepcopy(BODY_OF["postgres"]["source"])
    source["postgres"]["tableMappings"] = shown["configuration"]["tableMappings"]
    body = {**BODY_OF["postgres"], "name": "another", "source": source}
    facts(await served.call("create_postgres_clickpipe", **body, dry_run=True))


@pytest.mark.parametrize(
    "sent", ["2026-05-13T17:47:28.132987Z", "2026-05-13T19:47:28+02:00", "2026-05-13T17:47:28"]
)
def test_times_are_shown_in_utc(sent) -> None:
    pipe = Pipe.model_validate({"id": "1", "name": "a", "createdAt": sent})
    assert whole(pipe).created_at == "2026-05-13T17:47:28Z"
