"""Completing the names a person types."""

import pytest
from mcp_types import PromptReference, ResourceTemplateReference

from tests.serving import KAFKA

pytestmark = pytest.mark.anyio


async def completed(served, name, value, *, ref=None) -> list[str]:
    ref = ref or PromptReference(type="ref/prompt", name="set_up_clickpipe")
    answer = await served.client.complete(ref, {"name": name, "value": value})
    return answer.completion.values


def page(uri):
    return ResourceTemplateReference(type="ref/resource", uri=uri)


async def test_sources_complete(serve, era) -> None:
    served = await serve(era=era)

    assert await completed(served, "source", "K") == ["kafka", "kinesis"]


async def test_guides_complete_by_their_sources_and_beside_them(serve) -> None:
    served = await serve()

    assert await completed(served, "source", "s", ref=page("clickpipes://guide/{source}")) == [
        "s3",
        "safety",
    ]


async def test_services_complete(serve) -> None:
    served = await serve()

    assert await completed(served, "service", "simulated-a") == ["simulated-analytics"]


async def test_pipes_complete_by_name_and_pages_by_id(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    assert await completed(served, "clickpipe", KAFKA["name"][:4].upper()) == [KAFKA["name"]]
    assert await completed(served, "id", "", ref=page("clickpipes://pipe/{id}")) == [pipe]


async def test_rules_complete(serve) -> None:
    served = await serve()

    found = await completed(served, "id", "network.", ref=page("clickpipes://rules/{id}"))

    assert "network.refused" in found


async def test_at_most_a_hundred_names_are_answered(serve) -> None:
    served = await serve(simulator={"pipes": 150})
    ref = PromptReference(type="ref/prompt", name="review_clickpipe")

    answer = (await served.client.complete(ref, {"name": "clickpipe", "value": ""})).completion

    assert (len(answer.values), answer.total, answer.has_more) == (100, 150, True)


async def test_an_argument_without_names_completes_to_nothing(serve) -> None:
    served = await serve()

    assert await completed(served, "goal", "x") == []


async def test_an_api_that_does_not_answer_completes_to_nothing(serve) -> None:
    served = await serve(
        key_id="expired-key", key_secret="example-secret", simulator={"key": ("a", "b")}
    )

    assert await completed(served, "service", "") == []
