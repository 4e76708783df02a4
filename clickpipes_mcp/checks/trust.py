"""Whom a connection to a source trusts: the authority that was given, else the public ones."""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def trusted_file(certificate: str) -> Iterator[Path]:
    """A file of the authorities, for libraries that read one."""
    if not certificate:
        import certifi  # comes with the extras that need it

        yield Path(certifi.where())
        return
    with tempfile.TemporaryDirectory(prefix="clickpipes-mcp-") as directory:
        file = Path(directory, "authority.pem")
        file.write_text(certificate, encoding="utf-8")
        yield file


def trusting(certificate: str, *, verifies: bool) -> ssl.SSLContext:
    """TLS that checks certificate and name, unless it was asked not to.

    Raises:
        ssl.SSLError: The certificate that was given is none.
    """
    with trusted_file(certificate) as file:
        context = ssl.create_default_context(cafile=str(file))
    if not verifies:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
