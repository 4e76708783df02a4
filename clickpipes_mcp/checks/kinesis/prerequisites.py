"""What ClickPipes needs of a data stream, each prerequisite with its judge.

Source: ClickHouse docs, integrations/clickpipes/kinesis: overview and auth; reference of Kinesis.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from clickpipes_mcp.checks.aws.endpoints import partition_of
from clickpipes_mcp.checks.aws.policies import statement
from clickpipes_mcp.checks.checklist import Checked, Outcome, part_of, text_of
from clickpipes_mcp.checks.judging import Flaw, Judged, Unseen
from clickpipes_mcp.checks.kinesis.facts import Facts, Wish
from clickpipes_mcp.checks.names import listed

ACTIONS: Final = (
    "kinesis:DescribeStream",
    "kinesis:GetShardIterator",
    "kinesis:GetRecords",
    "kinesis:ListShards",
)
FAN_OUT_ACTIONS: Final = (
    "kinesis:RegisterStreamConsumer",
    "kinesis:DeregisterStreamConsumer",
    "kinesis:ListStreamConsumers",
)
_MOST_CONSUMERS: Final = 20
"""With throughput of their own, of one stream. Source: Kinesis, quotas and limits."""

_MISSING: Final = "ResourceNotFoundException"
_KMS: Final = "KMS"

Judge: TypeAlias = Callable[[Facts], Judged]


def role_right(wish: Wish) -> Checked:
    """What a role needs, which cannot be tried without it."""
    return Checked(
        "read-right",
        Outcome.UNSEEN,
        "Whether the role may read the stream was not tried.",
        f"Allow in a policy of the role: {_policy(wish, '')}",
    )


def _policy(wish: Wish, arn: str) -> str:
    stream = f"arn:{partition_of(wish.region)}:kinesis:{wish.region}:*:stream/{wish.stream}"
    return statement((*ACTIONS, *(FAN_OUT_ACTIONS if wish.fans_out else ())), arn or stream)


def _stream(facts: Facts) -> Judged:
    name = f"{facts.wish.stream} in {facts.wish.region}"
    if facts.stream.is_ok:
        mode = text_of(part_of(facts.description, "StreamModeDetails"), "StreamMode")
        told = f", {mode.lower().replace('_', '-')}" if mode else ""
        return f"The stream {name} is there{told}."
    if facts.stream.code == _MISSING:
        return Flaw(
            f"There is no stream {name} in the account of the key.",
            "Correct stream_name and region.",
        )
    if facts.stream.is_denied:
        return None
    return Unseen(f"Kinesis answered: {facts.stream.told}", "Look again in a while.")


def _stream_right(facts: Facts) -> Judged:
    if facts.stream.is_ok:
        return "The key may see the stream."
    if not facts.stream.is_denied:
        return None
    return Flaw(f"The key may not see the stream: {facts.stream.told}", _grant(facts))


def _grant(facts: Facts) -> str:
    return f"Allow in a policy of the key's user: {_policy(facts.wish, facts.arn)}"


def _of_a_stream(judged: Judge) -> Judge:
    """Of a stream that could be read."""
    return lambda facts: judged(facts) if facts.stream.is_ok else None


def _state(facts: Facts) -> Judged:
    state = text_of(facts.description, "StreamStatus")
    if state in ("ACTIVE", "UPDATING"):
        return f"The stream is {state}."
    return Flaw(f"The stream is {state}.", "Wait until it is ACTIVE, or create it anew.")


def _read_right(facts: Facts) -> Judged:
    refused = {
        name: one for name, one in facts.refused.items() if one.is_denied or _is_kms(one.code)
    }
    if not refused:
        if facts.refused:
            name, answer = next(iter(facts.refused.items()))
            return Unseen(f"{name} was answered: {answer.told}", "Look again in a while.")
        return f"The key may do {listed(sorted(facts.tried))}."
    told = next(iter(refused.values())).told
    if any(_is_kms(one.code) for one in refused.values()):
        return Flaw(
            f"The key may not read what is encrypted: {told}",
            "Allow kms:Decrypt on the key that the stream is encrypted with.",
        )
    return Flaw(f"The key may not do {listed(sorted(refused))}: {told}", _grant(facts))


def _is_kms(code: str) -> bool:
    return code.startswith(_KMS)


def _shards(facts: Facts) -> Judged:
    if not facts.shards:
        return None
    return f"The stream has {facts.shards:,} shards, closed ones with them."


def _retention(facts: Facts) -> Judged:
    if not facts.kept_hours:
        return None
    told = f"The stream keeps records for {facts.kept_hours:,} hours."
    since = facts.wish.since
    if since is None:
        return told
    age_hours = (facts.now - since).total_seconds() / 3600
    if age_hours <= facts.kept_hours:
        return told
    return Flaw(
        f"{told} timestamp is {age_hours:,.0f} hours ago.",
        "Nothing that old is left. Start at TRIM_HORIZON, or at a later time; aws kinesis "
        "increase-stream-retention-period keeps what comes from now on.",
    )


def _consumers(facts: Facts) -> Judged:
    if facts.consumers is None:
        return None
    told = f"{facts.consumers} of {_MOST_CONSUMERS} consumers have throughput of their own."
    if facts.consumers < _MOST_CONSUMERS:
        return told
    return Flaw(told, "Deregister one, or leave out use_enhanced_fan_out.")


def _format(facts: Facts) -> Judged:
    return facts.sampled.found if facts.sampled else None


JUDGES: Final[Mapping[str, Judge]] = {
    "stream": _stream,
    "stream-right": _stream_right,
    "stream-state": _of_a_stream(_state),
    "shards": _of_a_stream(_shards),
    "read-right": _of_a_stream(_read_right),
    "retention": _of_a_stream(_retention),
    "consumers": _of_a_stream(_consumers),
    "format": _of_a_stream(_format),
}
"""By the id of the prerequisite, in the order in which a person would look."""
