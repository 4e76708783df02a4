"""Whether the metrics show that a size is what holds pipes back."""

from collections.abc import Iterable

from clickpipes_mcp.app import App
from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Facts, Metric, has_headroom
from clickpipes_mcp.errors import ClickPipesError
from clickpipes_mcp.pipe_states import Stage, state_named
from clickpipes_mcp.tools.evidence.prometheus import readings


async def tell_headroom(app: App, service_id: str, pipe: Pipe | None = None) -> list[str]:
    """That the size is not the bottleneck, where one look at the metrics shows it.

    `pipe` is one with replicas of its own; without it the compute that a service's database pipes
    share is meant. Nothing is said where the metrics cannot be had: they are not worth a failure.
    """
    if pipe is not None and state_named(pipe.state).stage is not Stage.WORKING:
        return []
    try:
        found = await readings(await app.client.prometheus(service_id))
    except (ClickPipesError, ValueError):
        return []
    shown = [found[pipe.id]] if pipe is not None and pipe.id in found else []
    of_pipes = shown if pipe is not None else list(found.values())
    return list(_told(one.metrics for one in of_pipes))


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
