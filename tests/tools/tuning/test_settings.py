"""Settings and sizes of pipes that exist."""

import pytest

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.serving import KAFKA, KINESIS, MYSQL, PIPES, POSTGRES, S3, error, facts

pytestmark = pytest.mark.anyio

CDC_SCALING = PIPES.removesuffix("clickpipes") + "clickpipesCdcScaling"


async def test_settings_are_read(serve) -> None:
    served = await serve()
    pipe = await served.pipe(S3)

    read = facts(await served.call("get_clickpipe_settings", clickpipe=pipe))

    assert read["settings"]["object_storage_max_file_count"] == 100


async def test_settings_are_changed_one_by_one(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    await served.call(
        "update_clickpipe_settings",
        clickpipe=pipe,
        settings={"streaming_max_insert_wait_ms": 10_000},
    )
    read = facts(await served.call("get_clickpipe_settings", clickpipe=pipe))

    assert [(write.method, write.body) for write in served.plane.writes] == [
        ("PUT", {"streaming_max_insert_wait_ms": 10_000})
    ]
    assert read["settings"]["streaming_max_insert_wait_ms"] == 10_000


@pytest.mark.parametrize("tool", ["get_clickpipe_settings", "update_clickpipe_settings"])
async def test_a_database_pipe_has_no_settings(serve, tool) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES)
    change = {"settings": {"clickhouse_max_threads": 4}} if tool.startswith("update") else {}

    refusal = error(await served.call(tool, clickpipe=pipe, **change))

    assert refusal["code"] == "conflict"
    assert "update_clickpipe" in refusal["fix"]
    assert served.plane.writes == []


async def test_a_setting_of_another_source_is_refused(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KINESIS)

    refusal = error(
        await served.call(
            "update_clickpipe_settings", clickpipe=pipe, settings={"kafka_read_committed": True}
        )
    )

    assert refusal["problems"][0]["rule"] == "settings.kafka-only"
    assert refusal["problems"][0]["field"] == "settings.kafka_read_committed"


async def test_a_setting_of_another_family_is_warned_of(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)
    settings = {"streaming_max_insert_wait_ms": 600, "clickhouse_max_threads": 4}

    changed = facts(
        await served.call("update_clickpipe_settings", clickpipe=pipe, settings=settings)
    )

    assert "settings.other-family" in changed["warnings"][0]


@pytest.mark.parametrize("settings", [{}, {"clickhouse_max_threads": 65}, {"threads": 4}], ids=str)
async def test_settings_that_cannot_be_are_refused(serve, settings) -> None:
    served = await serve()
    pipe = await served.pipe(S3)

    refusal = error(
        await served.call("update_clickpipe_settings", clickpipe=pipe, settings=settings)
    )

    assert refusal["code"] == "invalid_arguments"
    assert refusal["problems"][0]["field"].startswith("settings")
    assert served.plane.writes == []


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
