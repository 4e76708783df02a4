"""What a field mapping may read beside the fields of a message, by the kind of source.

Source: the documentation of each source.
"""

from typing import Final

FILES: Final = frozenset({"_file"})
KAFKA: Final = frozenset(
    {
        "_key",
        "_timestamp",
        "_partition",
        "_offset",
        "_topic",
        "_header_keys",
        "_header_values",
        "_raw_message",
    }
)
KINESIS: Final = frozenset({"_key", "_timestamp", "_stream", "_sequence_number", "_raw_message"})
PUBSUB: Final = frozenset(
    {"_message_id", "_publish_time", "_ordering_key", "_attributes", "_raw_message"}
)
OF_ANY_SOURCE: Final = FILES | KAFKA | KINESIS | PUBSUB
