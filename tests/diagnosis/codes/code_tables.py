"""Writes the tables of error codes that diagnosis looks up, from libraries that keep the facts.

Run it with those libraries at hand, from the top of the repository; Node's packages are unpacked
with `npm pack mariadb mongo-errors mongodb` into a directory, each under its own name:

    uv run --with psycopg --with mysql-connector-python --with kafka-python \
        --with confluent-kafka --with botocore --with moto --with azure-storage-blob \
        --with grpcio --with chdb python tests/diagnosis/codes/code_tables.py NODE_PACKAGES

A table maps a code to its name and, where the library tells it, to what it means.
"""

import errno
import gzip
import http
import json
import re
import socket
import ssl
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

TABLES = Path(__file__).parents[3] / "clickpipes_mcp" / "diagnosis" / "codes"
Codes = Mapping[str, tuple[str, ...]]


def postgres() -> tuple[str, Codes]:
    from psycopg import errors

    codes = {
        code: (_snake(error.__name__),)
        for code, error in errors._sqlcodes.items()
        if re.fullmatch(r"[0-9A-Z]{5}", code)
    }
    return f"psycopg {version('psycopg')}, SQLSTATEs", codes


LAST_SHARED = 1880
"""From here on MySQL and MariaDB number their errors apart from each other."""


def mysql(node: Path) -> tuple[str, Codes]:
    from mysql.connector import errorcode
    from mysql.connector.locales.eng import client_error

    codes: dict[str, tuple[str, ...]] = {}
    for name, number in vars(errorcode).items():
        if name.startswith(("ER_", "WARN_")) and isinstance(number, int):
            codes.setdefault(str(number), (name,))
        elif name.startswith("CR_"):
            said = re.sub(r"%[-.\d]*\w", "…", getattr(client_error, name, ""))
            codes[str(number)] = (name, said) if said else (name,)
    text = (node / "mariadb" / "lib" / "const" / "error-code.js").read_text(encoding="utf-8")
    for number, name in re.findall(r"codes\[(\d+)\] = '(\w+)'", text):
        mine = codes.get(number)
        if mine is None:
            codes[number] = (name,)
        elif mine[0] != name and int(number) > LAST_SHARED:
            codes[number] = (f"{mine[0]} (MariaDB: {name})",)
    maria = json.loads((node / "mariadb" / "package.json").read_text(encoding="utf-8"))["version"]
    source = f"mysql-connector-python {version('mysql-connector-python')}, errorcode"
    return f"{source}; npm mariadb {maria}, error-code.js", codes


