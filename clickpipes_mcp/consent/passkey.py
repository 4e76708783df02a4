"""A passkey of the person: what agrees is a device that they unlock, and nothing that can be typed.

The challenge that is signed is made of the question itself, so a signature holds for exactly what
was shown, and a question is answered once. The device has to verify its user.
"""

import json
import os
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final

from clickpipes_mcp.consent.pending import PendingQuestion
from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.private_file import open_private

if TYPE_CHECKING:
    from types import ModuleType

RP_ID: Final = "localhost"
"""Whom the passkey is for: browsers give none to an address of numbers."""

_RP_NAME: Final = "clickpipes-mcp"
_PRIVATE_DIRECTORY: Final = 0o700
_MOST_FILE_BYTES: Final = 16 * 1024


class Passkey:
    """The passkey that was enrolled on this machine, in a directory of its user."""

    def __init__(self, directory: Path | None) -> None:
        self._file = None if directory is None else directory / "passkey"

    @property
    def is_enrolled(self) -> bool:
        return self._read() is not None

    def request_options(self, question: PendingQuestion) -> str:
        """What a browser needs to ask the device, as JSON."""
        webauthn, kept = _webauthn(), self._read() or {}
        options = webauthn.generate_authentication_options(
            rp_id=RP_ID,
            challenge=_challenge(question),
            allow_credentials=[
                webauthn.helpers.structs.PublicKeyCredentialDescriptor(
                    id=bytes.fromhex(kept.get("id", ""))
                )
            ],
            user_verification=webauthn.helpers.structs.UserVerificationRequirement.REQUIRED,
        )
        return str(webauthn.options_to_json(options))

    def flaw_in(self, credential: str, question: PendingQuestion, origin: str) -> str:
        """Why a signature is no yes to this question, as a sentence; empty where it is one."""
        kept = self._read()
        if kept is None:
            return "No passkey is enrolled."
        if not credential:
            return "The passkey was not used."
        webauthn = _webauthn()
        try:
            webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=_challenge(question),
                expected_rp_id=RP_ID,
                expected_origin=origin,
                credential_public_key=bytes.fromhex(kept["public_key"]),
                credential_current_sign_count=0,
                require_user_verification=True,
            )
            is_ours = _id_in(credential) == kept["id"]
        # Whatever the library makes of what somebody sent: it is no yes.
        except Exception:  # noqa: BLE001
            return "The passkey does not fit this question."
        return "" if is_ours else "This is not the passkey that was enrolled."

    def creation_options(self, challenge: bytes) -> str:
        """What a browser needs to make a passkey, as JSON."""
        webauthn = _webauthn()
        structs = webauthn.helpers.structs
        options = webauthn.generate_registration_options(
            rp_id=RP_ID,
            rp_name=_RP_NAME,
            user_name="approval",
            user_display_name="Approval of what ClickPipes would lose",
            challenge=challenge,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                user_verification=structs.UserVerificationRequirement.REQUIRED
            ),
        )
        return str(webauthn.options_to_json(options))

    def enrol(self, credential: str, challenge: bytes, origin: str) -> str:
        """Keep a passkey that a browser made; why it cannot be kept, empty where it was."""
        webauthn = _webauthn()
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=RP_ID,
                expected_origin=origin,
                require_user_verification=True,
            )
        # Whatever the library makes of what somebody sent: nothing is enrolled.
        except Exception:  # noqa: BLE001
            return "This is no passkey that was just made here by a device that verified its user."
        kept = {"id": made.credential_id, "public_key": made.credential_public_key}
        self._write({name: octets.hex() for name, octets in kept.items()})
        return ""

    def check_can_enrol(self) -> None:
        """Raises InvalidSettings where one is enrolled already, or the extra is missing."""
        _webauthn()
        if self.is_enrolled:
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
