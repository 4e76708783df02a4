"""Whether the metrics show that a size is what holds pipes back."""

from collections.abc import Iterable, Mapping

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Facts, Metric, has_headroom
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.tools.evidence.scrapes import read_soon


async def tell_headroom(
    app: App,
    service_id: str,
    held: Mapping[str, object],
    wanted: Mapping[str, object],
    pipe: Pipe | None = None,
) -> list[str]:
    """That the size is not the bottleneck, where more is asked for and one look shows it.

    Sizes are under the API's keys. `pipe` is one with replicas of its own; without it the compute
    that a service's database pipes share is meant. Nothing is said where the metrics cannot be had
    soon: they are not worth a failure.
    """
    is_at_rest = pipe is not None and state_named(pipe.state).stage is not Stage.WORKING
    if is_at_rest or not _asks_for_more(held, wanted):
        return []
    found = await read_soon(app, service_id)
    if found is None:
        return []
    shown = [found[pipe.id]] if pipe is not None and pipe.id in found else []
    of_pipes = shown if pipe is not None else list(found.values())
    return list(_told(one.metrics for one in of_pipes))


def _asks_for_more(held: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Whether any part of a size would grow, as far as the present one is known."""
    return any(_amount(value) > _amount(held.get(name)) for name, value in wanted.items())


def _amount(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _told(of_pipes: Iterable[dict[str, Metric]]) -> Iterable[str]:
    for metrics in of_pipes:
        evidence = has_headroom(Facts(metrics=metrics))
        if evidence:
            yield (
                "The metrics do not show that the size is the bottleneck, so a larger one may not "
                f"help: {' '.join(one.text for one in evidence)} diagnose_clickpipe looks for what "
                "holds the pipe back."
            )
            return
