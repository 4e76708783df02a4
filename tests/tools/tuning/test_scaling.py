"""Sizes of single pipes."""

import pytest

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
