"""The PIN that a person types to agree: kept as a slow, salted hash, with few tries.

Every try is written down before it is judged, so that neither a restart nor several processes at
once give more of them. After five that failed, all are refused for a quarter of an hour.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Final

import anyio.to_thread

from clickpipes_mcp.clock import Clock
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.private_file import open_private

MOST_TRIES: Final = 5
PAUSE_S: Final = 900
FEWEST_CHARACTERS: Final = 6
_MOST_CHARACTERS: Final = 128
_COST: Final = {"n": 2**15, "r": 8, "p": 1}
"""Source: OWASP, Password Storage Cheat Sheet, scrypt: 32 MiB a try."""

_MEMORY_BYTES: Final = 64 * 1024 * 1024
_PRIVATE_DIRECTORY: Final = 0o700
_MOST_FILE_BYTES: Final = 16 * 1024


@dataclass(frozen=True)
class Try:
    """How a try ended. `problem` is a sentence for the person, empty where the PIN was right."""

    is_right: bool
    problem: str = ""


class Pin:
    """The PIN of whoever runs this server, in a directory of their own."""

    def __init__(self, directory: Path | None, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock

    @property
    def is_set(self) -> bool:
        return self._read() is not None

    def set(self, pin: str) -> None:
        """Keep this PIN from now on.

        Raises:
            InvalidSettings: It is too short or too long, or cannot be kept.
        """
        if not FEWEST_CHARACTERS <= len(pin) <= _MOST_CHARACTERS or pin.strip() != pin:
            raise InvalidSettings(
                f"A PIN has {FEWEST_CHARACTERS} to {_MOST_CHARACTERS} characters, and no space at "
                "its ends.",
                fix="Choose another one.",
            )
        if len(set(pin)) == 1:
            raise InvalidSettings("One character over and over is no PIN.", fix="Choose another.")
        salt = token_bytes(16)
        kept = {"salt": salt.hex(), "hash": _hash(pin, salt).hex()}
        try:
            self._write(json.dumps(kept))
        except OSError as error:
            raise InvalidSettings(
                f"The PIN cannot be kept in {self._directory}: {error.strerror}.",
                fix="Make that directory yours and writable.",
            ) from error

    async def check(self, pin: str) -> Try:
        """Judge one try; it counts whatever becomes of it."""
        return await anyio.to_thread.run_sync(self._check, pin)

    def _check(self, pin: str) -> Try:
        kept = self._read()
        if kept is None or self._directory is None:
            return Try(
                is_right=False, problem="No PIN is set. Run: clickpipes-mcp approve --set-pin"
            )
        try:
            earlier = self._note_try()
        except (OSError, ValueError):  # or another process changed what was written meanwhile
            return Try(is_right=False, problem="Tries cannot be written down, so none is taken.")
        if earlier >= MOST_TRIES:
            return Try(
                is_right=False,
                problem=f"Too many wrong PINs. Wait {PAUSE_S // 60} minutes, then try again.",
            )
        salt, wanted = (bytes.fromhex(kept[key]) for key in ("salt", "hash"))
        if len(pin) <= _MOST_CHARACTERS and hmac.compare_digest(_hash(pin, salt), wanted):
            self._tries.unlink(missing_ok=True)
            return Try(is_right=True)
        left = MOST_TRIES - earlier - 1
        told = f"{left} tries are left." if left > 1 else "One try is left."
        if left == 0:
            told = f"The next can be made in {PAUSE_S // 60} minutes."
        return Try(is_right=False, problem=f"The PIN is wrong. {told}")

    def _note_try(self) -> int:
        """Write one try down; how many that count were made before it."""
        now = self._clock.now().timestamp()
        noted = self._noted()
        if noted and now - noted[-1][0] >= PAUSE_S:
            self._tries.unlink(missing_ok=True)
        elif len(noted) >= MOST_TRIES:
            return len(noted)
        mine = token_hex(8)
        descriptor = open_private(self._tries, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, f"{now:.0f} {mine}\n".encode())
        finally:
            os.close(descriptor)
        return [name for _, name in self._noted()].index(mine)

    def _noted(self) -> list[tuple[float, str]]:
        """When tries were made, oldest first, and their names."""
        lines = [line.split() for line in _read_private(self._tries).splitlines()]
        return [(float(line[0]), line[1]) for line in lines if len(line) == 2]

    def _read(self) -> dict[str, str] | None:
        if self._directory is None:
            return None
        try:
            kept = json.loads(_read_private(self._kept))
            return {key: str(kept[key]) for key in ("salt", "hash")}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, text: str) -> None:
        if self._directory is None:
            raise OSError(0, "there is none")
        self._directory.mkdir(_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        beside = self._kept.with_suffix(f".{token_hex(4)}")
        descriptor = open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(self._kept)
        self._tries.unlink(missing_ok=True)

    @property
    def _kept(self) -> Path:
        return (self._directory or Path()) / "pin"

    @property
    def _tries(self) -> Path:
        return (self._directory or Path()) / "pin.tries"


def _read_private(path: Path) -> str:
    try:
        descriptor = open_private(path, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    with os.fdopen(descriptor, encoding="utf-8") as file:
        return file.read(_MOST_FILE_BYTES)


def _hash(pin: str, salt: bytes) -> bytes:
    octets = pin.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(octets, salt=salt, maxmem=_MEMORY_BYTES, dklen=32, **_COST)
