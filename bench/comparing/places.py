"""A made-up database of where addresses are, in MaxMind's format (version 2.0 of its public description)."""

import bisect
import random
import struct
from typing import NamedTuple

SEED = 20
LOOPBACK = 127  # is cut finely, so that clients of this machine are in different places
SHORTEST, LONGEST = 8, 24
V4_BELOW = 96  # IPv4 is what begins with so many zeros in a tree of IPv6


class Place(NamedTuple):
    continent: str
    country: str


# By how many networks each has; the figures are rough.
COUNTRIES = {
    Place("NA", "US"): 30, Place("EU", "DE"): 8, Place("EU", "GB"): 8, Place("AS", "JP"): 6, Place("EU", "FR"): 6,
    Place("SA", "BR"): 6, Place("NA", "CA"): 5, Place("AS", "IN"): 5, Place("AS", "CN"): 5, Place("OC", "AU"): 4,
    Place("EU", "NL"): 3, Place("EU", "IT"): 3, Place("EU", "ES"): 3, Place("EU", "PL"): 3, Place("AS", "KR"): 3,
    Place("NA", "MX"): 3, Place("SA", "AR"): 2, Place("SA", "CL"): 1, Place("AF", "ZA"): 2, Place("AF", "NG"): 1,
    Place("AF", "EG"): 1, Place("AS", "SG"): 1, Place("AS", "ID"): 2, Place("OC", "NZ"): 1, Place("EU", "SE"): 2,
}


class Network(NamedTuple):
    first: int
    length: int
    place: Place


class Places:
    """Every IPv4 address is in one network of one country; neighbours often are in the same one."""

    def __init__(self) -> None:
        self.networks = list(cut(random.Random(SEED)))
        self._firsts = [network.first for network in self.networks]

    def of(self, address: int) -> Place:
        return self.networks[bisect.bisect_right(self._firsts, address) - 1].place

    def database(self) -> bytes:
        """The file, as a City database."""
        records = {place: number for number, place in enumerate(COUNTRIES)}
        data, offsets = b"", []
        for place in records:
            offsets.append(len(data))
            data += encode({"continent": {"code": place.continent}, "country": {"iso_code": place.country}})
        nodes = tree(self.networks)
        out = bytearray()
        for node in nodes:
            for branch in node:
                value = len(nodes) + 16 + offsets[records[branch]] if isinstance(branch, Place) else branch
                out += (len(nodes) if value is None else value).to_bytes(3, "big")
        return bytes(out) + bytes(16) + data + metadata(len(nodes))


def cut(chance: random.Random) -> list[Network]:
    """All of IPv4, from front to back, in networks of uneven size."""
    places, weights = list(COUNTRIES), list(COUNTRIES.values())
    networks: list[Network] = []
    waiting = [(0, 0)]
    while waiting:
        first, length = waiting.pop()
        if length < LONGEST and (must_split(first, length) or chance.random() < 0.77):
            waiting += [(first | 1 << (31 - length), length + 1), (first, length + 1)]
            continue
        stays = networks and chance.random() < 0.4
        place = networks[-1].place if stays else chance.choices(places, weights)[0]
        networks.append(Network(first, length, place))
    return networks


def must_split(first: int, length: int) -> bool:
    return length < SHORTEST or (first >> 24 == LOOPBACK and length < 16)


def tree(networks: list[Network]) -> list[list]:
    """Nodes of two branches: the number of a node, a Place, or None for nothing."""
    nodes: list[list] = [[depth + 1, None] for depth in range(V4_BELOW)] + [[None, None]]
    for first, length, place in networks:
        node = V4_BELOW
        for depth in range(length - 1):
            side = first >> (31 - depth) & 1
            if nodes[node][side] is None:
                nodes.append([None, None])
                nodes[node][side] = len(nodes) - 1
            node = nodes[node][side]
        nodes[node][first >> (32 - length) & 1] = place
    return nodes


def metadata(nodes: int) -> bytes:
    return b"\xab\xcd\xefMaxMind.com" + encode({
        "binary_format_major_version": Number(5, 2), "binary_format_minor_version": Number(5, 0),
        "build_epoch": Number(9, 1_700_000_000), "database_type": "GeoLite2-City", "description": {"en": "made up"},
        "ip_version": Number(5, 6), "languages": ["en"], "node_count": Number(6, nodes), "record_size": Number(5, 24),
    })


class Number(NamedTuple):
    kind: int  # 5: uint16, 6: uint32, 9: uint64
    value: int


def encode(value: dict | list | str | Number) -> bytes:
    match value:
        case Number(kind, number):
            octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
            return control(kind, len(octets)) + octets
        case dict():
            return control(7, len(value)) + b"".join(encode(key) + encode(of) for key, of in value.items())
        case list():
            return control(11, len(value)) + b"".join(encode(item) for item in value)
        case str():
            return control(2, len(value)) + value.encode()
    raise TypeError(value)


def control(kind: int, size: int) -> bytes:
    """The octets before a value; sizes below 29 are all that is needed here."""
    assert size < 29
    return struct.pack("B", kind << 5 | size) if kind < 8 else struct.pack("BB", size, kind - 7)
