"""Sizes of single pipes."""

import pytest

from clickpipes_mcp.simulator import Fault
from tests.serving import KAFKA, MYSQL, PIPES, error, facts

pytestmark = pytest.mark.anyio


async def test_a_stream_is_scaled(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    size = {"replicas": 2, "replica_cpu_millicores": 500, "replica_memory_gb": 2}

    await served.call("scale_clickpipe", clickpipe=pipe, **size)

    assert [(write.method, write.path, write.body) for write in served.plane.writes] == [
        (
            "PATCH",
            f"{PIPES}/{pipe}/scaling",
            {"replicas": 2, "replicaCpuMillicores": 500, "replicaMemoryGb": 2},
        )
    ]


async def test_an_undocumented_size_is_warned_of(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    scaled = facts(
        await served.call(
            "scale_clickpipe", clickpipe=pipe, replica_cpu_millicores=500, replica_memory_gb=4
        )
    )

    assert "scaling.documented-size" in scaled["warnings"][0]


@pytest.mark.parametrize(
    "size", [{}, {"replicas": 0}, {"replicas": 41}, {"replica_cpu_millicores": 100}], ids=str
)
async def test_sizes_that_cannot_be_are_refused(serve, size) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    refusal = error(await served.call("scale_clickpipe", clickpipe=pipe, **size))

    assert refusal["code"] == "invalid_arguments"
    assert served.plane.writes == []


async def test_a_database_pipe_has_no_size_of_its_own(serve) -> None:
    served = await serve()
    pipe = await served.pipe(MYSQL)

    refusal = error(await served.call("scale_clickpipe", clickpipe=pipe, replicas=2))

    assert refusal["code"] == "conflict"
    assert refusal["next_actions"][0]["tool"] == "get_cdc_scaling"
    assert served.plane.writes == []


SIZE = {"replicas": 1, "replica_cpu_millicores": 1000, "replica_memory_gb": 4}


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
async def test_what_a_size_costs_is_held_against_what_it_costs_now(serve, dry_run) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    scaled = facts(await served.call("scale_clickpipe", clickpipe=pipe, **SIZE, dry_run=dry_run))

    assert scaled["costs"][0].startswith("compute: $0.10 an hour instead of $0.0")


async def test_a_size_that_is_not_the_bottleneck_is_told_to_be_none(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    shown = facts(await served.call("scale_clickpipe", clickpipe=pipe, **SIZE, dry_run=True))

    (told,) = [effect for effect in shown["effects"] if "bottleneck" in effect]
    assert "CPUUsage" in told
    assert "MemoryUsage" in told


async def test_a_size_that_is_used_up_is_not_told_to_suffice(serve) -> None:
    served = await serve(simulator={"scenario": "undersized"})
    pipe = facts(await served.call("list_clickpipes"))["clickpipes"][0]["id"]

    shown = facts(await served.call("scale_clickpipe", clickpipe=pipe, **SIZE, dry_run=True))

    assert not any("bottleneck" in effect for effect in shown["effects"])


async def test_a_smaller_size_asks_for_no_metrics(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    await served.call("scale_clickpipe", clickpipe=pipe, **SIZE)
    served.clock.advance(60)
    served.plane.arrived.clear()
    smaller = {"replicas": 1, "replica_cpu_millicores": 500, "replica_memory_gb": 2}

    await served.call("scale_clickpipe", clickpipe=pipe, **smaller, dry_run=True)

    assert not any("prometheus" in request.path for request in served.plane.arrived)


async def test_nothing_is_said_of_a_bottleneck_where_no_metrics_can_be_had(serve) -> None:
    unread = Fault(kind="status", method="GET", path="prometheus", status=403)
    served = await serve(simulator={"faults": (unread,)})
    pipe = await served.pipe(KAFKA)

    shown = facts(await served.call("scale_clickpipe", clickpipe=pipe, **SIZE, dry_run=True))

    assert not any("bottleneck" in effect for effect in shown["effects"])


async def test_the_bottleneck_of_a_pipe_at_rest_is_not_looked_for(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA, state="stopped")

    await served.call("scale_clickpipe", clickpipe=pipe, **SIZE, dry_run=True)

    assert not any("prometheus" in request.path for request in served.plane.arrived)


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
async def test_what_becomes_of_the_memory_is_told(serve, dry_run) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    size = {"replica_cpu_millicores": 1000}

    scaled = facts(await served.call("scale_clickpipe", clickpipe=pipe, **size, dry_run=dry_run))

    (told,) = [effect for effect in scaled["effects"] if "memory" in effect]
    assert "does not follow the CPU" in told
    assert "Documented sizes have 4 with 1000 millicores" in told
