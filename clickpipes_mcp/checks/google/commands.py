"""Commands of gcloud that mend what was seen, with names that may stand in a command."""

import re
from typing import Final

from clickpipes_mcp.checks.google.keys import AccountKey

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~+@-]{0,254}", re.ASCII)


def word(name: str) -> str:
    """A name in a command; a place to fill in where a shell could read it in another way."""
    return name if _PLAIN.fullmatch(name) else "<its name>"


def member(key: AccountKey) -> str:
    """The account as a policy names it."""
    return f"serviceAccount:{word(key.email)}"


def grant_on_project(project: str, key: AccountKey, role: str) -> str:
    """Gives an account a role in a project."""
    return (
        f"gcloud projects add-iam-policy-binding {word(project)} "
        f"--member={member(key)} --role={role}"
    )


def grant_on_bucket(bucket: str, whom: str, role: str) -> str:
    """Gives a member of a policy a role on a bucket."""
    return (
        f"gcloud storage buckets add-iam-policy-binding gs://{word(bucket)} "
        f"--member={whom} --role={role}"
    )


def enable(service: str, project: str) -> str:
    """Switches an API on in a project."""
    return f"gcloud services enable {service}.googleapis.com --project={word(project)}"
