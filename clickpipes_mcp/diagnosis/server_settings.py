"""Settings of a source's server: the statements that set them, as each provider wants them set.

Who hosts a database rarely lets anybody run ALTER SYSTEM or SET PERSIST: a parameter group, a flag
or a page of a console takes its place. Source: the providers' documentation of their parameters.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from clickpipes_mcp.diagnosis._steps import Step, StepKind
from clickpipes_mcp.diagnosis.providers import Provider

_SETTING = re.compile(
    r"(?:ALTER SYSTEM SET|SET PERSIST|SET GLOBAL) (\w{1,64}) = '?([^';]{1,64})'?", re.ASCII
)
_OF_POSTGRES: Final = "ALTER SYSTEM"
_LONGEST: Final = 300
_RETENTION: Final = "binlog_expire_logs_seconds"
_AWS = "ParameterName={name},ParameterValue={value},ApplyMethod=pending-reboot"
_AWS_CLUSTER = (
    "aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name <group> "
    "--parameters {all}"
)
_WAYS: Final[Mapping[Provider, tuple[str, str, str]]] = {
    Provider.RDS: (
        "RDS: in the parameter group of the instance; most take a reboot.",
        "aws rds modify-db-parameter-group --db-parameter-group-name <group> --parameters {all}",
        _AWS,
    ),
    Provider.AURORA: (
        "Aurora: in the parameter group of the cluster; most take a reboot.",
        _AWS_CLUSTER,
        _AWS,
    ),
    Provider.CLOUD_SQL: (
        "Cloud SQL: as flags, together with all that are set already; it may restart.",
        "gcloud sql instances patch <instance> --database-flags={all}",
        "{name}={value}",
    ),
    Provider.ALLOYDB: (
        "AlloyDB: as flags, together with all that are set already; it may restart.",
        "gcloud alloydb instances update <instance> --database-flags={all}",
        "{name}={value}",
    ),
    Provider.AZURE: (
        "Azure: as server parameters; static ones take a restart.",
        "az {server} flexible-server parameter set --server-name <server> {all}",
        "--name {name} --value {value}",
    ),
    Provider.SUPABASE: (
        "Supabase: with its command-line client.",
        "supabase --experimental --project-ref <ref> postgres-config update {all}",
        "--config {name}={value}",
    ),
    Provider.PLANETSCALE: (
        "PlanetScale: on the page Parameters of the cluster.",
        "{all}",
        "{name} = {value}",
    ),
    Provider.NEON: (
        "Neon sets this itself; its support can say what is possible.",
        "{all}",
        "{name} = {value}",
    ),
}
_BETWEEN: Final = {
    Provider.CLOUD_SQL: ",",
    Provider.ALLOYDB: ",",
    Provider.PLANETSCALE: ", ",
    Provider.NEON: ", ",
}
_RDS_RETENTION: Final = "CALL mysql.rds_set_configuration('binlog retention hours', {hours})"


def as_hosted(step: Step, provider: Provider | None) -> Step:
    """A step as the provider lets it be done; unchanged where it sets nothing of a server."""
    settings = _SETTING.findall(step.code) if step.kind is StepKind.SQL_AT_SOURCE else []
    way = _WAYS.get(provider) if provider else None
    if not settings or way is None or provider is None or provider in step.providers:
        return step
    if provider in (Provider.RDS, Provider.AURORA) and settings[0][0] == _RETENTION:
        hours = int(settings[0][1]) // 3600
        return replace(
            step, text=f"{step.text} {provider}.", code=_RDS_RETENTION.format(hours=hours)
        )
    text, command, one = way
    listed = _BETWEEN.get(provider, " ").join(
        one.format(name=name, value=value.strip()) for name, value in settings
    )
    server = "postgres" if _OF_POSTGRES in step.code else "mysql"
    code = command.format(all=listed, server=server)
    where = step.text.partition(";")[0].rstrip(".:")
    return replace(step, kind=StepKind.AT_SOURCE, text=f"{where}. {text}", code=code[:_LONGEST])
