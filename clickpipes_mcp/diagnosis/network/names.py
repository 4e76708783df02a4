"""Host names that do not resolve, and addresses nobody finds the way to."""

from functools import partial

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis._links import CLICKPIPES, docs
from clickpipes_mcp.diagnosis._rule import Rule, Severity
from clickpipes_mcp.diagnosis._steps import (
    ADDRESS,
    at_source,
    console,
    hosted,
    only_for,
    tool,
    wait,
)
from clickpipes_mcp.diagnosis.providers import Provider

_rule = partial(Rule, severity=Severity.CRITICAL, documentation=docs("networking"))
_LOOKUP = at_source("Resolve the name from outside your network.", "nslookup <host>")

RULES: tuple[Rule, ...] = (
    _rule(
        id="network.dns-silent",
        title="DNS did not answer, so the host name could not be resolved",
        cause="The resolver timed out or failed for the moment; the name itself may be right. This "
        "says nothing about a firewall.",
        fix=(wait("Let it retry."), _LOOKUP),
        severity=Severity.ERROR,
        patterns=(
            r"lookup \S{1,255}( on \S{1,60})?:.{0,120}(i/o timeout|server misbehaving|timed out)",
            r"(temporary failure|try again).{0,20}name resolution|Temporary failure in name",
            r"EAI_AGAIN|WSATRY_AGAIN",
            r":53: .{0,80}(i/o timeout|timed out|refused)",
            r"(dns|resolv).{0,70}(timed out|timeout|SERVFAIL)",
        ),
        examples=(
            "lookup db.example.com on 10.0.0.2:53: read udp 10.0.0.3:4->10.0.0.2:53: i/o timeout",
        ),
    ),
    _rule(
        id="network.name-unknown",
        title="The source's host name does not resolve",
        cause="DNS does not know it: a typo, a project that is paused or deleted, a name that "
        "exists only in a private network, or a private endpoint without its DNS name.",
        fix=(
            _LOOKUP,
            only_for(
                tool(
                    "update_clickpipe",
                    "Use a public name, or the private endpoint's DNS name.",
                    changes=ADDRESS,
                ),
                Family.DATABASE,
            ),
            only_for(
                tool(
                    "create_kafka_clickpipe",
                    "Brokers never change in place: check advertised.listeners, and recreate the "
                    "pipe if its own list is wrong.",
                ),
                Family.STREAMING,
            ),
            console("For private names add a custom DNS mapping to the private endpoint."),
        ),
        patterns=(
            r"no such host",
            r"net\.DNSError",
            r"NXDOMAIN",
            r"name or service not known",
            r"\bENOTFOUND\b(?!\))",
            r"EAI_NONAME|EAI_NODATA|WSAHOST_NOT_FOUND|\(11001\)",
            r"could not translate host name",
            r"No address associated with",
            r"nodename nor servname",
            r"Unknown ?Host(Exception)?\b",
            r"Unknown MySQL server host",
            r"failed to (resolve|lookup)",
            r"(could not|cannot|unable to|can't) resolve( host)?",
            r"No resolvable bootstrap",
            r"Host not found|host .{0,80}could not be resolved",
            r"DNS_ERROR|host resolution failure|cannot unmarshal DNS",
        ),
        examples=(
            (
                "BAD_REQUEST: failed to establish connection: dial tcp: lookup db.example.com: no "
                "such host"
            ),
            "net.DNSError",
            "Error: getaddrinfo ENOTFOUND db.example.com",
        ),
    ),
    _rule(
        id="network.no-route",
        title="There is no route to the source's address: unreachable, often IPv6 only",
        cause="The host resolves to an IPv6 or private address that cannot be reached; pipes "
        "connect by IPv4.",
        fix=(
            at_source("See its addresses.", "nslookup <host>"),
            hosted(at_source("Supabase: the IPv4 add-on of the project."), Provider.SUPABASE),
            at_source("Give the host a public IPv4 address, or allow it in the firewall."),
            console("For a source without public address set up a reverse private endpoint."),
        ),
        documentation=CLICKPIPES,
        patterns=(
            r"no route to host",
            r"network is (unreachable|down)",
            r"EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|WSAENETUNREACH|WSAEHOSTUNREACH",
            r":(enet|ehost)unreach",
            r"\((10051|10065)\)",
        ),
        examples=("dial tcp [2001:db8::1]:5432: connect: no route to host",),
    ),
)
