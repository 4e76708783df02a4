"""Policies of Amazon's services, as they mend what a look has found.

Source: ClickHouse docs, integrations/clickpipes/kinesis/auth and
integrations/clickpipes/object-storage/amazon-s3: overview and unordered-mode.
"""

import json
from collections.abc import Sequence
from typing import Final

from pydantic import JsonValue

TRUST_POLICY: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"<its iam_role>"},'
    '"Action":"sts:AssumeRole"}]}'
)


def statement(actions: Sequence[str], resource: str) -> str:
    """A statement of a policy that allows actions on one resource."""
    return _written({"Effect": "Allow", "Action": list(actions), "Resource": resource})


def send_statement(queue: str, bucket: str) -> str:
    """The statement of a queue's own policy that lets a bucket send to it."""
    return _written(
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
            "Condition": {"ArnLike": {"aws:SourceArn": bucket}},
        }
    )


def _written(policy: JsonValue) -> str:
    return json.dumps(policy, separators=(",", ":"))
