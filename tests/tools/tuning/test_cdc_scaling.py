"""The size that database pipes share."""

import pytest

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.serving import PIPES, POSTGRES, error, facts

pytestmark = pytest.mark.anyio

CDC_SCALING = PIPES.removesuffix("clickpipes") + "clickpipesCdcScaling"


@pytest.mark.parametrize("tool", ["get_cdc_scaling", "update_cdc_scaling"])
async def test_there_is_no_cdc_size_before_the_first_database_pipe(serve, tool) -> None:
    served = await serve()
    size = {"replica_cpu_millicores": 4000, "replica_memory_gb": 16} if tool[:3] == "upd" else {}

    refusal = error(await served.call(tool, **size))

    assert refusal["code"] == "conflict"
    assert "first database pipe" in refusal["problem"]


async def test_the_cdc_size_is_read_and_changed(serve) -> None:
    served = await serve()
    await served.pipe(POSTGRES)

    before = facts(await served.call("get_cdc_scaling"))
    await served.call("update_cdc_scaling", replica_cpu_millicores=4000, replica_memory_gb=16)
    served.clock.advance(600)
    after = facts(await served.call("get_cdc_scaling"))

    assert before["scaling"] == {"replica_cpu_millicores": 2000, "replica_memory_gb": 8}
    assert after["scaling"] == {"replica_cpu_millicores": 4000, "replica_memory_gb": 16}
    assert [(write.method, write.path, write.body) for write in served.plane.writes] == [
        ("PATCH", CDC_SCALING, {"replicaCpuMillicores": 4000, "replicaMemoryGb": 16})
    ]


@pytest.mark.parametrize(
    "size",
    [
        {},
        {"replica_cpu_millicores": 1500},
        {"replica_cpu_millicores": 2000, "replica_memory_gb": 16},
        {"replica_cpu_millicores": 64_000, "replica_memory_gb": 256},
    ],
    ids=str,
)
async def test_cdc_sizes_that_cannot_be_are_refused(serve, size) -> None:
    served = await serve()
    await served.pipe(POSTGRES)

    refusal = error(await served.call("update_cdc_scaling", **size))

    assert refusal["code"] == "invalid_arguments"
    assert served.plane.writes == []


async def test_the_reference_page_has_the_cdc_size_at_the_organization(serve) -> None:
    served = await serve(api_dialect="reference-page", organization_id=DEFAULT_ORGANIZATION_ID)

    await served.call("get_cdc_scaling", service=DEFAULT_SERVICE_ID)

    assert served.plane.arrived[-1].path == (
        f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/clickpipes/cdcScaling"
    )


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
async def test_memory_is_told_to_follow_the_cores(serve, dry_run) -> None:
    served = await serve()
    await served.pipe(POSTGRES)

    sized = facts(
        await served.call("update_cdc_scaling", replica_cpu_millicores=4000, dry_run=dry_run)
    )

    assert "replica_memory_gb becomes 16, because it is always 4 for each core." in sized["effects"]


async def test_shared_compute_that_is_not_the_bottleneck_is_told_to_be_none(serve) -> None:
    served = await serve()
    await served.pipe(POSTGRES)

    shown = facts(
        await served.call("update_cdc_scaling", replica_cpu_millicores=4000, dry_run=True)
    )

    (told,) = [effect for effect in shown["effects"] if "bottleneck" in effect]
    assert "ClickPipes_CDC_CPUUsage" in told
