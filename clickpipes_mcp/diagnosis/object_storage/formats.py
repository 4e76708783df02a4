"""Files that are there but cannot be read: compression, format, columns."""

from functools import partial

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Rule, Severity
from clickpipes_mcp.diagnosis._scope import OBJECTS, S3
from clickpipes_mcp.diagnosis._steps import RECORD_ERRORS, at_source, of_types, tool

_rule = partial(
    Rule,
    documentation=docs("object-storage/amazon-s3/overview"),
    families=(Family.OBJECT_STORAGE,),
    arms=OBJECTS,
    severity=Severity.CRITICAL,
)
_RECREATE = tool(
    "create_s3_clickpipe", "Format and compression never change: recreate with what they are."
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="object-storage.compression",
        title="A file's compression is not what its name or the setting says, or it is damaged",
        cause="Decompressing failed: another codec, or a cut or corrupt file.",
        fix=(
            at_source("See what it really is.", "aws s3 cp <file> - | file -"),
            _RECREATE,
            at_source("Write damaged files again."),
        ),
        patterns=(
            r"inflate failed|INFLATE_FAILED|zlib",
            r"(un|de)compress\w{0,10} .{0,40}(fail|error|invalid|cannot)",
            r"CANNOT_DECOMPRESS|(LZ4|ZSTD|LZMA|BROTLI|SNAPPY|BZIP2)_\w{0,40}(FAILED|ERROR|CORRUPT)",
            r"(lz4|zstd|lzma|brotli|snappy|bz2)\b.{0,60}(fail|error|corrupt|magic)",
            r"incorrect header check|not in gzip format|unexpected end of (file|archive|stream)",
        ),
        examples=("inflate failed: data error: While executing S3. (ZLIB_INFLATE_FAILED)",),
    ),
    _rule(
        id="object-storage.format",
        title="A file is not in the format the pipe expects, or is damaged",
        cause="It is not Parquet, Avro, JSON or CSV as chosen, has another delimiter, or its "
        "columns do not fit the table: parsing failed.",
        fix=(
            tool("discover_source_schema", "See what the files hold in this format."),
            _RECREATE,
            RECORD_ERRORS,
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"magic bytes not found|not a parquet file|parquet::Parquet\w+",
            r"Parquet file .{0,40}(corrupt|invalid|size)",
            r"Cannot parse (input|JSON|expression)|CANNOT_PARSE_\w+",
            r"CANNOT_READ_ALL_DATA|CANNOT_READ_ARRAY|UNEXPECTED_END_OF_FILE",
            r"INCORRECT_DATA|INCORRECT_NUMBER_OF_COLUMNS",
            r"(Not an Avro|Avro).{0,60}(fail|invalid|error|header)",
            r"Expected end of line|expected ',' before",
            r"(reading|parsing) (Parquet|Arrow|ORC|CSV|JSON)",
            r"RowInputFormat|While executing (Parquet|Arrow|ORC|Avro|CSV|TSV|JSON)\w*Format",
        ),
        examples=("Parquet magic bytes not found in footer. Either the file is corrupted",),
    ),
    _rule(
        id="object-storage.nothing-found",
        title="No file matches the path, or all files are empty",
        cause="The path pattern finds nothing to read a structure from: a typo, upper and lower "
        "case, or a pattern that is not understood.",
        fix=(
            of_types(
                at_source("List what is there.", "aws s3 ls --recursive s3://<bucket>/<prefix>"), S3
            ),
            tool("discover_source_schema", "Check what a path finds."),
            tool("create_s3_clickpipe", "The url never changes: recreate with the right path."),
        ),
        patterns=(
            r"no files with provided path",
            r"there are no files",
            r"CANNOT_EXTRACT_TABLE_STRUCTURE(?!.{0,200}parse)",
            r"no (files|objects|keys|blobs) (were )?(found|matched|match)",
        ),
        examples=("there are no files with provided path in S3 or all files are empty",),
    ),
)
