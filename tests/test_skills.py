"""The guides as skills."""

from hashlib import sha256
from typing import Any, Literal

import pytest
import yaml
from mcp import MCPError
from mcp_types import INVALID_PARAMS, PaginatedRequestParams, Request, RequestParams, Result

from clickpipes_mcp.guides import PAGES
from clickpipes_mcp.skills import SKILLS
from clickpipes_mcp.sources import SOURCES

pytestmark = pytest.mark.anyio


class Params(PaginatedRequestParams):
    uri: str = ""


class SkillsRequest(Request[RequestParams, str]):
    method: Literal["skills/list", "skills/get", "resources/directory/read"]
    params: Params


class Anything(Result, extra="allow"):
    result_type: str


async def ask(served, method: str, uri: str = "") -> dict[str, Any]:
    request = SkillsRequest(method=method, params=Params(uri=uri))
    answer = await served.client.session.send_request(request, Anything)
    return answer.model_dump()


async def test_every_guide_is_in_a_skill_whose_list_is_what_a_client_reads(serve) -> None:
    served = await serve()
    listed = {one.uri: one for one in (await served.client.list_resources()).resources}

    skills = (await ask(served, "skills/list"))["skills"]

    read = {}
    for skill in skills:
        assert (await ask(served, "skills/get", skill["uri"]))["skill"] == skill
        for file in skill["resources"]:
            (content,) = (await served.client.read_resource(file["uri"])).contents
            raw = content.text.encode()
            assert file["digest"] == f"sha256:{sha256(raw).hexdigest()}"
            assert (file["size"], content.mime_type) == (len(raw), "text/markdown")
            read[file["uri"]] = content.text
        _, head, body = read[skill["uri"]].split("---\n", 2)
        assert yaml.safe_load(head) == skill["frontmatter"]
        assert skill["uri"] == f"skill://{skill['frontmatter']['name']}/SKILL.md"
        assert len(skill["frontmatter"]["description"]) <= 1024
        assert listed[skill["uri"]].name == skill["frontmatter"]["name"]
        assert listed[skill["uri"]].description == skill["frontmatter"]["description"]
        paths = [
            one["uri"].removeprefix(skill["uri"].removesuffix("SKILL.md"))
            for one in skill["resources"]
        ]
        assert all(f"({path})" in body for path in paths if path != "SKILL.md")

    for name in (*(spec.key for spec in SOURCES), *PAGES):
        (guide,) = (await served.client.read_resource(f"clickpipes://guide/{name}")).contents
        assert f"clickpipes://guide/{name}" in listed
        assert any(guide.text in text for text in read.values()), name


async def test_directories_show_what_stands_in_them(serve) -> None:
    served = await serve()
    root = SKILLS[0].root

    top = (await ask(served, "resources/directory/read", root))["resources"]
    below = (await ask(served, "resources/directory/read", f"{root}/references"))["resources"]

    assert {(one["name"], one["mimeType"]) for one in top} == {
        ("SKILL.md", "text/markdown"),
        ("references", "inode/directory"),
    }
    assert {one["uri"] for one in (*top, *below) if one["mimeType"] == "text/markdown"} == {
        uri for uri, _ in SKILLS[0].files()
    }


@pytest.mark.parametrize(
    ("method", "uri"),
    [
        ("skills/get", "skill://clickpipes-sources/references/kafka.md"),
        ("skills/get", "skill://no-such/SKILL.md"),
        ("resources/directory/read", SKILLS[0].uri),
        ("resources/directory/read", "skill://clickpipes"),
    ],
)
async def test_what_is_no_skill_and_no_directory_is_refused(serve, method, uri) -> None:
    with pytest.raises(MCPError) as refusal:
        await ask(await serve(), method, uri)

    assert refusal.value.code == INVALID_PARAMS


async def test_a_reference_that_is_no_source_is_not_found(serve) -> None:
    served = await serve()

    with pytest.raises(MCPError):
        await served.client.read_resource("skill://clickpipes-sources/references/oracle.md")
