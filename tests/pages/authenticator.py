"""A security key made of software, which signs what it is asked to after looking at its user."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")


class Authenticator:
    """Holds one passkey."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = b"an invented credential"

    def enrol(self, directory: Path) -> None:
        """Put its public half where the server finds it."""
        kept = {"id": self.credential_id.hex(), "public_key": self._public_key().hex()}
        file = directory / "passkey"
        file.write_text(json.dumps(kept))
        file.chmod(0o600)

    def _public_key(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return bytes(cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y}))

    def make(
        self, options: str, origin: str, *, rp_id: str, flags: int = PRESENT | VERIFIED
    ) -> str:
        """What the browser hands to the page on which a passkey is made, as JSON."""
        told = {"type": "webauthn.create", "challenge": json.loads(options)["challenge"]}
        client_data = json.dumps({**told, "origin": origin, "crossOrigin": False}).encode()
        length = len(self.credential_id).to_bytes(2, "big")
        data = sha256(rp_id.encode()).digest() + bytes([flags | HAS_KEY]) + bytes(4 + 16)
        data += length + self.credential_id + self._public_key()
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return json.dumps(
            {
                "id": encoded(self.credential_id),
                "rawId": encoded(self.credential_id),
                "type": "public-key",
                "response": {
                    "attestationObject": encoded(attested),
                    "clientDataJSON": encoded(client_data),
                },
                "clientExtensionResults": {},
            }
        )

    def sign(
        self,
        options: str,
        origin: str,
        *,
        rp_id: str = "localhost",
        flags: int = PRESENT | VERIFIED,
    ) -> str:
        """What the browser hands to the page, as JSON."""
        told = {"type": "webauthn.get", "challenge": json.loads(options)["challenge"]}
        client_data = json.dumps({**told, "origin": origin, "crossOrigin": False}).encode()
        data = sha256(rp_id.encode()).digest() + bytes([flags]) + (1).to_bytes(4, "big")
        signature = self._key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return json.dumps(
            {
                "id": encoded(self.credential_id),
                "rawId": encoded(self.credential_id),
                "type": "public-key",
                "response": {
                    "authenticatorData": encoded(data),
                    "clientDataJSON": encoded(client_data),
                    "signature": encoded(signature),
                },
                "clientExtensionResults": {},
            }
        )
