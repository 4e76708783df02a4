"""What AWS says of keys, tokens and rights, whichever of its services was asked."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity, said_by
from clickpipes_mcp.diagnosis._steps import LOGIN, iam, tool, wait
from clickpipes_mcp.diagnosis.speakers import Speaker

_AUTH = docs("object-storage/amazon-s3/overview")
_rule = partial(Rule, severity=Severity.CRITICAL, documentation=_AUTH)
_KEYS = tool("update_clickpipe", "Give a working access key: id and secret.", changes=LOGIN)

_OF_AWS: tuple[Rule, ...] = (
    _rule(
        id="aws.key-unknown",
        title="AWS does not know the access key or token",
        cause="The access key id does not exist: it was deleted, disabled, misspelt, or belongs to "
        "another kind of store or partition.",
        fix=(
            _KEYS,
            iam("See whether the key exists and is active.", "aws sts get-caller-identity"),
        ),
        patterns=(
            r"Access Key Id you provided does not exist",
            r"InvalidAccessKeyId",
            r"InvalidClientTokenId|UnrecognizedClient",
            r"security token included in the request is invalid",
            r"User Id you provided does not exist",
            r"access key has length",
        ),
        examples=("The AWS Access Key Id you provided does not exist in our records.",),
    ),
    _rule(
        id="aws.signature",
        title="The secret key does not belong to the access key: the signature does not match",
        cause="The secret is cut, has a blank or line break, or is another key's.",
        fix=(_KEYS,),
        patterns=(
            r"SignatureDoesNotMatch|InvalidSignature",
            r"signature we calculated does not match",
            r"signature .{0,40}(does not match|mismatch)",
        ),
        examples=("SignatureDoesNotMatch: The request signature we calculated does not match",),
    ),
    _rule(
        id="aws.token-expired",
        title="The temporary token of the AWS session has expired",
        cause="Temporary credentials were given as if they were lasting ones, or the session of "
        "the role was not renewed.",
        fix=(
            tool(
                "update_clickpipe",
                "Use the access key of a user, or authentication IAM_ROLE.",
                changes=LOGIN,
            ),
            wait("A role's session is renewed by itself: let it retry."),
        ),
        patterns=(r"Expired ?Token", r"token (included in the request )?(has|is) expired"),
        examples=("ExpiredToken: The provided token has expired.",),
    ),
    _rule(
        id="aws.clock",
        title="The clocks of the request and of AWS differ too much in time",
        cause="The signed time is too old: a queue on the way, a wrong clock, or a repeat.",
        fix=(wait("Let it retry; tell support if it stays."),),
        severity=Severity.WARNING,
        patterns=(r"RequestTimeTooSkewed|RequestExpired", r"difference between the request time"),
        examples=("RequestTimeTooSkewed: The difference between the request time is too large",),
    ),
    _rule(
        id="aws.kms-denied",
        title="The role or user may not use the KMS key that encrypts the data",
        cause="Bucket, queue or stream is encrypted with a customer key whose policy does not "
        "allow decrypting, or the key is disabled.",
        fix=(
            iam("Allow on the key, in its policy and in the role's.", "kms:Decrypt"),
            iam("For Kinesis and SQS also.", "kms:GenerateDataKey"),
        ),
        patterns=(
            r"\bkms:\w+",
            r"Kms?(AccessDenied|Disabled|InvalidState|NotFound|OptIn|Throttl)",
            r"\bKMS\.\w+",
            r"not authorized to decrypt",
            r"ciphertext refers to a",
        ),
        examples=(
            "not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:0:key/a",
        ),
    ),
    _rule(
        id="aws.explicit-deny",
        title="A policy of AWS denies the request explicitly",
        cause="A bucket or queue policy, a service control policy or a VPC endpoint policy has a "
        "Deny that wins over every allow.",
        fix=(
            iam("Find the Deny: bucket policy, aws:SourceIp, aws:SourceVpce, organization."),
            iam(
                "Except ClickPipes and the service from it; reading needs.",
                "s3:ListBucket, s3:GetObject",
            ),
        ),
        patterns=(r"explicit deny", r"AllAccessDisabled"),
        examples=("is not authorized to perform: s3:ListBucket with an explicit deny in a policy",),
    ),
    _rule(
        id="aws.denied",
        title="AWS refuses the request: a permission is missing",
        cause="The policy of the role or user does not allow the action, or the resource's policy "
        "does not admit it.",
        fix=(
            iam("Allow the action that the text names, on the resource it names."),
            tool("get_source_guide", "See the policies this source needs."),
        ),
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        speakers=(Speaker.AWS,),
        patterns=(r"AccessDenied", r"is not authorized to perform", r"UnauthorizedOperation"),
        examples=("AccessDeniedException: is not authorized to perform: ec2:DescribeRegions",),
    ),
)
RULES: tuple[Rule, ...] = said_by(
    _OF_AWS, Speaker.AWS, Speaker.S3, Speaker.GCS, Speaker.KINESIS, Speaker.KAFKA
)
