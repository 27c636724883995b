"""A DNS client that is just enough to see whether a server answers rightly before it is measured."""

import ipaddress
import random
import socket
import struct
from dataclasses import dataclass

NOERROR, NXDOMAIN = 0, 3
TYPES = {"A": 1, "SOA": 6}
OPT, ECS, UDP_SIZE = 41, 8, 1232


@dataclass(frozen=True)
class Reply:
    rcode: int
    authoritative: bool
    addresses: frozenset[str]
    truncated: bool = False
    subnet: str = ""  # of the client, as the reply repeats it (RFC 7871); "": it has none
    scope: int = 0  # bits of it that the answer depends on


def ask(port: int, name: str, kind: str, subnet: str = "", client: str = "127.0.0.1", tcp: bool = False) -> Reply | None:
    """Asks the server on this port of 127.0.0.1 from the address `client`; None when there is no reply, or none
    that can be read, in a second."""
    query = make_query(name, kind, subnet)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as channel:
        channel.settimeout(1)
        channel.bind((client, 0))
        try:
            channel.connect(("127.0.0.1", port))
            channel.sendall(struct.pack("!H", len(query)) + query if tcp else query)
            message = read_message(channel) if tcp else channel.recv(4096)
            return parse(message) if message[:2] == query[:2] else None
        except (OSError, struct.error, LookupError, ValueError):
            return None


def make_query(name: str, kind: str, subnet: str) -> bytes:
    labels = [label.encode() for label in name.rstrip(".").split(".")]
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    option = b""
    if subnet:
        network = ipaddress.ip_network(subnet)
        octets = network.network_address.packed[: (network.prefixlen + 7) // 8]
        option = struct.pack("!HHHBB", ECS, 4 + len(octets), 1, network.prefixlen, 0) + octets
    header = struct.pack("!6H", random.randrange(1 << 16), 0x0100, 1, 0, 0, 1)
    return header + wire + struct.pack("!HH", TYPES[kind], 1) + struct.pack("!BHHIH", 0, OPT, UDP_SIZE, 0, len(option)) + option


def read_message(channel: socket.socket) -> bytes:
    size = struct.unpack("!H", read_exactly(channel, 2))[0]
    return read_exactly(channel, size)


def read_exactly(channel: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = channel.recv(size - len(data))
        if not more:
            raise ConnectionError("the connection ended")
        data += more
    return data


def parse(message: bytes) -> Reply:
    _, flags, questions, answers, authorities, additionals = struct.unpack("!6H", message[:12])
    at = 12
    for _ in range(questions):
        at = skip_name(message, at) + 4
    addresses, subnet, scope = set(), "", 0
    for number in range(answers + authorities + additionals):
        at = skip_name(message, at)
        kind, _, _, size = struct.unpack("!HHIH", message[at : at + 10])
        data = message[at + 10 : at + 10 + size]
        at += 10 + size
        if kind == TYPES["A"] and number < answers:
            addresses.add(str(ipaddress.IPv4Address(data)))
        if kind == OPT:
            subnet, scope = client_subnet(data)
    return Reply(flags & 15, bool(flags & 0x0400), frozenset(addresses), bool(flags & 0x0200), subnet, scope)


def client_subnet(options: bytes) -> tuple[str, int]:
    """The subnet and its scope among the options of an OPT record; "" if it is not there."""
    while options:
        code, size = struct.unpack("!HH", options[:4])
        data, options = options[4 : 4 + size], options[4 + size :]
        if code == ECS:
            family, length, scope = struct.unpack("!HBB", data[:4])
            room = {1: 4, 2: 16}[family]
            return f"{ipaddress.ip_address(data[4:].ljust(room, bytes(1)))}/{length}", scope
    return "", 0


def skip_name(message: bytes, at: int) -> int:
    while message[at] != 0:
        if message[at] >= 0xC0:
            return at + 2
        at += 1 + message[at]
    return at + 1
