"""Pipes written down by the tool and by the page of a pipe."""

import json

import pytest

from clickpipes_mcp.code.targets import TARGETS
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import BASTION_KEY_ID
from tests.examples import BODY_OF
from tests.serving import KAFKA, POSTGRES, Arrived, error, facts, telling
from tests.tools.network.endpoints import endpoint

pytestmark = pytest.mark.anyio
EXPORT = "export_clickpipe"
each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@each_target
async def test_a_whole_service_is_written_down_without_a_secret(serve, target) -> None:
    served = await serve(toolsets=TOOLSETS)
    for name, body in BODY_OF.items():
        await served.pipe(body | {"name": name})

    told = facts(await served.call(EXPORT, format=target.name))

    assert all(name in told["content"] for name in BODY_OF)
    assert told["file"].endswith(target.suffix)
    assert "my_password" not in told["content"]
    assert any("source.ssh_key_resource_id" in warning for warning in told["warnings"])


@each_target
async def test_the_page_of_a_pipe_says_what_the_tool_says(serve, target) -> None:
    served = await serve(toolsets=TOOLSETS)
    pipe = await served.pipe(POSTGRES)
    told = facts(await served.call(EXPORT, format=target.name, clickpipes=[pipe]))

    read = await served.client.read_resource(f"clickpipes://pipe/{pipe}/export/{target.name}")

    assert read.contents[0].text == told["content"]


async def test_what_pipes_use_is_written_down_with_them_and_referred_to(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    made = await endpoint(served)
    kafka = KAFKA["source"]["kafka"] | {"reversePrivateEndpointIds": [made["id"]]}
    await served.pipe(KAFKA | {"source": {"kafka": kafka}})
    postgres = POSTGRES["source"]["postgres"] | {"sshKeyResourceId": BASTION_KEY_ID}
    await served.pipe(POSTGRES | {"source": {"postgres": postgres}})
    served.plane.retell = telling({"postgres": {"sshKeyResourceId": BASTION_KEY_ID}})

    content = facts(await served.call(EXPORT, format="terraform"))["content"]

    assert "= [clickhouse_clickpipes_reverse_private_endpoint." in content
    assert "ssh_key_resource_id = clickhouse_clickpipes_ssh_key.simulated_bastion.id" in " ".join(
        content.split()
    )
    assert 'resource "clickhouse_clickpipe_cdc_infrastructure" "shared"' in content
    assert made["id"] in content


async def test_a_pipe_that_rests_stays_at_rest_and_its_settings_stay(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    body = KAFKA | {"settings": {"streaming_max_insert_wait_ms": 900}}
    await served.pipe(body, state="stopped")
    await served.pipe(POSTGRES, state="stopped")

    said = {target.name: facts(await served.call(EXPORT, format=target.name)) for target in TARGETS}

    assert (
        said["terraform"]["content"].count("= true")
        - said["terraform"]["content"].count("sensitive")
        >= 2
    )
    assert "stopped: true" in said["yaml"]["content"]
    assert "--start-paused" in said["clickhousectl"]["content"]
    assert '"startPaused": true' in said["curl"]["content"]
    assert '"start_paused": true' in said["arguments"]["content"]
    assert all("900" in one["content"] for one in said.values())
    for name in ("clickhousectl", "curl", "arguments"):
        assert any("cannot be created stopped" in one for one in said[name]["warnings"])


async def test_many_pipes_are_written_down_a_few_at_a_time(serve) -> None:
    served = await serve(toolsets=TOOLSETS, simulator={"pipes": 23})

    seen = []
    told = facts(await served.call(EXPORT, format="arguments"))
    seen += json.loads(told["content"])
    while told.get("next_actions"):
        (following,) = told["next_actions"]
        arguments = {k: v for k, v in following["arguments"].items() if k != "service"}
        told = facts(await served.call(following["tool"], **arguments))
        seen += json.loads(told["content"])

    assert len({call["arguments"]["name"] for call in seen}) == 23


async def test_what_is_not_known_or_not_shown_is_said_and_left_out(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    await served.pipe(KAFKA)
    await served.pipe(POSTGRES)
    served.plane.retell = telling(
        {
            "kafka": {"shinyNew": 1, "topics": "a\x1b[2Jb", "consumerGroup": "${env:HOME}"},
            "postgres": {"host": "x" * 5000},
        }
    )

    for target in TARGETS:
        told = facts(await served.call(EXPORT, format=target.name))

        assert any("does not know these" in one for one in told["warnings"])
        assert any("source.topics" in one and "left out" in one for one in told["warnings"])
        assert "\x1b" not in told["content"]
        assert "x" * 5000 not in told["content"]


async def test_a_kind_nobody_knows_and_wrong_names_are_refused(serve) -> None:
    served = await serve(toolsets=TOOLSETS)
    pipe = await served.pipe(KAFKA)

    def unheard(_: Arrived, answered: bytes) -> bytes:
        return answered.replace(b'"kafka":{', b'"iceberg":{')

    assert error(await served.call(EXPORT, format="yaml", clickpipes=["no such"]))["code"]
    assert error(await served.call(EXPORT, format="hcl"))["code"] == "invalid_arguments"
    served.plane.retell = unheard
    told = facts(await served.call(EXPORT, format="yaml"))
    assert any("iceberg" in warning for warning in told["warnings"])
    for address in (f"{pipe}/export/yaml", f"{pipe}/export/hcl", "nobody/export/yaml"):
        with pytest.raises(Exception, match=r"iceberg|format|id"):
            await served.client.read_resource(f"clickpipes://pipe/{address}")
