"""Pages a client can read."""

import pytest
from mcp import MCPError

from clickpipes_mcp.diagnosis import RULES
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.page_texts import rule_ids
from tests.serving import KAFKA, facts

pytestmark = pytest.mark.anyio


async def read(served, uri) -> str:
    (content,) = (await served.client.read_resource(uri)).contents
    return content.text


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_the_guide_of_a_source_holds_every_topic(serve, spec) -> None:
    served = await serve()

    page = await read(served, f"clickpipes://guide/{spec.key}")

    assert page.startswith(f"# {spec.title}")
    assert all(f"## {topic}" in page for topic in ("prerequisites", "network", "pitfalls"))


async def test_a_pipe_is_shown_as_the_tool_shows_it(serve, era) -> None:
    served = await serve(era=era)
    pipe = await served.pipe(KAFKA)

    page = await read(served, f"clickpipes://pipe/{pipe}")

    assert facts(await served.call("get_clickpipe", clickpipe=pipe))["summary"] in page
    assert "[simulator]" in page


async def test_every_rule_is_explained_under_its_id(serve) -> None:
    served = await serve()
    ids = list(rule_ids())

    for rule in ids:
        page = await read(served, f"clickpipes://rules/{rule}")
        assert page.startswith(f"# {rule}\n")
        assert "https://" in page

    named = {rule.id for spec in SOURCES for rule in (*spec.update_rules, *spec.settings_rules)}
    assert {RULES[0].id, "kafka.iam-role-needed", *named} <= set(ids)
    assert {"scaling.memory-per-core", "update.table-is-mapped"} & set(ids)
    assert len(ids) == len(set(ids))


async def test_a_guide_is_found_by_a_flavour(serve) -> None:
    served = await serve()

    assert await read(served, "clickpipes://guide/msk") == await read(
        served, "clickpipes://guide/kafka"
    )


@pytest.mark.parametrize(
    "uri",
    [
        "clickpipes://guide/oracle",
        "clickpipes://pipe/3f2b8c1e-0000-4000-8000-000000000001",
        "clickpipes://rules/no.such",
        "clickpipes://nothing/here",
        "clickpipes://guide/..%2Fserver",
    ],
)
async def test_a_page_that_does_not_exist_is_an_error_in_both_eras(serve, era, uri) -> None:
    served = await serve(era=era)

    with pytest.raises(MCPError):
        await read(served, uri)


async def test_the_kinds_of_pages_are_listed(serve) -> None:
    served = await serve()

    listed = (await served.client.list_resource_templates()).resource_templates

    assert {template.uri_template for template in listed} == {
        "clickpipes://guide/{source}",
        "clickpipes://pipe/{id}",
        "clickpipes://pipe/{id}/export/{format}",
        "clickpipes://rules/{id}",
        "skill://clickpipes-sources/references/{source}.md",
    }


@pytest.mark.parametrize(
    "uri",
    ["postgresql://owner:quiet4711@db.example.com/shop", "clickpipes://x?password=quiet4711"],
)
async def test_an_address_that_leads_nowhere_is_told_without_its_secrets(serve, era, uri) -> None:
    served = await serve(era=era)

    with pytest.raises(MCPError, match="Unknown resource: ") as refused:
        await served.client.read_resource(uri)

    told = refused.value.error
    assert "quiet4711" not in told.model_dump_json()
    assert uri.split(":")[0] in told.data["uri"]
