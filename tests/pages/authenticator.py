"""A security key made of software, which signs what it is asked to after looking at its user."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED = 0x01, 0x04


def encoded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")


class Authenticator:
    """Holds one passkey."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = b"an invented credential"

    def enrol(self, directory: Path) -> None:
        """Put its public half where the server finds it."""
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        public_key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        kept = {"id": self.credential_id.hex(), "public_key": public_key.hex()}
        file = directory / "passkey"
        file.write_text(json.dumps(kept))
        file.chmod(0o600)

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