MONGODB_LATER = {
    224: "QueryFeatureNotAllowed", 225: "TransactionTooOld", 230: "DNSHostNotFound",
    231: "DNSProtocolError", 234: "RetryChangeStream", 237: "CursorKilled",
    238: "NotImplemented", 239: "SnapshotTooOld", 240: "DNSRecordTypeMismatch",
    241: "ConversionFailure", 246: "SnapshotUnavailable", 251: "NoSuchTransaction",
    257: "TransactionTooLarge", 258: "UnknownFeatureCompatibilityVersion",
    260: "InvalidResumeToken", 261: "TooManyLogicalSessions", 262: "ExceededTimeLimit",
    263: "OperationNotSupportedInTransaction", 264: "TooManyFilesOpen", 279: "ClientDisconnect",
    280: "ChangeStreamFatalError", 286: "ChangeStreamHistoryLost",
    290: "TransactionExceededLifetimeLimitSeconds",
    292: "QueryExceededMemoryLimitNoDiskUseAllowed", 299: "OCSPCertificateStatusRevoked",
    301: "DataCorruptionDetected", 302: "OCSPCertificateStatusUnknown",
    303: "SplitHorizonChange", 317: "ConnectionPoolExpired", 322: "APIVersionError",
    323: "APIStrictError", 324: "APIDeprecationError", 334: "MechanismUnavailable",
    346: "ChangeStreamInvalidated", 348: "ChangeStreamTopologyChange",
    351: "ChangeStreamStartAfterInvalidate", 352: "UnsupportedOpQueryCommand",
    354: "LoadBalancerSupportMismatch", 355: "InterruptedDueToStorageChange",
    365: "TemporarilyUnavailable", 371: "UserWritesBlocked", 376: "ChangeStreamNotEnabled",
    384: "ConnectionError", 390: "InvalidSignature", 391: "ReauthenticationRequired",
    392: "InvalidJWT", 395: "TruncatedSerialization", 398: "StreamTerminated",
    402: "ResourceExhausted", 404: "LDAPRoleAcquisitionError",
    407: "PooledConnectionAcquisitionExceededTimeLimit", 411: "QueryRejectedBySettings",
    433: "AdmissionQueueOverflow", 449: "RateLimitExceeded",
    450: "PooledConnectionAcquisitionRejected", 462: "IngressRequestRateLimitExceeded",
    8000: "AtlasError", 10107: "NotWritablePrimary", 10334: "BSONObjectTooLarge",
    13435: "NotPrimaryNoSecondaryOk", 13436: "NotPrimaryOrSecondary", 14031: "OutOfDiskSpace",
    40573: "ChangeStreamNeedsReplicaSet", 40576: "ChangeStreamResumePointLost",
    91331: "RetriableRemoteCommandFailure",
}  # fmt: skip
"""Newer than the library. Source: MongoDB server, src/mongo/base/error_codes.yml."""


def mongodb(node: Path) -> tuple[str, Codes]:
    old = (node / "mongo-errors" / "index.js").read_text(encoding="utf-8")
    new = (node / "mongodb" / "lib" / "error.js").read_text(encoding="utf-8")
    table = new.partition("MONGODB_ERROR_CODES = Object.freeze({")[2].partition("}")[0]
    named = {int(number): name for name, number in re.findall(r"exports\.(\w+) = (\d+);", old)}
    named |= {int(number): name for name, number in re.findall(r"(\w+): (\d+)", table)}
    named |= MONGODB_LATER
    codes = {
        str(number): (name,)
        for number, name in named.items()
        if number and not name.startswith("OBSOLETE")
    }
    return "npm mongo-errors and mongodb; MongoDB server, error_codes.yml", codes


def kafka() -> tuple[str, Codes]:
    import confluent_kafka
    from kafka import errors

    codes: dict[str, tuple[str, ...]] = {}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.BrokerResponseError):
            name, meaning = getattr(error, "message", ""), getattr(error, "description", "")
            if name and name.isupper():
                codes[name] = (str(error.errno), " ".join((meaning or "").split())[:160])
    table = confluent_kafka.KafkaError
    for name, number in vars(table).items():
        if name.startswith("_") and name[1:2].isupper() and isinstance(number, int):
            codes[name] = (str(number), table(number).str())
        elif name.isupper() and isinstance(number, int) and name not in codes:
            codes[name] = (str(number), table(number).str().removeprefix("Broker: "))
    source = f"kafka-python {version('kafka-python')}, errors"
    return f"{source}; confluent-kafka {version('confluent-kafka')}, KafkaError", codes


def clickhouse() -> tuple[str, Codes]:
    import chdb

    sql = "SELECT code, name FROM system.errors WHERE code > 0 ORDER BY code, name"
    answered = chdb.query(f"{sql} SETTINGS system_events_show_zero_values = 1", "JSONCompact")
    codes = {str(code): (name,) for code, name in json.loads(answered.bytes())["data"]}
    return f"chdb {version('chdb')}, system.errors", codes


