"""What bench/compare computes itself: made-up places, questions, medians, the table and the plot; what bench/load counts; and whether the servers
accept the files that are written for them, where they are installed."""

import contextlib
import ipaddress
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree
from collections.abc import Callable
from functools import cache
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from comparing import bind, dns, figures, gdnsd, knot, nsd, places, plot, powerdns, report, rhumb, work
from comparing.measure import ECHO, Measured
from comparing.server import Home, Server, kind_of


def look_up(database: bytes, nodes: int, address: int) -> bytes:
    """The begin of an address's record, found as the format's description says."""
    node = 0
    for bit in format(address, "0128b"):
        at = node * 6 + 3 * int(bit)
        node = int.from_bytes(database[at : at + 3], "big")
        if node >= nodes:
            break
    return database[nodes * 6 + node - nodes :][:64]


class Places(unittest.TestCase):
    def test_the_database_says_of_each_address_where_it_is(self) -> None:
        made = work.places()
        database = made.database()
        nodes = len(places.tree(made.networks))
        chance = random.Random(1)
        for address in [chance.randrange(1 << 32) for _ in range(200)]:
            place = made.of(address)
            record = look_up(database, nodes, address)
            self.assertEqual(record[: len(places.encode({"continent": {"code": place.continent}}))][-2:].decode(), place.continent)
            self.assertIn(b"iso_code\x42" + place.country.encode(), record)

    def test_networks_follow_each_other_and_leave_nothing_out(self) -> None:
        following = 0
        for network in work.places().networks:
            self.assertEqual(network.first, following)
            following += 1 << (32 - network.length)
        self.assertEqual(following, 1 << 32)

    def test_encodes_as_the_description_of_the_format_does(self) -> None:
        self.assertEqual(places.encode("en"), b"\x42en")
        self.assertEqual(places.encode(["en"]), b"\x01\x04\x42en")
        self.assertEqual(places.encode(places.Number(9, 1)), b"\x01\x02\x01")
        self.assertEqual(places.encode({"a": places.Number(5, 2)}), b"\xe1\x41a\xa1\x02")


class Questions(unittest.TestCase):
    def test_a_twentieth_has_no_such_name(self) -> None:
        questions = work.static().questions
        missing = sum(question.expected is None for question in questions)
        self.assertAlmostEqual(missing / len(questions), 0.05, places=4)

    def test_the_nearest_site_is_that_of_the_country_then_of_the_continent_then_of_everyone(self) -> None:
        by_place = {}
        for network in work.places().networks[:5000]:
            by_place[network.place] = work.nearest(work.GEO_SITES, work.places(), str(ipaddress.IPv4Address(network.first)))
        self.assertEqual(by_place[places.Place("EU", "DE")], "127.0.1.1")
        self.assertEqual(by_place[places.Place("EU", "FR")], "127.0.1.8")
        self.assertEqual(by_place[places.Place("SA", "AR")], "127.0.1.12")

    def test_a_query_tells_the_subnet_and_a_reply_is_read(self) -> None:
        query = dns.make_query("a.example", "A", "192.0.2.0/24")
        self.assertTrue(query.endswith(bytes.fromhex("0008 0007 0001 18 00 c00002")))
        answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 30, 4) + bytes([192, 0, 2, 1])
        reply = dns.parse(struct.pack("!6H", 1, 0x8400, 1, 1, 0, 0) + query[12:27] + answer)
        self.assertEqual(reply, dns.Reply(dns.NOERROR, True, frozenset(["192.0.2.1"])))


class FakeServer:
    """Replies over UDP with what it is told to make of each query, while it is entered."""

    def __init__(self, make: Callable[[bytes], bytes]) -> None:
        self._make = make
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "FakeServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))  # which ends it
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, peer = self._socket.recvfrom(4096)
            if not query:
                return
            self._socket.sendto(self._make(query), peer)


class Generator(unittest.TestCase):
    """The real bench/load."""

    def test_it_counts_what_is_truncated_or_empty_and_what_others_took(self) -> None:
        load = os.environ.get("RHUMB_LOAD")
        if not load:
            self.skipTest("RHUMB_LOAD does not name bench/load")
        kinds = {"a": (0x8400, 1), "b": (0x8403, 0), "c": (0x8400, 0), "d": (0x8600, 1)}  # flags, and how many answers it says to have

        def make(query: bytes) -> bytes:
            flags, answers = kinds[chr(query[13])]
            return query[:2] + struct.pack("!5H", flags, 1, answers, 0, 0) + query[12:]

        with FakeServer(make) as server:
            command = [load, "--json", "--rounds", "1", "--seconds", "0.2", "--no-edns", "--sockets", "4", "--window", "2"]
            command += ["--server", f"127.0.0.1:{server.port}"]
            command += [word for name in kinds for word in ("--question", f"{name}.example A")]
            told = json.loads(subprocess.run([*command, "--pid", str(os.getpid())], check=True, stdout=subprocess.PIPE).stdout)
        self.assertEqual((told["lost"], told["answered"]), (0, told["sent"]))
        quarter = told["sent"] / 4
        for count in (told["rcodes"][3], told["empty"], told["truncated"]):
            self.assertAlmostEqual(count, quarter, delta=1)
        self.assertGreaterEqual(told["others"], 0)


def a_round(rate: float, refused: int = 0) -> dict:
    rcodes = [int(rate)] + [0] * 15
    rcodes[5] = refused
    return {"rate": rate, "cpu_us": 1e6 / rate, "reply_octets": 60, "server_busy": 1, "generator_idle": 0.5, "lost": 1, "rcodes": rcodes}


