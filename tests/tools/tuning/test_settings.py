"""Settings of pipes that exist."""

import pytest

from tests.serving import KAFKA, KINESIS, POSTGRES, S3, error, facts

pytestmark = pytest.mark.anyio


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
