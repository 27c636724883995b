"""What bench/compare computes itself: made-up places, questions, what is right, orders, medians, the table and the plot; what bench/load
counts; and whether the servers accept the files that are written for them, where they are installed."""

import contextlib
import io
import ipaddress
import itertools
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

from comparing import bind, dns, figures, gdnsd, judge, knot, machine, measure, nsd, places, plot, powerdns, report, rhumb, work
from comparing.measure import ECHO, Asker, Measured, Plan, Target
from comparing.server import Home, Server, kind_of

COMPARE = Path(__file__).parents[2] / "bench/compare"


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

    def test_of_a_reply_the_subnet_and_its_scope_are_read(self) -> None:
        reply = dns.parse(make_reply(dns.make_query("a.example", "A", "198.51.96.0/20"), "192.0.2.1", scope=18))
        self.assertEqual((reply.subnet, reply.scope), ("198.51.96.0/20", 18))
        options = bytes.fromhex("0003 0001 00") + bytes.fromhex("0008 0008 0002 20 10 20010db8")
        self.assertEqual(dns.client_subnet(options), ("2001:db8::/32", 16))

    def test_it_is_known_how_many_of_the_questions_asked_have_no_such_name(self) -> None:
        workload = names_of_two_kinds()
        self.assertEqual([workload.missing_among(asked) for asked in (0, 1, 2, 3, 9, 10)], [0, 0, 1, 1, 3, 3])


def make_reply(query: bytes, address: str, scope: int | None = None, prefix: int | None = None) -> bytes:
    """NOERROR with this address; and if there is a scope, with the subnet as asked, or of another prefix."""
    question = query[12 : dns.skip_name(query, 12) + 4]
    answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 30, 4) + ipaddress.IPv4Address(address).packed
    opt = bytearray(query[12 + len(question) :])
    if scope is None:
        opt = opt[:9] + bytes(2)
    else:
        opt[17:19] = bytes([opt[17] if prefix is None else prefix, scope])
    return query[:2] + struct.pack("!5H", 0x8400, 1, 1, 0, 1) + question + answer + opt


def names_of_two_kinds() -> work.Workload:
    """Two names that there are with one between them that there is not."""
    there = frozenset(["192.0.2.1"])
    return work.Workload("static", "names", [], [work.Question("a.", there), work.Question("b.", None), work.Question("c.", there)])


def regions() -> work.Workload:
    """Two, each with a site and a subnet that asks for it."""
    sites = [work.Site("de", "127.0.1.1", "EU", "DE"), work.Site("all", "127.0.1.2")]
    questions = [
        work.Question("www.example.com", frozenset(["127.0.1.1"]), "198.51.96.0/20"),
        work.Question("www.example.com", frozenset(["127.0.1.2"]), "203.0.113.0/24"),
    ]
    steering = work.Steering("geo", work.Zone("example.com", []), ["www"], sites)
    return work.Workload("ecs", "regions", [], questions, steering, with_subnets=True)


def of_place(query: bytes) -> str:
    return "127.0.1.1" if bytes([198, 51, 96]) in query else "127.0.1.2"


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


class Rightness(unittest.TestCase):
    def wrong(self, make: Callable[[bytes], bytes]) -> list[str]:
        with FakeServer(make) as server:
            return judge.wrong_answers(server.port, regions())

    def test_who_repeats_the_subnet_with_a_scope_is_right(self) -> None:
        self.assertEqual(self.wrong(lambda query: make_reply(query, of_place(query), scope=8)), [])

    def test_who_says_that_the_answer_holds_for_everyone_is_wrong(self) -> None:
        self.assertEqual(len(self.wrong(lambda query: make_reply(query, of_place(query), scope=0))), 2)

    def test_who_leaves_the_subnet_out_is_wrong(self) -> None:
        self.assertEqual(len(self.wrong(lambda query: make_reply(query, of_place(query)))), 2)

    def test_who_repeats_another_prefix_is_wrong(self) -> None:
        self.assertEqual(len(self.wrong(lambda query: make_reply(query, of_place(query), scope=16, prefix=22))), 2)

    def test_who_sends_everyone_to_one_site_is_wrong(self) -> None:
        self.assertEqual(len(self.wrong(lambda query: make_reply(query, "127.0.1.1", scope=16))), 1)

    def test_what_cannot_be_read_is_no_reply(self) -> None:
        self.assertEqual(len(self.wrong(lambda query: query[:2] + bytes.fromhex("8400 0001 0001"))), 2)

    def test_a_subnet_that_nobody_told_of_is_wrong(self) -> None:
        question = work.Question("a.example", frozenset(["192.0.2.1"]))
        right = dns.Reply(dns.NOERROR, True, frozenset(["192.0.2.1"]))
        self.assertTrue(judge.is_right(right, question))
        self.assertFalse(judge.is_right(dns.Reply(dns.NOERROR, True, right.addresses, subnet="192.0.2.0/24"), question))
        self.assertFalse(judge.is_right(dns.Reply(dns.NOERROR, True, right.addresses, truncated=True), question))
        self.assertFalse(judge.is_right(dns.Reply(dns.NOERROR, False, right.addresses), question))


