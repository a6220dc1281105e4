"""A client of the small world that knows nothing of the lab: the system's resolver, sockets, TLS and roots.

Run in the client's namespace with the site's name and the resolver's two addresses; prints what it saw as JSON.
"""

import json
import socket
import ssl
import struct
import sys

FAMILIES = {"4": socket.AF_INET, "6": socket.AF_INET6}


def resolved(name: str, family: socket.AddressFamily) -> list[str]:
    return sorted({str(where[0]) for *_, where in socket.getaddrinfo(name, None, family, socket.SOCK_STREAM)})


def is_answered(resolver: str, family: socket.AddressFamily) -> bool:
    """Whether a question for an A record draws an answer with its number."""
    question = b"".join(bytes((len(label),)) + label.encode() for label in sys.argv[1].split(".")) + b"\0"
    query = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + question + struct.pack(">2H", 1, 1)
    with socket.socket(family, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(10)
        datagrams.connect((resolver, 53))
        datagrams.send(query)
        answer = datagrams.recv(4096)
    return answer[:2] == query[:2] and int.from_bytes(answer[6:8]) > 0


def page(name: str, address: str, port: int) -> str:
    """The beginning of the answer to a GET."""
    with socket.create_connection((address, port), timeout=10) as plain:
        stream = ssl.create_default_context().wrap_socket(plain, server_hostname=name) if port == 443 else plain
        stream.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        return stream.recv(12).decode()


name, *resolvers = sys.argv[1:]
addresses = {version: resolved(name, family) for version, family in FAMILIES.items()}
print(
    json.dumps(
        {
            "resolved": addresses,
            "answers": {
                version: is_answered(resolver, family)
                for (version, family), resolver in zip(FAMILIES.items(), resolvers, strict=True)
            },
            "pages": {
                f"{scheme} {version}": page(name, found[0], port)
                for scheme, port in (("http", 80), ("https", 443))
                for version, found in addresses.items()
            },
        }
    )
)
