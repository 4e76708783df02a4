"""CPU and memory as the API writes them: numbers, or quantity strings of Kubernetes.

Source: the Terraform provider accepts `125m` and `512Mi` beside numbers. Zero stands for "not
known yet" right after a pipe was created or scaled.
"""

import re

_QUANTITY = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z]*)")
_CORES_BELOW = 100
"""No pipe has 100 cores and none has less than 100 millicores, so a bare number tells its unit."""

_GIB = 1024**3
_BYTES: dict[str, float] = {
    "k": 1e3, "Ki": 1024, "M": 1e6, "Mi": 1024**2, "G": 1e9, "Gi": _GIB, "T": 1e12, "Ti": 1024**4
}  # fmt: skip
_BYTES_FROM = 1e6
"""A bare number of at least this is a number of bytes; below, of GB."""


def millicores(value: object) -> int | None:
    """CPU in millicores."""
    number, unit = _parts(value)
    if not number:
        return None
    if unit == "m":
        return round(number)
    if unit:
        return None
    in_cores = isinstance(value, str) and number < _CORES_BELOW
    return round(number * 1000 if in_cores else number)


def memory_gb(value: object) -> float | None:
    """Memory in GB, as the API counts them (1 GB is 1 Gi)."""
    number, unit = _parts(value)
    if not number:
        return None
    if not unit:
        return round(number / _GIB if number >= _BYTES_FROM else number, 3)
    return round(number * _BYTES[unit] / _GIB, 3) if unit in _BYTES else None


def count(value: object) -> int | None:
    """A whole number; None while it is not known."""
    number, unit = _parts(value)
    return round(number) if number and not unit else None


def _parts(value: object) -> tuple[float, str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    match = _QUANTITY.fullmatch(value.strip()) if isinstance(value, str) else None
    return (float(match["number"]), match["unit"]) if match else (0.0, "")
