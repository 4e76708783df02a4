"""What a call is told that cannot go on without the store of all replicas, and whose turn it is."""

from typing import Final

from clickpipes_mcp.errors import ClickPipesError, NobodyYet, OperatorError

_LOOKS: Final = "the operator of this server looks with `clickpipes-mcp store check`"


class StoreUnavailable(OSError):
    """The store does not answer, or does not hold what it should; the text tells no secret.

    `is_passing` says that it may be over by the next call.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__(0, reason)
        self.reason = reason
        self.is_passing = is_passing


def refuse_without_store(
    error: StoreUnavailable, told: str, otherwise: type[ClickPipesError] = OperatorError
) -> ClickPipesError:
    """The refusal that says in `told` what did not happen; of `otherwise` where it will not pass.

    What the store lacks is mended by its operator; that it is silent or busy may pass by itself.
    """
    problem = f"{told} {error.reason[:1].upper()}{error.reason[1:]}."
    if error.is_passing:
        return NobodyYet(
            problem,
            fix="Wait some seconds, then repeat the call unchanged. If it is refused so again, "
            f"tell the person: {_LOOKS}.",
        )
    return otherwise(
        problem,
        fix=f"Tell the person: {_LOOKS} and does what it says. Repeating the call does not help "
        "before that.",
    )
