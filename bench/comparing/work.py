"""What the servers are asked, and what they should reply: zones, questions, and sites to steer clients to."""

import ipaddress
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from comparing.places import Places

SEED = 7
TTL_S = 30
MISSING_SHARE = 0.05  # of the questions for names that there are not
STATIC_NAMES = 100_000
SMALL_ZONES, NAMES_A_ZONE = 12_000, 5
STEERED_NAMES = 100
SUBNETS = 100_000
CLIENTS = 16  # addresses that questions come from: 127.0.0.1, 127.1.0.1, …
# Octets that subnets of clients begin with: not those that have networks of special purpose in them.
PUBLIC = [octet for octet in range(1, 224) if octet not in (10, 100, 127, 169, 172, 192, 198, 203)]


@dataclass(frozen=True)
class Question:
    name: str
    expected: frozenset[str] | None  # any one of these addresses; None: there is no such name
    subnet: str = ""


@dataclass(frozen=True)
class Zone:
    apex: str
    addresses: list[tuple[str, str]]  # relative name and address

    def master_file(self, records: list[str] | None = None) -> str:
        """In the form that every server reads; `records` stand for the addresses."""
        lines = [f"$ORIGIN {self.apex}.", f"$TTL {TTL_S}", "@ SOA ns1 hostmaster 1 7200 1800 259200 60", "@ NS ns1", "ns1 A 192.0.2.53"]
        lines += [f"{name} A {address}" for name, address in self.addresses] if records is None else records
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Site:
    name: str
    address: str  # of this machine, so that it can be checked
    continent: str = ""
    country: str = ""
    weight: int = 0


@dataclass(frozen=True)
class Steering:
    """Names that are all steered in the same way."""

    kind: str  # "geo" or "weighted"
    zone: Zone  # without the names
    names: list[str]
    sites: list[Site]


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    zones: list[Zone]
    questions: list[Question]
    steering: Steering | None = None
    queries_per_connection: int = 0  # 0: over UDP
    with_subnets: bool = False
    places: Places | None = field(default=None, repr=False)

    def samples(self, number: int) -> list[tuple[Question, str]]:
        """Questions of each class and who asks them."""
        chance = random.Random(SEED)
        chosen = chance.sample(self.questions, min(number, len(self.questions)))
        if self.steering and not self.with_subnets:  # few questions, but each from everywhere
            chosen = chance.choices(self.questions, k=number)
        return [(self._for_client(question, client), client) for question, client in zip(chosen, forever(clients()))]

    def _for_client(self, question: Question, client: str) -> Question:
        if self.steering is None or self.steering.kind != "geo" or question.subnet or self.places is None:
            return question
        return Question(question.name, frozenset([nearest(self.steering.sites, self.places, client)]))

    def missing_among(self, asked: int) -> int:
        """Of the first so many questions, asked in turn and from the first one again, those for names that there are not."""
        times, rest = divmod(asked, len(self.questions))
        return times * missing(self.questions) + missing(self.questions[:rest])

    def needs_every_site(self) -> bool:
        """Whether samples() ask so that each site is an answer."""
        return self.with_subnets or (self.steering is not None and self.steering.kind == "weighted")

    def lines(self) -> str:
        return "".join(f"{question.name} A {question.subnet}\n" for question in self.questions)


def missing(questions: list[Question]) -> int:
    return sum(question.expected is None for question in questions)


def clients() -> list[str]:
    return [f"127.{number}.0.1" for number in range(CLIENTS)]


def forever(items: list[str]) -> Iterator[str]:
    while True:
        yield from items


def nearest(sites: list[Site], places: Places, address: str) -> str:
    """The site of the country, else of the continent, else for everyone."""
    place = places.of(int(ipaddress.IPv4Address(address)))
    for site in sites:
        if site.country == place.country:
            return site.address
    for site in sites:
        if not site.country and site.continent == place.continent:
            return site.address
    return sites[-1].address


