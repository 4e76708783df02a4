"""A passkey of the person: what agrees is a device that they unlock, and nothing that can be typed.

The challenge that is signed is made of the question itself, so a signature holds for exactly what
was shown, and a question is answered once. The device has to verify its user.

On this machine the public half stands in a file of its user. Over HTTP it stands in the settings of
the server, so that every replica knows it and nobody adds one who cannot change those.
"""

import binascii
import json
import logging
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clickpipes_mcp.consent.pending import PendingQuestion
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.private_file import open_private
from clickpipes_mcp.settings import USUAL_PORTS, Settings

if TYPE_CHECKING:
    from types import ModuleType

_logger = logging.getLogger(__name__)

RP_ID: Final = "localhost"
"""Whom the passkey of this machine is for: browsers give none to an address of numbers."""

ENROLMENT: Final = "/enrol"
"""Where the page stands below the address of a server, on which a passkey is made for it."""

NOT_MADE: Final = "This is no passkey that was just made here by a device that verified its user."
_RP_NAME: Final = "clickpipes-mcp"
_PRIVATE_DIRECTORY: Final = 0o700
_MOST_FILE_BYTES: Final = 16 * 1024


class Passkey:
    """The passkeys that may agree.

    That of this machine stands in a directory of its user; others are listed by the operator, for
    the address under which people reach the server.

    Raises:
        InvalidSettings: What is listed is no passkey, or one for another address.
    """

    def __init__(
        self, directory: Path | None, *, listed: Sequence[str] = (), address: str | None = None
    ) -> None:
        parts = urlsplit(address or "")
        is_here = address is None or parts.hostname == RP_ID
        self._rp_id = parts.hostname or RP_ID
        self._origin = f"{parts.scheme}://{parts.netloc.lower()}" if address else None
        if self._origin and parts.port == USUAL_PORTS.get(parts.scheme):
            self._origin = self._origin.removesuffix(f":{parts.port}")
        self._file = directory / "passkey" if directory is not None and is_here else None
        self._listed = dict(_of_line(line, self._rp_id) for line in listed)
        self.enrolment = None if is_here or address is None else f"{address}{ENROLMENT}"

    @classmethod
    def of(cls, settings: Settings, directory: Path | None) -> "Passkey":
        """As these settings have it."""
        address = settings.http_url if settings.http is not None else None
        return cls(directory, listed=settings.passkeys, address=address)

    @property
    def is_enrolled(self) -> bool:
        return bool(self._kept())

    def origin_of(self, host: str) -> str:
        """Where a page stands that is asked for under this host."""
        return self._origin or f"http://{host}"

    def _kept(self) -> dict[str, str]:
        """The public halves by the ids of the passkeys, both in hexadecimal digits."""
        own = self._read()
        return {**self._listed, **({own["id"]: own["public_key"]} if own else {})}

    def request_options(self, question: PendingQuestion) -> str:
        """What a browser needs to ask the device, as JSON."""
        webauthn = _webauthn()
        structs = webauthn.helpers.structs
        options = webauthn.generate_authentication_options(
            rp_id=self._rp_id,
            challenge=_challenge(question),
            allow_credentials=[
                structs.PublicKeyCredentialDescriptor(id=bytes.fromhex(one)) for one in self._kept()
            ],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
        return str(webauthn.options_to_json(options))

    def flaw_in(self, credential: str, question: PendingQuestion, host: str) -> str:
        """Why a signature is no yes to this question, as a sentence; empty where it is one."""
        kept = self._kept()
        if not kept:
            return "No passkey is enrolled."
        if not credential:
            return "The passkey was not used."
        webauthn = _webauthn()
        try:
            public_key = kept.get(_id_in(credential))
            if public_key is None:
                return "This is not the passkey that was enrolled."
            webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=_challenge(question),
                expected_rp_id=self._rp_id,
                expected_origin=self.origin_of(host),
                credential_public_key=bytes.fromhex(public_key),
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 # see _tell_refused
            _tell_refused(error)
            return "The passkey does not fit this question."
        return ""

    def creation_options(self, challenge: bytes) -> str:
        """What a browser needs to make a passkey, as JSON."""
        webauthn = _webauthn()
        structs = webauthn.helpers.structs
        options = webauthn.generate_registration_options(
            rp_id=self._rp_id,
            rp_name=_RP_NAME,
            user_name="approval",
            user_display_name="Approval of what ClickPipes would lose",
            challenge=challenge,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                user_verification=structs.UserVerificationRequirement.REQUIRED
            ),
        )
        return str(webauthn.options_to_json(options))

    def enrol(self, credential: str, challenge: bytes, host: str) -> str:
        """Keep a passkey that a browser made here; why it cannot be kept, empty where it was."""
        made = self._made(credential, challenge, host)
        if made is None:
            return NOT_MADE
        self._write(dict(zip(("id", "public_key"), made, strict=True)))
        return ""

    def line_of(self, credential: str, challenge: bytes, host: str) -> str:
        """A passkey that a browser made, as the operator lists it; empty where it is none."""
        made = self._made(credential, challenge, host)
        told = json.dumps([self._rp_id, *made]).encode() if made else b""
        return urlsafe_b64encode(told).decode().rstrip("=")

    def _made(self, credential: str, challenge: bytes, host: str) -> tuple[str, str] | None:
        webauthn = _webauthn()
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self._rp_id,
                expected_origin=self.origin_of(host),
                require_user_verification=True,
            )
        except Exception as error:  # noqa: BLE001 # see _tell_refused
            _tell_refused(error)
            return None
        return made.credential_id.hex(), made.credential_public_key.hex()

    def check_can_enrol(self) -> None:
        """Raises InvalidSettings where this machine has one already, or the extra is missing."""
        _webauthn()
        if self._read() is not None:
            raise InvalidSettings(
                "A passkey is enrolled already.",
                fix=f"To enrol another one in its place, remove {self._file} first.",
            )

    def _read(self) -> dict[str, str] | None:
        if self._file is None:
            return None
        try:
            with os.fdopen(open_private(self._file, os.O_RDONLY), encoding="utf-8") as file:
                kept = json.loads(file.read(_MOST_FILE_BYTES))
            found = {key: str(kept[key]) for key in ("id", "public_key")}
            return found if all(bytes.fromhex(value) for value in found.values()) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _write(self, kept: dict[str, str]) -> None:
        if self._file is None:
            raise OSError(0, "there is no directory for it")
        self._file.parent.mkdir(_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        beside = self._file.with_suffix(f".{token_hex(4)}")
        descriptor = open_private(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file)
        beside.replace(self._file)


def _of_line(line: str, rp_id: str) -> tuple[str, str]:
    """The id and the public half in a line of the settings."""
    try:
        told = json.loads(urlsafe_b64decode(line.strip() + "=" * (-len(line.strip()) % 4)))
        made_for, *halves = map(str, told)
        credential_id, public_key = halves
        is_one = all(bytes.fromhex(half) for half in halves)
    except (TypeError, ValueError, binascii.Error):
        is_one = False
    if not is_one:
        raise InvalidSettings(
            "CLICKPIPES_PASSKEYS holds something that is no passkey.",
            fix="Copy the whole line from the page on which the passkey was made.",
        )
    if made_for != rp_id:
        raise InvalidSettings(
            "CLICKPIPES_PASSKEYS holds a passkey that was made under another address.",
            fix=f"Make one at the address of this server, {rp_id}.",
        )
    return credential_id, public_key


def _challenge(question: PendingQuestion) -> bytes:
    return sha256(f"clickpipes-mcp approval\0{question.id}\0{question.binding}".encode()).digest()


def _id_in(credential: str) -> str:
    webauthn = _webauthn()
    return bytes(webauthn.base64url_to_bytes(json.loads(credential)["id"])).hex()


def is_available() -> bool:
    """Whether the extra is installed."""
    try:
        _webauthn()
    except InvalidSettings:
        return False
    return True


def _webauthn() -> "ModuleType":
    try:
        import webauthn  # optional extra
        import webauthn.helpers.structs
    except ImportError as error:
        raise InvalidSettings(
            "Passkeys need the passkey extra.",
            fix="The operator installs clickpipes-mcp[passkey].",
        ) from error
    return webauthn


def _tell_refused(error: Exception) -> None:
    """Leave a trace of why what somebody sent is no passkey, without a word of it.

    The library raises errors of its own, and lets those of all it reads with pass: of CBOR, of
    ASN.1, of numbers and of memory. Whatever it is, it is no yes, so all of them have to be caught.
    """
    _logger.warning("What was sent is no passkey that fits: %s", type(error).__name__)
