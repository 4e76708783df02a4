"""A real ClickHouse engine in this process, which statements are proven on."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# With a port of its own the engine knows itself in the cluster of that name and asks nobody.
_ONE_REPLICA = (
    "<clickhouse><tcp_port>9000</tcp_port><remote_servers><default><shard><replica>"
    "<host>127.0.0.1</host><port>9000</port></replica></shard></default></remote_servers>"
    "</clickhouse>"
)


class Engine:
    """Runs statements; the client's `query` in its place."""

    def __init__(self, connection) -> None:
        self._connection = connection

    def run(self, sql: str) -> list[dict]:
        answer = bytes(self._connection.query(sql, "JSON").bytes())
        return json.loads(answer)["data"] if answer else []

    async def query(self, service_id: str, sql: str) -> list[dict]:  # noqa: ARG002
        return self.run(sql)


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """An empty engine; only one at a time can live in a process."""
    import chdb  # an extra of its own, and slow to load

    configuration = folder / "config.xml"
    configuration.write_text(_ONE_REPLICA, encoding="utf-8")
    connection = chdb.connect(f"file::memory:?config-file={configuration}")
    try:
        yield Engine(connection)
    finally:
        connection.close()
