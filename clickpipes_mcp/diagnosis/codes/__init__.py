"""What error codes mean, by the system that gives them: data that is read when it is needed.

Each table names its source. `tests/diagnosis/codes/code_tables.py` writes them.
"""

from clickpipes_mcp.diagnosis.codes.reading import codes_in
from clickpipes_mcp.diagnosis.codes.tables import Code, code_named, is_code, source_of
from clickpipes_mcp.diagnosis.codes.topics import TOPICS, Topic, topic_of, topic_spoken_of

__all__ = [
    "TOPICS",
    "Code",
    "Topic",
    "code_named",
    "codes_in",
    "is_code",
    "source_of",
    "topic_of",
    "topic_spoken_of",
]
