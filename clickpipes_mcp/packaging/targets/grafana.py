"""A Grafana dashboard of everything that this server tells of itself.

Source of the form: Grafana's documentation, "Dashboard JSON model"; of the queries: Prometheus'
documentation of `rate` and `histogram_quantile`.
"""

from collections.abc import Iterator, Mapping

from clickpipes_mcp.packaging.description import NAME, TITLE, Description
from clickpipes_mcp.packaging.target import Target
from clickpipes_mcp.telemetry import INSTRUMENTS, Instrument, Kind

_WIDTH, _HEIGHT, _IN_A_ROW = 12, 8, 2
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_SCOPE = '{job=~"$job"}'


def _files(description: Description) -> Mapping[str, object]:
    panels = [panel for one in INSTRUMENTS for panel in _panels(one)]
    return {
        "dashboard.json": {
            "uid": NAME,
            "title": f"{TITLE} MCP server",
            "description": f"What {NAME} {description.version} tells of itself.",
            "tags": ["mcp", "clickpipes"],
            "schemaVersion": 39,
            "timezone": "browser",
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "templating": {"list": [*_variables()]},
            "panels": [_placed(number, panel) for number, panel in enumerate(panels)],
        }
    }


def _variables() -> Iterator[Mapping[str, object]]:
    yield {"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}
    yield {
        "name": "job",
        "label": "Job",
        "type": "query",
        "datasource": _SOURCE,
        "query": f"label_values({INSTRUMENTS[0].name}_count, job)",
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _panels(one: Instrument) -> Iterator[dict[str, object]]:
    """How often, and of what takes time how long for the slowest twentieth as well."""
    by = f" by ({', '.join(one.labels)})" if one.labels else ""
    match one.kind:
        case Kind.LEVEL:
            yield _panel(one, "", "short", f"sum({one.name}{_SCOPE})")
        case Kind.COUNT:
            yield _panel(one, "", "ops", f"sum{by} ({_rate(one.name)})")
        case Kind.SPREAD:
            yield _panel(one, "", "ops", f"sum{by} ({_rate(f'{one.name}_count')})")
            first = ", ".join(("le", *one.labels[:1]))
            slow = f"histogram_quantile(0.95, sum by ({first}) ({_rate(f'{one.name}_bucket')}))"
            yield _panel(one, ", 95th percentile", one.unit, slow)


def _rate(series: str) -> str:
    return f"rate({series}{_SCOPE}[$__rate_interval])"


def _panel(one: Instrument, more: str, unit: str, query: str) -> dict[str, object]:
    return {
        "type": "timeseries",
        "title": one.name.removeprefix("clickpipes_mcp_") + more,
        "description": one.tells,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": "A", "datasource": _SOURCE, "expr": query}],
    }


def _placed(number: int, panel: dict[str, object]) -> Mapping[str, object]:
    row, column = divmod(number, _IN_A_ROW)
    place = {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
    return {"id": number + 1, "gridPos": place, **panel}


TARGET = Target(
    key="grafana",
    title="Grafana",
    documentation="https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/import-dashboards/",
    install="Dashboards, New, Import, of figures that Prometheus reads at `/metrics`",
    checked_by="Prometheus 2.42, which answered every query; `promtool check metrics`",
    files=_files,
)