class Rounds(unittest.TestCase):
    def wrong(self, noerror: int, nxdomain: int, refused: int = 0, sent: int = 30, **more: int) -> list[str]:
        rcodes = [noerror, 0, 0, nxdomain, 0, refused] + [0] * 10
        return judge.wrong_counts({"sent": sent, "rcodes": rcodes, "truncated": 0, "empty": 0} | more, names_of_two_kinds())

    def test_the_shares_that_were_asked_for_are_right_whatever_was_lost(self) -> None:
        self.assertEqual(self.wrong(20, 10), [])
        self.assertEqual(self.wrong(15, 10), [])
        self.assertEqual(self.wrong(20, 0), [])

    def test_more_of_a_kind_than_was_asked_for_is_wrong(self) -> None:
        self.assertEqual(self.wrong(19, 11), ["11 replies NXDOMAIN to 10 questions for names that there are not"])
        self.assertEqual(self.wrong(21, 9), ["21 replies NOERROR to 20 questions for names that there are"])

    def test_other_replies_are_wrong(self) -> None:
        self.assertEqual(self.wrong(19, 10, refused=1), ["1 replies with rcode 5"])
        self.assertEqual(self.wrong(20, 10, empty=3), ["3 replies NOERROR without an answer"])
        self.assertEqual(self.wrong(20, 10, truncated=4), ["4 truncated replies"])

    def test_who_is_wrong_in_a_round_ends_the_run(self) -> None:
        one = a_round(30) | {"truncated": 4}
        with self.assertRaisesRegex(SystemExit, "NSD, static: wrong answers in a round:\n.*\n4 truncated replies"):
            judge.expect_right_round("NSD", names_of_two_kinds(), one)

    def test_the_echo_server_is_asked_before_and_after_the_others(self) -> None:
        measured, asker = Measured("regions", "", "udp"), ScriptedAsker([0.0])
        with contextlib.redirect_stderr(io.StringIO()):
            measure.take_rounds(measured, regions(), asker, {name: Target(0, []) for name in (ECHO, "a", "b", "c")}, 5)
        self.assertEqual([len(rounds) for rounds in measured.rounds.values()], [10, 5, 5, 5])
        self.assertEqual(asker.asked, [name for order in measured.orders for name in (ECHO, *order, ECHO)])

    def test_orders_are_of_chance_and_the_same_for_a_seed(self) -> None:
        orders = measure.shuffled(["a", "b", "c"], 50, "seed")
        self.assertEqual(orders, measure.shuffled(["a", "b", "c"], 50, "seed"))
        self.assertEqual(len(set(map(tuple, orders))), 6)
        self.assertNotEqual(orders, measure.shuffled(["a", "b", "c"], 50, "another"))

    def test_a_round_that_others_disturbed_is_repeated(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()):
            kept = [ScriptedAsker(others).run_undisturbed("a", Target(0, [])) for others in ([0.04], [0.2, 0.3, 0.05], [0.3, 0.1, 0.2, 0.4])]
        self.assertEqual([(one["others"], one["tries"]) for one in kept], [(0.04, 1), (0.05, 3), (0.1, 4)])


