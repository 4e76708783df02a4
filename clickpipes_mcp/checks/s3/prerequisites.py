"""What ClickPipes needs of a bucket, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/object-storage/amazon-s3/overview; reference of S3.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.aws.policies import statement
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.names import listed
from clickpipes_mcp.checks.s3.facts import Facts
from clickpipes_mcp.counting import counted

Judge: TypeAlias = Callable[[Facts], Judged]

_MISSING: Final = "NoSuchBucket"
_KMS: Final = "kms"


def _bucket(facts: Facts) -> Judged:
    page, name = facts.page, facts.bucket.name
    if page.code == _MISSING:
        return Flaw(f"There is no bucket {name}.", "Correct the bucket in url.")
    if page.is_ok or page.is_denied:
        return f"The bucket {name} answers."
    return Unseen(f"The store answered: {page.told}", "Look again in a while.")


def _region(facts: Facts) -> Judged:
    real, bucket = facts.region, facts.bucket
    if not real or bucket.store or facts.page.code == _MISSING:
        return None
    if not bucket.is_region_given or real == bucket.region:
        return f"The bucket is in {real}."
    return Flaw(
        f"The bucket is in {real}, and url names {bucket.region}.",
        f"Write https://{bucket.name}.s3.{real}.amazonaws.com/…",
    )


def _list_right(facts: Facts) -> Judged:
    if facts.page.is_ok:
        return "The files can be listed."
    if not facts.page.is_denied:
        return None
    policy = statement(["s3:ListBucket", "s3:GetBucketLocation"], facts.bucket.arn)
    return _refusal(facts, f"The files cannot be listed: {facts.page.told}", policy)


def _read_right(facts: Facts) -> Judged:
    if facts.content is None:
        return _unseen_read_right(facts)
    if facts.content.is_ok:
        return "A file can be read."
    told = f"A file cannot be read: {facts.content.told}"
    if _KMS in facts.content.told.casefold():
        return Flaw(told, "Allow kms:Decrypt on the key that the files are encrypted with.")
    return _refusal(facts, told, _read_policy(facts))


def _unseen_read_right(facts: Facts) -> Judged:
    if not (facts.by_role and facts.page.is_denied):
        return None
    return Unseen(
        "Whether the role may read the files was not tried.",
        f"Allow in a policy of the role: {_read_policy(facts)}",
    )


def _read_policy(facts: Facts) -> str:
    return statement(["s3:GetObject"], f"{facts.bucket.arn}/*")


def _refusal(facts: Facts, told: str, policy: str) -> Judged:
    """Anybody's rights tell nothing of those of a role."""
    if facts.by_role:
        return Unseen(
            "Anybody may not do this, and the role was not tried.",
            f"Allow in a policy of the role: {policy}",
        )
    who = "the key's user" if facts.has_key else "the bucket, with everybody as Principal"
    return Flaw(told, f"Allow in a policy of {who}: {policy}")


def _archived(facts: Facts) -> Judged:
    if not facts.archived:
        return None
    return Flaw(
        f"{counted(len(facts.archived), 'file rests', 'files rest')} in an archive: "
        f"{listed(facts.archived)}.",
        "Restore or copy them first, or choose others with the path.",
    )


JUDGES: Final[Mapping[str, Judge]] = {
    "bucket": _bucket,
    "region": _region,
    "list-right": _list_right,
    "read-right": _read_right,
    "storage-class": _archived,
}
"""By the id of the prerequisite, in the order in which a person would look."""
