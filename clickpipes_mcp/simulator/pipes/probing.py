"""The live check of a source, played by naming convention.

A host, broker, bucket, topic or role whose name holds one of the markers fails as such sources
do. Source of the texts: the runtime phrases clickhousectl's end-to-end tests accept, and
clickhousectl issues 446 and 448 for the unknown certificate authority.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from clickpipes_mcp.simulator.arms import Arm
from clickpipes_mcp.simulator.documents import Document, text
from clickpipes_mcp.simulator.faults import FaultBoard


@dataclass(frozen=True)
class Probe:
    """Names that fail, what is then said, and the source fields that make it go away."""

    markers: tuple[str, ...]
    text: str
    cured_by: tuple[str, ...] = ()


PROBES: Final[tuple[Probe, ...]] = (
    Probe(
        ("unreachable", "no-such-host", "nxdomain"),
        "failed to establish connection: dial tcp: lookup {address}: no such host",
    ),
    Probe(
        ("connection-timeout",),
        "failed to establish connection: dial tcp {address}: context deadline exceeded",
    ),
    Probe(
        ("unknown-ca", "private-ca"),
        "failed to establish connection: {address}: tls: failed to verify certificate: x509: "
        "certificate signed by unknown authority",
        ("skipCertVerification", "caCertificate", "disableTls"),
    ),
    Probe(
        ("bad-credentials", "wrong-password"),
        "failed permissions validation: authentication failed for {address}: AuthenticationFailed",
    ),
    Probe(
        ("assume-role-denied",),
        "failed to access source: {address} is not authorized to perform sts:AssumeRole",
    ),
    Probe(("missing-",), "failed to access source: {address} does not exist"),
    Probe(("forbidden-",), "Unable to access {address}: access denied"),
)
_LOGIN: Final = re.compile(r"^[a-z+]+://(?:[^/@]*@)?|^[a-z+]+://")


def failure(arm: Arm, source: Document, board: FaultBoard) -> str | None:
    """What the live check of the source says when it fails."""
    return next(_failures(arm, source, board), None)


def _failures(arm: Arm, source: Document, board: FaultBoard) -> Iterator[str]:
    for key in arm.addresses:
        address = text(source, key)
        if not address:
            continue
        shown = _LOGIN.sub("", address)
        for probe in PROBES:
            is_cured = any(source.get(cure) for cure in probe.cured_by)
            if not is_cured and any(marker in address for marker in probe.markers):
                yield probe.text.format(address=shown)
        for fault in board.source_faults():
            if fault.path in address:
                yield fault.text or f"failed to establish connection: {shown}: connection refused"
