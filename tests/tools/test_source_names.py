"""A source as an argument: by its key, by a flavour, or as people call it."""

from collections import Counter

import pytest

from clickpipes_mcp.sources import SOURCES, known_name, source_called
from tests.serving import KAFKA, facts

pytestmark = pytest.mark.anyio

EVERY_NAME = [
    pytest.param(spec, name, id=f"{spec.key}-{name}")
    for spec in SOURCES
    for name in dict.fromkeys((spec.key, spec.title, *spec.types, *spec.also_called))
]


@pytest.mark.parametrize(("spec", "name"), EVERY_NAME)
async def test_a_source_is_found_by_every_name(spec, name) -> None:
    for written in (name, name.upper(), name.replace(" ", "-")):
        assert source_called(written) is spec
        assert known_name(written) in (spec.key, *spec.types)


async def test_no_two_sources_share_a_name() -> None:
    names = Counter(
        name
        for spec in SOURCES
        for name in {
            name.replace(" ", "").casefold() for name in (spec.key, *spec.types, *spec.also_called)
        }
    )

    assert [name for name, count in names.items() if count > 1] == []


async def test_a_flavour_that_is_meant_is_one_of_the_source() -> None:
    meant = [(spec, kind) for spec in SOURCES for kind in spec.also_called.values() if kind]

    assert all(kind in spec.types for spec, kind in meant)


@pytest.mark.parametrize("name", ["msk", "Azure Event Hubs", "aurora-postgres", "R2", "mariadb"])
async def test_a_guide_knows_flavours_and_offers_what_is_particular(serve, name) -> None:
    served = await serve()

    guide = facts(await served.call("get_source_guide", source=name))

    spec = source_called(name)
    assert spec is not None
    assert spec.title in guide["summary"]
    topics = [action["arguments"]["topic"] for action in guide["next_actions"]]
    assert topics == ["network"] + ["providers"] * ("providers" in guide["topics"])


async def test_the_guide_offers_its_sources_as_a_choice(serve) -> None:
    tools = await (await serve()).tools()

    offered = tools["get_source_guide"].input_schema["properties"]["source"]["enum"]

    assert offered == [spec.key for spec in SOURCES]


async def test_a_sample_of_a_flavour_is_one_of_its_source(serve) -> None:
    served = await serve()
    source = KAFKA["source"]["kafka"]

    sample = await served.call("discover_source_schema", kind="MSK", source=source, dry_run=True)

    assert "Kafka" in facts(sample)["summary"]
