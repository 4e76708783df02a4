"""Azure Blob Storage: shared access signatures, account keys, firewalls."""

from functools import partial

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._scope import AZURE_BLOB, OBJECTS
from clickpipes_mcp.diagnosis._steps import LOGIN, at_source, iam, tool

_rule = partial(
    Rule,
    documentation=docs("object-storage/azure-blob-storage/overview"),
    families=(Family.OBJECT_STORAGE,),
    arms=OBJECTS,
    types=AZURE_BLOB,
    severity=Severity.CRITICAL,
)
_NEW_SAS = iam(
    "Make a new shared access signature (SAS) on the container.",
    "az storage container generate-sas --name <container> --permissions rl --expiry <date>",
)
_CONNECTION = tool("update_clickpipe", "Give the new connection string.", changes=LOGIN)

RULES: tuple[Rule, ...] = (
    _rule(
        id="object-storage.azure-sas-expired",
        title="The shared access signature (SAS) has expired, or is not valid yet",
        cause="Its time frame does not hold the present time.",
        fix=(_NEW_SAS, _CONNECTION),
        patterns=(
            r"Signature not valid in the specified time",
            r"(SAS|signature|shared access).{0,80}expired",
            r"\bse is (mandatory|invalid)",
        ),
        examples=("Signature not valid in the specified time frame: Start [x] - Expiry [y]",),
    ),
    _rule(
        id="object-storage.azure-sas-permission",
        title="The SAS lacks a permission: Read and List are needed",
        cause="The shared access signature or identity may not do this operation on this resource.",
        fix=(_NEW_SAS, _CONNECTION),
        patterns=(
            r"perform this operation using this (permission|resource type|service|source IP)",
            r"Authorization(PermissionMismatch|ResourceTypeMismatch|ServiceMismatch)",
        ),
        examples=(
            "This request is not authorized to perform this operation using this permission.",
        ),
    ),
    _rule(
        id="object-storage.azure-key-off",
        title="The storage account forbids access by account key (shared key)",
        cause="Key-based authentication is switched off, and a pipe signs in by connection string "
        "only.",
        fix=(
            iam(
                "Allow it.",
                "az storage account update --name <account> --allow-shared-key-access true",
            ),
        ),
        patterns=(
            r"Key ?Based ?Authentication",
            r"Key based authentication is not permitted",
            r"shared key .{0,40}(not permitted|disabled|not allowed)",
        ),
        examples=("Key based authentication is not permitted on this storage account.",),
    ),
    _rule(
        id="object-storage.azure-key-refused",
        title="Azure refuses the account key or SAS of the connection string",
        cause="The key was rotated, the connection string is cut, or the signature is not of this "
        "account.",
        fix=(
            at_source("Copy the connection string again: the account's Access keys."),
            _CONNECTION,
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"failed to authenticate the request",
            r"AuthenticationFailed",
            r"InvalidAuthenticationInfo|NoAuthenticationInformation",
            r"Signature did not match",
            r"MAC signature found in the HTTP request",
        ),
        examples=("Server failed to authenticate the request. ErrorCode:AuthenticationFailed",),
    ),
    _rule(
        id="object-storage.azure-connection-string",
        title="The Azure connection string is not valid",
        cause="It is blank, cut or malformed: AccountName and AccountKey, or BlobEndpoint and "
        "SharedAccessSignature are needed.",
        fix=(
            at_source("Copy it whole from the account's Access keys or the SAS page."),
            _CONNECTION,
        ),
        patterns=(
            r"Connection string is (either )?(blank|malformed|invalid)",
            r"connection string (missing|could not be parsed|is not valid|must)",
            r"(missing|invalid) .{0,20}(AccountName|AccountKey|BlobEndpoint)",
        ),
        examples=("Connection string is either blank or malformed.",),
    ),
    _rule(
        id="object-storage.azure-container-missing",
        title="The Azure container or storage account does not exist",
        cause="Its name is misspelt, or it was deleted or is being deleted.",
        fix=(
            iam("See what there is.", "az storage container list --account-name <account>"),
            tool(
                "update_clickpipe",
                "Correct azure_container_name or path.",
                changes=("azure_container_name", "path"),
            ),
        ),
        patterns=(
            r"Container(NotFound|BeingDeleted|Disabled)",
            r"specified (container|account|resource) does not exist",
            r"AccountIsDisabled|ResourceNotFound\b",
        ),
        examples=("The specified container does not exist. ErrorCode:ContainerNotFound",),
    ),
    _rule(
        id="object-storage.azure-public-off",
        title="The storage account does not permit public access",
        cause="The request came without key or SAS; public containers cannot be read by a pipe.",
        fix=(
            tool(
                "update_clickpipe",
                "Give a connection string with account key or SAS.",
                changes=LOGIN,
            ),
        ),
        patterns=(r"PublicAccessNotPermitted", r"public access is not permitted"),
        examples=("Public access is not permitted on this storage account.",),
    ),
    _rule(
        id="object-storage.azure-firewall",
        title="Azure refuses the request: the storage firewall does not admit the address",
        cause="Traffic inside one Azure region goes past the address rules of the storage "
        "firewall; a SAS without Read and List fails alike.",
        fix=(
            at_source("Allow the virtual network, open the firewall, or use another region."),
            iam("Give the SAS these permissions.", "Read, List"),
        ),
        confidence=Confidence.MEDIUM,
        patterns=(
            r"AuthorizationFailure",
            r"not authorized to perform this operation(?! using this)",
            r"IpAuthorizationError|AuthorizationSourceIPMismatch",
            r"blob\.core\.windows\.net.{0,80}403",
        ),
        examples=(
            "AuthorizationFailure: This request is not authorized to perform this operation",
        ),
    ),
)
