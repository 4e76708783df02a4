"""TLS between a pipe and its source: authorities, names, dates, versions, client certificates."""

from functools import partial

from clickpipes_mcp.diagnosis._links import docs
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Rule, Severity
from clickpipes_mcp.diagnosis._steps import at_source, hosted, tool
from clickpipes_mcp.diagnosis.providers import Provider

_rule = partial(Rule, severity=Severity.CRITICAL, documentation=docs("mysql/faq"))
_LOOK = at_source(
    "Look at the certificate and its dates.",
    "openssl s_client -connect <host>:<port> -servername <host>",
)

RULES: tuple[Rule, ...] = (
    _rule(
        id="network.unknown-ca",
        title="The source's certificate is signed by a private authority",
        cause="Self-signed or private authorities (Cloud SQL, DocumentDB, ClickHouse Managed "
        "Postgres) are unknown until their certificate is given.",
        fix=(
            tool(
                "update_clickpipe",
                "Give ca_certificate: the authority's certificate in PEM.",
                changes=("ca_certificate",),
            ),
            hosted(
                at_source(
                    "RDS, Aurora, DocumentDB: Amazon's bundle.",
                    "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
                ),
                Provider.RDS,
                Provider.AURORA,
                Provider.DOCUMENTDB,
            ),
            hosted(
                at_source("Cloud SQL: download server-ca.pem of the instance."),
                Provider.CLOUD_SQL,
            ),
            tool(
                "update_clickpipe",
                "Last resort, unsafe: skip_cert_verification true.",
                changes=("skip_cert_verification",),
            ),
        ),
        patterns=(
            r"certificate signed by unknown authority",
            r"self[- ]signed certificate",
            r"unable to (get|verify).{0,30}(issuer|first) certificate",
            r"SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)|DEPTH_ZERO",
            r"PKIX path (building|validation) failed|unable to find valid certification path",
            r"certificate could not be verified",
            r"certificate verify failed(?!: certificate has expired)(?!.{0,120}mismatch)",
            r"CERTIFICATE_VERIFY_FAILED(?!.{0,120}(expired|mismatch))",
            r"UnknownIssuer|invalid peer certificate",
            r"remote certificate (is|was) (invalid|rejected)",
        ),
        examples=(
            (
                "BAD_REQUEST: failed to establish connection: db: tls: failed to verify "
                "certificate: x509: certificate signed by unknown authority"
            ),
            "PKIX path building failed: unable to find valid certification path",
        ),
    ),
    _rule(
        id="network.certificate-name",
        title="The certificate is for another name than the host",
        cause="A private endpoint, tunnel or address has a name of its own, which the source's "
        "certificate does not contain (subject alternative names, SAN).",
        fix=(
            tool(
                "update_clickpipe",
                "Database: set tls_host to a name in the certificate.",
                changes=("tls_host",),
            ),
            at_source("Otherwise, use a host name the certificate has, or add the name to it."),
        ),
        patterns=(
            r"certificate is (not valid for any names|valid for .{1,400}, not )",
            r"doesn't contain any IP SANs",
            r"certificate.{0,40}hostname mismatch",
            r"ALTNAME_INVALID|does not match certificate's altnames",
            r"No subject alternative (DNS )?names?",
            r"(server )?certificate .{0,80}does not match (host|the host|target)",
            r"hostname .{0,120}(doesn't|does not) match|Hostname verification failed",
            r"legacy Common Name",
            r"IP address mismatch|NotValidForName|CertNotValidForName",
            r"host name mismatch|not verified: .{0,60}hostname",
        ),
        examples=(
            "x509: certificate is not valid for any names, but wanted to match vpce.example.com",
            "x509: certificate is valid for db.internal.example.com, not vpce.example.com",
        ),
    ),
    _rule(
        id="network.certificate-expired",
        title="The source's certificate has expired, or is not valid yet",
        cause="Its validity does not hold the present time: it was not renewed.",
        fix=(at_source("Renew the certificate at the source, and load it there."), _LOOK),
        patterns=(
            r"certificate (has )?expired",
            r"CERT_HAS_EXPIRED|certificate_expired",
            r"CertificateExpired|NotAfter|certificate is not yet valid",
            r"validity check failed",
        ),
        examples=("x509: certificate has expired or is not yet valid",),
    ),
    _rule(
        id="network.client-certificate",
        title="The source wants a client certificate, or does not trust the one it got",
        cause="It asks for mutual TLS: certificate and key of the client are missing, expired, or "
        "signed by an authority it does not know.",
        fix=(
            tool(
                "update_clickpipe",
                "Give the client's certificate and private key (MUTUAL_TLS).",
                changes=("credentials.private_key",),
            ),
            at_source("Put the authority of the client certificate into the source's truststore."),
        ),
        patterns=(
            r"certificate[ _]required",
            r"(remote error|alert|fatal alert|tlsv1|sslv3).{0,40}(bad|unknown|unsupported)[ _]cert",
            r"(remote error|alert).{0,60}unknown (certificate authority|ca\b)",
            r"alert:? (bad_certificate|certificate_unknown|unknown_ca|certificate_required)",
            r"alert (bad certificate|unknown ca|certificate unknown)",
            r"peer did not return a certificate|no client certificate",
        ),
        examples=(
            "remote error: tls: certificate required",
            "Received fatal alert: bad_certificate",
            "remote error: tls: bad certificate",
        ),
    ),
    _rule(
        id="network.tls-version",
        title="The two sides have no TLS version or cipher in common",
        cause="The source speaks only an old protocol version (TLS 1.0 or 1.1), or only ciphers "
        "that are refused.",
        fix=(at_source("Allow TLS 1.2 or 1.3 at the source."), _LOOK),
        patterns=(
            r"protocol[ _]version( not supported)?\b.{0,20}(not supported|alert)?",
            r"unsupported protocol|unsupported_protocol|no appropriate protocol",
            r"(no shared|no) cipher|no cipher suites? in common|handshake_failure",
            r"fatal alert: (HandshakeFailure|ProtocolVersion|InsufficientSecurity)",
            r"alert (protocol version|handshake failure)|inappropriate[ _]fallback",
            r"dh key too small|ee key too small|ca md too weak",
        ),
        breadth=Breadth.BROAD,
        examples=("remote error: tls: protocol version not supported",),
    ),
    _rule(
        id="network.tls-mismatch",
        title="One side speaks TLS, the other plain text",
        cause="The port is not a TLS port, TLS is off at the source, or something in between "
        "answers.",
        fix=(
            tool(
                "update_clickpipe",
                "Set TLS as the source has it, or take its TLS port.",
                changes=("disable_tls", "brokers"),
            ),
            _LOOK,
        ),
        breadth=Breadth.BROAD,
        patterns=(
            r"first record does not look like a TLS",
            r"wrong version number|WRONG_VERSION_NUMBER",
            r"unknown protocol|packet length too long|record overflow|oversized record",
            r"Unrecognized SSL message, plaintext",
            r"server gave HTTP response to HTTPS",
            r"no TLS implementation configured",
        ),
        examples=("tls: first record does not look like a TLS handshake",),
    ),
    _rule(
        id="network.tls-ended",
        title="The source ended the TLS handshake",
        cause="Wrong port, a missing client certificate, an address that is not admitted, or a "
        "proxy in between.",
        fix=(
            at_source("Check port, TLS setting and allow-list of the source."),
            tool(
                "update_clickpipe",
                "Give the client certificate if it wants one.",
                changes=("credentials.private_key",),
            ),
            _LOOK,
        ),
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"close_notify during handshake",
            r"(closed|terminated) connection during handshake",
            r"handshake.{0,30}\bEOF\b|peer shut down incorrectly",
            r"unexpected eof while reading|SSL_ERROR_SYSCALL|SSL syscall",
        ),
        examples=("Remote host closed connection during handshake",),
    ),
    _rule(
        id="network.certificate-rejected",
        title="The TLS handshake with the source failed",
        cause="One side does not accept the other's certificate or version; an expired certificate "
        "is the most common reason.",
        fix=(_LOOK,),
        confidence=Confidence.MEDIUM,
        breadth=Breadth.BROAD,
        patterns=(
            r"\bx509:",
            r"tls: (failed to verify|handshake failure|bad certificate)",
            r"CertificateVerificationError",
            r"(SSL|TLS) handshake (failed|error)|SSLHandshakeException|SslAuthentication",
            r"(error|failed) (performing|during|in) (the )?(TLS|SSL) handshake",
        ),
        examples=(
            "x509: certificate specifies an incompatible key usage",
            "tls: handshake failure",
        ),
    ),
    _rule(
        id="network.bad-pem",
        title="A certificate or key is not readable PEM",
        cause="The text is cut, lost its line breaks or is not PEM at all.",
        fix=(
            tool(
                "update_clickpipe",
                "Give the whole PEM, from BEGIN to END, with line breaks.",
                changes=("ca_certificate", "credentials.private_key"),
            ),
        ),
        documentation=docs("kafka/best-practices"),
        severity=Severity.ERROR,
        patterns=(
            r"not in valid PEM format",
            r"failed to (decode|parse) (PEM|certificate)",
            r"(no|bad) (start line|PEM|base64 decode)|PEM_read|ASN1|failed to find any PEM",
        ),
        examples=("BAD_REQUEST: caCertificate is not in valid PEM format",),
    ),
)