class Results(unittest.TestCase):
    def setUp(self) -> None:
        self.measured = Measured("static", "names", "udp", True)
        self.measured.rounds = {
            ECHO: [a_round(rate) for rate in (1000, 2000, 4000)],
            "rhumb": [a_round(rate) for rate in (900, 1900, 3600)],
            "gdnsd": [a_round(rate, refused=2) for rate in (450, 950, 1800)],
        }
        self.servers = [rhumb.Rhumb(), gdnsd.Gdnsd(), nsd.Nsd()]

    def test_rates_are_divided_round_by_round(self) -> None:
        found = figures.figures(self.measured, "gdnsd")
        self.assertAlmostEqual(found.beside_echo.median, 0.45)
        self.assertAlmostEqual(found.beside_this.median, 2)
        self.assertEqual((found.lost, found.unexpected), (3, 6))

    def test_the_table_says_what_cannot_be_done(self) -> None:
        text = report.report([self.measured], self.servers, {"commit": "abc"}, 3, 1)
        self.assertIn("| static: names | 0.900 (0.900…0.925) | 0.450 (0.450…0.463) | – <sup>1</sup> |", text)
        self.assertIn("1. NSD: cannot do this.", text)

    def test_the_plot_is_well_formed(self) -> None:
        facts = {"machine": "<a & b>", "commit": "abc", "date": "today"}
        image = plot.plot([self.measured], self.servers, facts)
        bars = [part for part in xml.etree.ElementTree.fromstring(image).iter() if part.get("fill")]
        self.assertEqual(len(bars), 2)


class Configurations(unittest.TestCase):
    def test_gdnsd_has_an_order_for_each_place(self) -> None:
        self.assertIn("EU => { DE => [ de, europe, all ], GB => [ gb, europe, all ], default => [ europe, all ] }", gdnsd.world(work.GEO_SITES))

    def test_knot_chooses_by_continent_and_country(self) -> None:
        chosen = [knot.choice(work.geo().steering, site) for site in work.GEO_SITES]
        self.assertEqual((chosen[0], chosen[7], chosen[-1]), ('geo: "EU;DE"', 'geo: "EU;*"', 'geo: "*;*"'))

    def test_powerdns_has_lua_only_where_it_steers_and_keeps_its_state(self) -> None:
        texts = {workload.name: configured(powerdns.PowerDns(), workload, "pdns.conf") for workload in small_workloads()}
        having = {name for name, text in texts.items() if "enable-lua-records=shared" in text}
        self.assertEqual(having, {"geo", "ecs", "weighted"})


class Accepted(unittest.TestCase):
    """By the servers' own programs."""

    def check(self, server: Server, command: Callable[[Path], list[str]]) -> list[str]:
        """What the program says of the folder of each workload that the server can do."""
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        program = shutil.which(command(Path())[0], path=path)
        if not program:
            self.skipTest(f"{command(Path())[0]} is not installed")
        told = []
        for workload in small_workloads():
            if not server.can(kind_of(workload)):
                continue
            with self.subTest(workload.name), written(server, workload) as folder:
                result = subprocess.run([program, *command(folder)[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
                self.assertEqual(result.returncode, 0, result.stdout)
                told.append(result.stdout)
        return told

    def test_by_nsd(self) -> None:
        self.check(nsd.Nsd(), lambda folder: ["nsd-checkconf", str(folder / "nsd.conf")])

    def test_by_bind(self) -> None:
        self.check(bind.Bind(), lambda folder: ["named-checkconf", "-z", str(folder / "named.conf")])

    def test_by_gdnsd(self) -> None:
        self.check(gdnsd.Gdnsd(), lambda folder: ["gdnsd", "-c", str(folder), "checkconf"])

    def test_by_knot(self) -> None:
        self.check(knot.Knot(), lambda folder: ["knotc", "-c", str(folder / "knot.conf"), "conf-check"])

    def test_nsd_limits_no_rates(self) -> None:
        for option in ("rrl-ratelimit", "rrl-whitelist-ratelimit"):
            told = self.check(nsd.Nsd(), lambda folder, option=option: ["nsd-checkconf", "-o", option, str(folder / "nsd.conf")])
            self.assertEqual(set(told), {"0\n"})

    def test_bind_limits_no_rates_and_logs_no_queries(self) -> None:
        for text in self.check(bind.Bind(), lambda folder: ["named-checkconf", "-p", str(folder / "named.conf")]):
            self.assertNotRegex(text, "rate-limit|querylog|category")


def small_workloads() -> list[work.Workload]:
    """One of each kind, with few zones."""
    questions = [work.Question("a.example.com", frozenset(["192.0.2.1"]))]
    zones = [work.Zone(apex, [("a", "192.0.2.1")]) for apex in ("example.com", "example.org")]
    tcp = work.Workload("tcp1", "", zones, questions, queries_per_connection=1)
    steered = [
        work.Workload(name, "", [], questions, work.steering(kind, sites), with_subnets=name == "ecs", places=work.places())
        for name, kind, sites in (("geo", "geo", work.GEO_SITES), ("ecs", "geo", work.GEO_SITES), ("weighted", "weighted", work.WEIGHTED_SITES))
    ]
    return [work.Workload("static", "", zones, questions), tcp, *steered]


@cache
def database() -> bytes:
    return work.places().database()


@contextlib.contextmanager
def written(server: Server, workload: work.Workload):
    """The folder with the server's files."""
    with tempfile.TemporaryDirectory(prefix="rhumb-compare-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "GeoLite2-City.mmdb").write_bytes(database())
        (folder / "server").mkdir()
        server.configure(Home(folder / "server", 5300, 8080, folder / "GeoLite2-City.mmdb"), workload)
        yield folder / "server"


def configured(server: Server, workload: work.Workload, file: str) -> str:
    with written(server, workload) as folder:
        return (folder / file).read_text()


if __name__ == "__main__":
    unittest.main(verbosity=2)  # says why tests are skipped