def address_of(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def mixed(present: list[Question], name_of_missing: Callable[[int], str]) -> list[Question]:
    """These, with so many between them that have no such name."""
    count = round(len(present) * MISSING_SHARE / (1 - MISSING_SHARE))
    questions = present + [Question(name_of_missing(number), None) for number in range(count)]
    random.Random(SEED).shuffle(questions)
    return questions


@cache
def static_work() -> tuple[list[Zone], list[Question]]:
    zone = Zone("example.com", [(f"n{number}", address_of(number)) for number in range(STATIC_NAMES)])
    present = [Question(f"{name}.{zone.apex}", frozenset([address])) for name, address in zone.addresses]
    return [zone], mixed(present, lambda number: f"missing{number}.{zone.apex}")


def static() -> Workload:
    return Workload("static", "100,000 static names, 5 % NXDOMAIN", *static_work())


def tcp(queries: int, title: str) -> Workload:
    return Workload(f"tcp{queries}", f"the same names over TCP, {title} a connection", *static_work(), queries_per_connection=queries)


def small_zones() -> Workload:
    zones = []
    for number in range(SMALL_ZONES):
        addresses = [(f"n{name}", address_of(number * NAMES_A_ZONE + name)) for name in range(NAMES_A_ZONE)]
        zones.append(Zone(f"z{number}.example", addresses))
    present = [Question(f"{name}.{zone.apex}", frozenset([address])) for zone in zones for name, address in zone.addresses]
    questions = mixed(present, lambda number: f"missing.z{number}.example")
    return Workload("zones", "12,000 small zones, 5 % NXDOMAIN", zones, questions)


GEO_SITES = [
    Site("de", "127.0.1.1", "EU", "DE"), Site("gb", "127.0.1.2", "EU", "GB"), Site("us", "127.0.1.3", "NA", "US"),
    Site("ca", "127.0.1.4", "NA", "CA"), Site("br", "127.0.1.5", "SA", "BR"), Site("jp", "127.0.1.6", "AS", "JP"),
    Site("in", "127.0.1.7", "AS", "IN"), Site("europe", "127.0.1.8", "EU"), Site("america", "127.0.1.9", "NA"),
    Site("asia", "127.0.1.10", "AS"), Site("oceania", "127.0.1.11", "OC"), Site("all", "127.0.1.12"),
]

WEIGHTED_SITES = [Site("blue", "127.0.1.1", weight=90), Site("green", "127.0.1.2", weight=10)]


@cache
def places() -> Places:
    return Places()


def steering(kind: str, sites: list[Site]) -> Steering:
    return Steering(kind, Zone("example.com", []), [f"www{number}" for number in range(STEERED_NAMES)], sites)


def geo() -> Workload:
    steered = steering("geo", GEO_SITES)
    anywhere = frozenset(site.address for site in GEO_SITES)
    questions = [Question(f"{name}.example.com", anywhere) for name in steered.names]
    return Workload("geo", "geolocation + health, 12 sites", [], questions, steered, places=places())


def ecs() -> Workload:
    steered = steering("geo", GEO_SITES)
    chance = random.Random(SEED)
    questions = []
    for _ in range(SUBNETS):
        network = f"{chance.choice(PUBLIC)}.{chance.randrange(256)}.{chance.randrange(256)}.0"
        expected = frozenset([nearest(GEO_SITES, places(), network)])
        questions.append(Question(f"{chance.choice(steered.names)}.example.com", expected, network + "/24"))
    return Workload("ecs", "the same, each question with a random ECS /24", [], questions, steered, with_subnets=True, places=places())


def weighted() -> Workload:
    steered = steering("weighted", WEIGHTED_SITES)
    anywhere = frozenset(site.address for site in WEIGHTED_SITES)
    questions = [Question(f"{name}.example.com", anywhere) for name in steered.names]
    return Workload("weighted", "two weighted sites + health", [], questions, steered)


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "static": static,
    "geo": geo,
    "ecs": ecs,
    "weighted": weighted,
    "zones": small_zones,
    "tcp1": lambda: tcp(1, "one query"),
    "tcp100": lambda: tcp(100, "100 queries"),
}
