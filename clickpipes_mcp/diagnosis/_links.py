"""Where facts are documented: pages of the ClickHouse documentation and public threads."""

_DOCS = "https://clickhouse.com/docs/"
_GITHUB = "https://github.com/"

API = f"{_DOCS}cloud/manage/api/swagger#tag/ClickPipes"
CLOUD_API = f"{_DOCS}cloud/manage/api/api-overview"
CLICKPIPES = f"{_DOCS}integrations/clickpipes"
CLI = "ClickHouse/clickhousectl"
PROVIDER = "ClickHouse/terraform-provider-clickhouse"
ENGINE = "PeerDB-io/peerdb"


def docs(page: str) -> str:
    """A page below the ClickPipes documentation."""
    return f"{CLICKPIPES}/{page}"


def clickhouse_docs(page: str) -> str:
    """Any other page of the ClickHouse documentation."""
    return f"{_DOCS}{page}"


def thread(repository: str, number: int) -> str:
    """A public issue or pull request; GitHub forwards between the two."""
    return f"{_GITHUB}{repository}/issues/{number}"


def engine_source(path: str) -> str:
    """A file of the open-source engine of database pipes."""
    return f"{_GITHUB}{ENGINE}/blob/main/{path}"
