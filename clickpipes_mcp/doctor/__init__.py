"""Whether this installation can work: one check after another, each with its remedy."""

from clickpipes_mcp.doctor.check import Check
from clickpipes_mcp.doctor.examination import examine

__all__ = ["Check", "examine"]
