"""A name server on this machine, for who asks where a cluster's servers are."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

from tests.faults.processes import PATIENCE_S

_NO_MORE = b""


@contextmanager
def naming(records: Mapping[tuple[str, str], str]) -> Iterator[dns.resolver.Resolver]:
    """A resolver of these records, by name and kind; of others it says that there are none."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listener:
        listener.bind(("127.0.0.1", 0))
        serving = threading.Thread(target=_serve, args=(listener, records), daemon=True)
        serving.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], listener.getsockname()[1]
        resolver.timeout = PATIENCE_S
        yield resolver
        listener.sendto(_NO_MORE, listener.getsockname())
        serving.join()


def _serve(listener: socket.socket, records: Mapping[tuple[str, str], str]) -> None:
    while True:
        octets, asker = listener.recvfrom(4096)
        if octets == _NO_MORE:
            return
        query = dns.message.from_wire(octets)
        answer = dns.message.make_response(query)
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        if (name, kind) in records:
            texts = records[name, kind].split("\n")
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        listener.sendto(answer.to_wire(), asker)
