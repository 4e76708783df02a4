"""What the live service was seen to do, case by case, and what of it cannot be imitated.

Every case has a test named after its id. Source of the observations: the Terraform provider, the
issues and tests of clickhousectl, the OpenAPI contract and the ClickPipes documentation.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Case:
    """One observed behaviour.

    `left_out` says why it is not imitated, `open` what no source tells and how it is here.
    """

    id: str
    behaviour: str
    left_out: str = ""
    open: str = ""


CASES: Final[tuple[Case, ...]] = (
    Case("Q01", "A create may be posted with a trailing slash"),
    Case("Q02", "A create answers 200; a delete answers without `result`"),
    Case("Q03", "Create and update answer 424 while the destination is not running"),
    Case("Q04", "`awake` or a query wakes an idle service in steps; `start` is for stopped ones"),
    Case("Q05", "Table mappings change only while the pipe is paused"),
    Case("Q06", "An edit resumes a paused pipe although its answer still says Paused"),
    Case("Q07", "Starting a running pipe is a 400"),
    Case("Q08", "Stopping twice is harmless"),
    Case("Q09", "The table engine reads back with brackets"),
    Case("Q10", "Version column, summed columns and roles are not read back"),
    Case("Q11", "A database pipe reads back only the database of its destination"),
    Case("Q12", "Secrets are never echoed; the login in a MongoDB URI is redacted"),
    Case("Q13", "Scaling is zero and then absent for a moment after create and scale"),
    Case("Q14", "Scaling may come as quantity strings (a switch)"),
    Case("Q15", "Excluded columns lose their order; the default table engine is filled in"),
    Case("Q16", "No private endpoints read back as null"),
    Case("Q17", "Settings of a database pipe are a 404"),
    Case("Q18", "`kafka_read_committed` is refused off Kafka"),
    Case("Q19", "Settings merge, keep 0 and false, and refuse an empty body"),
    Case("Q20", "Settings inside an update are checked and never applied; alone they are a 400"),
    Case("Q21", "The insert size has a narrower range than published"),
    Case("Q22", "Field mappings of object storage need columns beside them"),
    Case("Q23", "An empty destination in an update is refused"),
    Case("Q24", "An empty scaling request is a 500"),
    Case("Q25", "A database pipe is not scaled by itself"),
    Case("Q26", "CDC scaling comes with the first database pipe, goes with the last, is slow"),
    Case("Q27", "An unknown organization or service is a 400, an unknown pipe a 404"),
    Case("Q28", "A wrong enum value is answered with its path and the value"),
    Case("Q29", "The words for wrong slots, roles, ports, empty mappings and blank names"),
    Case("Q30", "Postgres takes basic authentication together with a role"),
    Case("Q31", "The authentication of a Postgres pipe cannot be patched"),
    Case("Q32", "Empty strings and zeros are refused, but not in table mappings"),
    Case("Q33", "Table mappings may be patched without the connection"),
    Case("Q34", "A MongoDB URI without credentials fails the permission check"),
    Case("Q35", "A table is not removed and added at once; adding takes a snapshot"),
    Case("Q36", "Half a login in a patch is refused with the word undefined"),
    Case("Q37", "What Kafka cannot change is ignored, registry credentials are refused"),
    Case("Q38", "Redpanda refuses mutual TLS"),
    Case("Q39", "A create probes its source first"),
    Case("Q40", "Skipping verification or a CA cures the unknown authority"),
    Case(
        "Q41", "A role without grants fails the check of the destination (no users are simulated)"
    ),
    Case("Q42", "A managed table that holds rows is refused"),
    Case("Q43", "A delete takes a moment; tables stay and block a new pipe"),
    Case("Q44", "`startPaused` creates a stopped pipe; databases refuse it"),
    Case("Q45", "Discovery refuses bearer tokens; for object storage the service must run"),
    Case("Q46", "The eleventh request in ten seconds is a 429 that says how long to wait"),
    Case("Q47", "A private endpoint waits for acceptance, replaces its names, goes slowly"),
    Case("Q48", "A Kinesis timestamp is an integer"),
    Case("Q49", "Omitted type and authentication read back as their defaults"),
    Case("Q50", "One-shot object storage ends Completed"),
    Case("Q51", "Metrics are plain text with the id of the pipe"),
    Case("Q52", "A create may end in a 5xx and leave the pipe"),
    Case(
        "Q53",
        "The provider's wait helper reads limits below 5 s as nanoseconds",
        left_out="a fault of that client, nothing the API does",
    ),
    Case("Q54", "Field mappings may leave columns out"),
    Case(
        "Q55",
        "An SSH key is pending until a check of its bastion makes it active or, saying why, failed",
        open="how long a check takes (none here), and the words of a failure",
    ),
    Case(
        "Q56",
        "The name of an SSH key is taken once in a service; nothing of a key can be changed",
        open="whether the port may be left out (refused here)",
    ),
    Case(
        "Q57",
        "Kafka, Postgres, MySQL and MongoDB take an active SSH key at creation, never in a patch",
        open="whether a key that is not active is refused (it is here); whether a read shows the "
        "key (it does here); the fields of a tunnel without a key resource (none are taken here)",
    ),
    Case(
        "Q58",
        "Deleting an SSH key answers without `result`",
        open="what becomes of a key that pipes use (refused here, with their names)",
    ),
    Case("Q59", "Pub/Sub refuses in a patch what cannot change, even unchanged"),
    Case(
        "Q60",
        "A Glue registry has a region, a name and `glueRoleArn`, no URL and no login, and serves "
        "AvroConfluent and Protobuf",
        open="the words; that brokers without IAM need `glueRoleArn` is the Terraform provider's",
    ),
    Case(
        "Q61",
        "Kinesis wants a Glue registry for AvroConfluent, and that or a schema for Protobuf",
        open="the words",
    ),
    Case(
        "Q62",
        "`tombstoneMode` is `delete`, needs `exactlyOnce` and is for a create",
        open="the words; whether a patch that holds it is ignored (refused here)",
    ),
    Case(
        "Q63",
        "BigQuery that follows changes names a method, and in each mapping the field of the method",
        open="the words, and the ranges of its settings",
    ),
    Case(
        "Q64", "A key that is not known is refused with its path", open="the words after the path"
    ),
)
