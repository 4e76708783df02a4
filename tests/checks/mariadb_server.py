"""A real MariaDB on a port of this machine, in a directory of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pymysql

from tests.checks.postgres_server import PASSWORD
from tests.faults.processes import PATIENCE_S, until
from tests.ports import free_port

_NOBODY = 65534
_FIRST = f"""
CREATE USER owner@'127.0.0.1';
GRANT ALL PRIVILEGES ON *.* TO owner@'127.0.0.1' WITH GRANT OPTION;
CREATE USER clickpipes@'%' IDENTIFIED BY '{PASSWORD}';
CREATE DATABASE shop;
"""
_OPTIONS = (
    "--log-bin",
    "--binlog-format=ROW",
    "--binlog-row-image=FULL",
    "--binlog-row-metadata=FULL",
    "--binlog-expire-logs-seconds=259200",
    "--server-id=1",
)


@dataclass
class MariadbServer:
    """A server that runs; `owner` may do everything there, without a password."""

    home: Path
    programs: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def install(self) -> None:
        """Make the directory of its data, never as root: the server runs as somebody else."""
        self._spawn(
            self.programs / "bin" / "mariadb-install-db", "--no-defaults",
            f"--basedir={self.programs}", f"--datadir={self.home}/data", "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ).wait()  # fmt: skip

    def start(self, *options: str) -> None:
        """Start it, with options after the usual ones, and wait until it answers."""
        self._process = self._spawn(
                self.programs / "sbin" / "mariadbd", "--no-defaults",
                f"--datadir={self.home}/data", f"--socket={self.home}/socket",
                f"--lc-messages-dir={self.programs}/share/mysql",
                f"--character-sets-dir={self.programs}/share/mysql/charsets",
                f"--pid-file={self.home}/pid", f"--port={self.port}", "--bind-address=127.0.0.1",
                "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
                *_OPTIONS, *options,
        )  # fmt: skip
        until(self._answers, "MariaDB")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "MariaDB has ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S).close()
        except OSError:
            return False
        return True

    def _spawn(self, *command: str | Path) -> subprocess.Popen[bytes]:
        is_root = os.geteuid() == 0
        return subprocess.Popen(
            command,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=_NOBODY if is_root else None,
            group=_NOBODY if is_root else None,
            extra_groups=[] if is_root else None,
        )

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self, *options: str) -> None:
        self.stop()
        self.start(*options)

    def execute(self, *statements: str) -> None:
        """Run statements as the owner of everything."""
        with (
            pymysql.connect(
                host="127.0.0.1", port=self.port, user="owner", database="shop", autocommit=True
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)


@contextmanager
def running_mariadb() -> Iterator[MariadbServer]:
    """A server while the block runs. Its programs are those of Debian, installed or unpacked."""
    programs = Path(os.environ.get("CLICKPIPES_TEST_MARIADB", "/usr"))
    home = Path(tempfile.mkdtemp(prefix="clickpipes-mcp-mariadb-"))
    server = MariadbServer(home, programs, free_port())
    try:
        if os.geteuid() == 0:
            os.chown(home, _NOBODY, _NOBODY)
        (home / "first.sql").write_text(_FIRST, encoding="utf-8")
        server.install()
        server.start(f"--init-file={home}/first.sql")
        yield server
    finally:
        server.stop()
        shutil.rmtree(home)