S3_ANSWERS = [
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "BadDigest",
    "BadRequest",
    "BucketRegionError",
    "ExpiredToken",
    "IncompleteBody",
    "InternalError",
    "InvalidAccessKeyId",
    "InvalidAccessPoint",
    "InvalidArgument",
    "InvalidBucketName",
    "InvalidBucketState",
    "InvalidDigest",
    "InvalidObjectName",
    "InvalidObjectState",
    "InvalidPayer",
    "InvalidRange",
    "InvalidRegion",
    "InvalidRequest",
    "InvalidSecurity",
    "InvalidToken",
    "InvalidURI",
    "KMS.DisabledException",
    "KMS.InvalidStateException",
    "KMS.KMSInvalidStateException",
    "KMS.NotFoundException",
    "KeyTooLongError",
    "KMSAccessDenied",
    "MalformedXML",
    "MaintenanceMode",
    "MethodNotAllowed",
    "MissingSecurityHeader",
    "NoSuchAccessPoint",
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchKey",
    "NoSuchUpload",
    "NoSuchVersion",
    "NotSignedUp",
    "OperationAborted",
    "PermanentRedirect",
    "PreconditionFailed",
    "QuotaExceeded",
    "Redirect",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "ServiceUnavailable",
    "SignatureDoesNotMatch",
    "SlowDown",
    "TemporaryRedirect",
    "TokenRefreshRequired",
    "TooManyRequests",
    "UnauthorizedAccess",
    "UserKeyMustBeSpecified",
]
"""Source: Amazon S3 API reference, error responses."""

AWS_COMMON = [
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InternalFailure",
    "InternalServerError",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MalformedQueryString",
    "MissingAuthenticationToken",
    "NotAuthorized",
    "OptInRequired",
    "RequestLimitExceeded",
    "ResourceNotFoundException",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
    "AWS.SimpleQueueService.NonExistentQueue",
]
"""Source: AWS API references, common errors."""


def aws() -> tuple[str, Codes]:
    import botocore

    codes: dict[str, tuple[str, ...]] = {}
    for service in ("kinesis", "s3", "sqs", "sts", "kms"):
        (model,) = sorted((Path(botocore.__file__).parent / "data" / service).iterdir())[-1:]
        packed = model / "service-2.json.gz"
        shapes = json.loads(gzip.decompress(packed.read_bytes()))["shapes"]
        for name, shape in shapes.items():
            if shape.get("exception"):
                codes[name] = (name,)
                said = shape.get("error", {}).get("code")
                if said:
                    codes[said] = (name,)
    codes |= {name: (name,) for name in (*S3_ANSWERS, *AWS_COMMON)}
    return f"botocore {version('botocore')}, service models; AWS API references", codes


def azure() -> tuple[str, Codes]:
    from azure.storage.blob import StorageErrorCode

    codes = {code.value: (code.value,) for code in StorageErrorCode}
    later = ("KeyBasedAuthenticationNotPermitted", "PublicAccessNotPermitted",
             "NoAuthenticationInformation", "AuthorizationProtocolMismatch",
             "AuthorizationSourceIPMismatch",
             "AuthorizationServiceMismatch", "AuthorizationResourceTypeMismatch",
             "AuthorizationPermissionMismatch", "InvalidAuthenticationInfo", "BlobArchived",
             "BlobBeingRehydrated", "IpAuthorizationError")  # fmt: skip
    codes |= {name: (name,) for name in later}
    return f"azure-storage-blob {version('azure-storage-blob')}, StorageErrorCode", codes


GOOGLE_REASONS = [
    "accessDenied",
    "backendError",
    "billingNotEnabled",
    "blocked",
    "duplicate",
    "internalError",
    "invalid",
    "invalidQuery",
    "notFound",
    "notImplemented",
    "proxyAuthenticationRequired",
    "quotaExceeded",
    "rateLimitExceeded",
    "resourceInUse",
    "resourcesExceeded",
    "responseTooLarge",
    "stopped",
    "tableUnavailable",
    "timeout",
    "userRateLimitExceeded",
    "accessNotConfigured",
    "forbidden",
    "insufficientPermissions",
    "keyInvalid",
    "required",
    "authError",
    "invalid_grant",
    "unauthorized_client",
    "invalid_client",
    "SERVICE_DISABLED",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    "CONSUMER_INVALID",
    "BILLING_DISABLED",
    "RATE_LIMIT_EXCEEDED",
    "USER_PROJECT_DENIED",
]
"""Source: Google Cloud documentation, error messages of BigQuery, Cloud Storage and OAuth 2.0."""


