"""The IAM role of a service, which roles on AWS have to trust."""

from typing import Final

PLACEHOLDER: Final = "<service IAM role>"
_STANDS_IN = (
    f"`{PLACEHOLDER}` is the IAM role of the ClickHouse service. To have it shown here, call "
    "get_source_guide with service. The console shows it under Settings, Network security "
    "information."
)
_NOT_SHOWN = (
    f"The API shows no IAM role of this service. If it runs on AWS, `{PLACEHOLDER}` stands in the "
    "console under Settings, Network security information. Services elsewhere cannot assume a "
    "role on AWS."
)
TRUST = f"A role that is given in iam_role must trust `{PLACEHOLDER}` with `sts:AssumeRole`."


def with_service_role(guide: str, role: str | None) -> str:
    """A guide that names the service's role; None where it is not known which service is meant."""
    if PLACEHOLDER not in guide:
        return guide
    if role:
        return guide.replace(PLACEHOLDER, role)
    return f"{guide}\n\n{_STANDS_IN if role is None else _NOT_SHOWN}"