class ScriptedAsker(Asker):
    """Measures nothing, but is disturbed as it is told to."""

    def __init__(self, others: list[float]) -> None:
        super().__init__(regions(), Path("questions"), Plan(rounds=1, seconds=1))
        self._others = itertools.cycle(others)
        self.asked: list[str] = []

    def run(self, target: Target, seconds: float) -> dict:
        return a_round(1000) | {"others": next(self._others)}

    def run_undisturbed(self, name: str, target: Target) -> dict:
        self.asked.append(name)
        return super().run_undisturbed(name, target)


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


def a_round(rate: float, lost: int = 0) -> dict:
    return {
        "rate": rate, "cpu_us": 1e6 / rate, "reply_octets": 60, "server_busy": 1, "generator_idle": 0.5, "sent": int(rate), "lost": lost,
        "rcodes": [int(rate) - lost] + [0] * 15, "truncated": 0, "empty": 0, "others": 0.01,
    }


class Results(unittest.TestCase):
    def setUp(self) -> None:
        self.measured = Measured("static", "names", "udp")
        self.measured.rounds = {
            ECHO: [a_round(rate) for rate in (900, 1100, 2100, 1900, 4000, 4000)],
            "rhumb": [a_round(rate) for rate in (900, 1900, 3600)],
            "gdnsd": [a_round(rate) for rate in (450, 950, 1800)],
        }
        self.servers = [rhumb.Rhumb(), gdnsd.Gdnsd(), nsd.Nsd()]

    def report(self) -> str:
        return report.report([self.measured], self.servers, {"commit": "abc"}, 3, 1)

    def test_rates_are_divided_by_the_mean_of_the_echo_servers_of_the_round(self) -> None:
        self.assertAlmostEqual(figures.beside_echo(self.measured, "gdnsd").rate.median, 0.45)
        self.assertAlmostEqual(figures.beside(self.measured.rounds["rhumb"], self.measured.rounds["gdnsd"]).rate.median, 2)
        self.assertEqual([one["rate"] for one in figures.echo_of_rounds(self.measured)], [1000, 2000, 4000])

    def test_the_table_says_what_cannot_be_done(self) -> None:
        self.assertIn("| static: names | 0.900 (0.900…0.925) | 0.450 (0.450…0.463) | – <sup>1</sup> |", self.report())
        self.assertIn("1. NSD: cannot do this.", self.report())

    def test_a_cell_is_marked_where_more_than_a_thousandth_was_lost(self) -> None:
        self.measured.rounds["gdnsd"] = [a_round(rate, lost=2) for rate in (450, 950, 1800)]
        self.measured.rounds["rhumb"][2]["lost"] = 6  # of 6400
        self.assertIn("| 0.900 (0.900…0.925) | 0.450 (0.450…0.463) <sup>1</sup> |", self.report())
        self.assertIn("1. gdnsd: 0.2% of its questions of static were lost; the rate is of those that it answered.", self.report())

    def test_the_plot_is_well_formed(self) -> None:
        facts = {"machine": "<a & b>", "commit": "abc", "date": "today"}
        image = plot.plot([self.measured], self.servers, facts)
        bars = [part for part in xml.etree.ElementTree.fromstring(image).iter() if part.get("fill")]
        self.assertEqual(len(bars), 2)


class Machine(unittest.TestCase):
    def test_lists_of_processors_are_read(self) -> None:
        lists = ["0\n", "0,2", "0-1", "1,3-5\n"]
        self.assertEqual([machine.processors(text) for text in lists], [{0}, {0, 2}, {0, 1}, {1, 3, 4, 5}])

    def test_a_core_is_a_thread_of_its_own_core(self) -> None:
        self.assertIn(0, machine.siblings(0))


class Builds(unittest.TestCase):
    def test_another_build_is_named_and_runs(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            build = rhumb.Rhumb("other", Path("/bin/true"))
            home = Home(Path(name), 5300, 8080, Path(name) / "places")
            self.assertEqual(build.configure(home, work.weighted())[:2], ["/bin/true", "serve"])
            self.assertEqual(build.name, "other")

    def test_what_is_no_build_is_refused(self) -> None:
        for text in ("other", "other=/nowhere", "=/bin/true", "rhumb=/bin/true"):
            result = subprocess.run([sys.executable, str(COMPARE), "--build", text], stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn("NAME=BINARY", result.stderr)


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