def google() -> tuple[str, Codes]:
    import grpc

    codes: dict[str, tuple[str, ...]] = {}
    for status in grpc.StatusCode:
        number, _ = status.value
        if number:
            codes[status.name] = (status.name,)
            codes[str(number)] = (status.name,)
    codes |= {reason: (reason,) for reason in GOOGLE_REASONS}
    return f"grpcio {version('grpcio')}, StatusCode; Google Cloud documentation", codes


LATER_ALERTS = {
    "certificate_required": "116", "no_application_protocol": "120",
    "missing_extension": "109", "inappropriate_fallback": "86", "no_renegotiation": "100",
}  # fmt: skip
"""Source: RFC 8446, section 6; RFC 7507; RFC 5246."""


def tls() -> tuple[str, Codes]:
    codes = {
        alert.name.removeprefix("ALERT_DESCRIPTION_").lower(): (str(alert.value),)
        for alert in ssl.AlertDescription
    }
    codes |= {name: (number,) for name, number in LATER_ALERTS.items()}
    return "Python ssl.AlertDescription; RFC 8446", codes


WINSOCK = {
    "10013": "WSAEACCES", "10048": "WSAEADDRINUSE", "10049": "WSAEADDRNOTAVAIL",
    "10050": "WSAENETDOWN", "10051": "WSAENETUNREACH", "10053": "WSAECONNABORTED",
    "10054": "WSAECONNRESET", "10055": "WSAENOBUFS", "10060": "WSAETIMEDOUT",
    "10061": "WSAECONNREFUSED", "10064": "WSAEHOSTDOWN", "10065": "WSAEHOSTUNREACH",
    "11001": "WSAHOST_NOT_FOUND", "11002": "WSATRY_AGAIN", "11003": "WSANO_RECOVERY",
    "11004": "WSANO_DATA",
}  # fmt: skip
"""Source: Microsoft, Windows Sockets error codes."""


def system() -> tuple[str, Codes]:
    import os

    codes = {name: (name, os.strerror(number)) for number, name in errno.errorcode.items()}
    codes |= {name: (name,) for name in dir(socket) if name.startswith("EAI_")}
    codes["ENOTFOUND"] = ("ENOTFOUND", "The name does not resolve")
    codes |= {name: (name,) for name in WINSOCK.values()}
    codes |= {number: (name,) for number, name in WINSOCK.items()}
    return "Python errno and socket; Windows Sockets error codes", codes


def web() -> tuple[str, Codes]:
    codes = {str(int(status)): (status.phrase,) for status in http.HTTPStatus if status >= 400}
    return "Python http.HTTPStatus", codes


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def tables(node: Path) -> Iterator[tuple[str, str, Codes]]:
    for name, (source, codes) in {
        "postgres": postgres(), "mysql": mysql(node), "mongodb": mongodb(node),
        "kafka": kafka(), "clickhouse": clickhouse(), "aws": aws(), "azure": azure(),
        "google": google(), "tls": tls(), "system": system(), "http": web(),
    }.items():  # fmt: skip
        yield name, source, codes


def _order(code: str) -> tuple[bool, int, str]:
    return (not code.isdecimal(), int(code) if code.isdecimal() else 0, code)


def main() -> None:
    for name, source, codes in tables(Path(sys.argv[1])):
        lines = ",\n".join(
            f"  {json.dumps(code)}: {json.dumps(list(codes[code]), ensure_ascii=False)}"
            for code in sorted(codes, key=_order)
        )
        text = f'{{\n "source": {json.dumps(source)},\n "codes": {{\n{lines}\n }}\n}}\n'
        (TABLES / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{name}: {len(codes)} codes from {source}")  # noqa: T201 # a program


if __name__ == "__main__":
    main()
