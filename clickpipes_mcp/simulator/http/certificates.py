"""A certificate that nobody signed, for clients that must refuse it."""

import ssl
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final

PEM: Final = "application/x-pem-file"
_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_VALID_FOR: Final = timedelta(days=30)


@dataclass(frozen=True)
class SelfSigned:
    """A certificate for loopback and the context that serves it."""

    certificate_pem: str
    context: ssl.SSLContext


@cache
def self_signed() -> SelfSigned:
    """The one certificate of this process; its key is made here and leaves no file behind."""
    # Imported late: only a world with this fault needs it.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ClickPipes simulator")])
    names = [
        x509.IPAddress(ip_address(one)) if ":" in one or one[0].isdigit() else x509.DNSName(one)
        for one in _NAMES
    ]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_pem = certificate.public_bytes(serialization.Encoding.PEM)
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "simulator.pem"
        file.touch(mode=0o600)
        file.write_bytes(key_pem + certificate_pem)
        context.load_cert_chain(file)
    return SelfSigned(certificate_pem.decode(), context)
