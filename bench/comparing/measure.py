"""Starts the servers for one workload, sees whether they answer rightly, and measures them in turn."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from comparing import judge
from comparing.server import ADDRESS, GENERATOR_CORE, SERVER_CORE, Home, Running, Server, free_port, kind_of, last_zone
from comparing.work import CLIENTS, SEED, Workload

LOAD = Path(__file__).parents[2] / "build/release/bench/load"
ECHO = "echo"
UDP_WINDOW = 10  # questions under way for each of CLIENTS sockets: what a receive buffer of default size has room for
WARM_UP_S = 1.0
TRIES = 4  # of a round that others disturb


@dataclass
class Measured:
    """What came of one workload: of each server, the rounds in order, and of the echo server two for each: before and after it. A round is
    what bench/load prints, and how often it was tried."""

    workload: str
    title: str
    transport: str
    rounds: dict[str, list[dict]] = field(default_factory=dict)
    orders: list[list[str]] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float
    burden_ns: int = 0
    others: float = 0.05  # of a core, that others may take in a round


@dataclass(frozen=True)
class Target:
    port: int
    pids: list[int]


def measure(workload: Workload, servers: list[Server], plan: Plan, folder: Path, check_port: int, database: Path) -> Measured:
    """All servers stand by while one of them is asked."""
    kind = kind_of(workload)
    able = [server for server in servers if server.can(kind)]
    measured = Measured(workload.name, workload.title, "tcp" if workload.queries_per_connection else "udp")
    measured.cannot = [server.name for server in servers if not server.can(kind)]
    measured.notes = {server.name: server.notes[kind] for server in able if kind in server.notes}
    folder.mkdir(parents=True)
    questions = folder / "questions"
    questions.write_text(workload.lines())
    with ExitStack() as stack:
        asker = Asker(workload, questions, plan)
        running = []
        for server in able:
            home = Home(folder / server.name, free_port(), check_port, database)
            running.append(stack.enter_context(started(server, workload, home)))
            judge.wait_right(running[-1], workload)
        sizes = {one.name: asker.warm_up(one)["reply_octets"] for one in running}
        size = round(sizes.get("rhumb", next(iter(sizes.values()))))
        echo = stack.enter_context(echo_server(size, measured.transport))
        take_rounds(measured, workload, asker, {ECHO: echo} | {one.name: Target(one.port, one.pids()) for one in running}, plan.rounds)
        for one in running:
            judge.expect_right(one, workload)
    return measured


def take_rounds(measured: Measured, workload: Workload, asker: "Asker", targets: dict[str, Target], rounds: int) -> None:
    """In each the echo server, then all others in an order of chance, then the echo server again."""
    names = [name for name in targets if name != ECHO]
    measured.rounds = {name: [] for name in targets}
    measured.orders = shuffled(names, rounds, f"{SEED} {workload.name}")
    for number, order in enumerate(measured.orders, 1):
        progress(f"{workload.name}: round {number} of {rounds}")
        for name in [ECHO, *order, ECHO]:
            one = asker.run_undisturbed(name, targets[name])
            if name != ECHO:
                judge.expect_right_round(name, workload, one)
            measured.rounds[name].append(one)


def shuffled(names: list[str], times: int, seed: str) -> list[list[str]]:
    """So many orders of these, the same ones for the same seed."""
    chance = random.Random(seed)
    return [chance.sample(names, len(names)) for _ in range(times)]


class Asker:
    """Runs bench/load."""

    def __init__(self, workload: Workload, questions: Path, plan: Plan) -> None:
        self._plan = plan
        self._command = [str(LOAD), "--json", "--rounds", "1", "--questions", str(questions)]
        self._command += ["--core", str(GENERATOR_CORE), "--server-core", str(SERVER_CORE)]
        self._command += ["--sockets", str(CLIENTS), "--window", str(UDP_WINDOW), "--many-clients"]
        if workload.queries_per_connection:
            self._command += ["--transport", "tcp", "--queries-per-connection", str(workload.queries_per_connection)]
        elif plan.burden_ns:
            self._command += ["--burden", str(plan.burden_ns)]

    def run(self, target: Target, seconds: float) -> dict:
        command = [*self._command, "--seconds", str(seconds), "--server", f"{ADDRESS}:{target.port}"]
        for pid in target.pids:
            command += ["--pid", str(pid)]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def run_undisturbed(self, name: str, target: Target) -> dict:
        """The same again where others took much of the cores meanwhile, and the least disturbed if they always do."""
        tried: list[dict] = []
        while len(tried) < TRIES:
            one = self.run(target, self._plan.seconds)
            tried.append(one)
            if one["others"] <= self._plan.others:
                break
            progress(f"  {name}: others took {one['others']:.0%} of a core")
        return min(tried, key=lambda one: one["others"]) | {"tries": len(tried)}

    def warm_up(self, server: Running) -> dict:
        result = self.run(Target(server.port, server.pids()), min(WARM_UP_S, 2 * self._plan.seconds))
        if result["answered"] == 0:
            raise SystemExit(f"{server.name} answers nothing:\n{server.log.read_text()[-2000:]}")
        return result


@contextmanager
def started(server: Server, workload: Workload, home: Home) -> Iterator[Running]:
    home.folder.mkdir(parents=True)
    running = Running(server.name, server.configure(home, workload), home.folder, home.port)
    try:
        running.wait_serving(last_zone(workload))
        yield running
    finally:
        running.stop()


@contextmanager
def echo_server(size: int, transport: str) -> Iterator[Target]:
    command = ["setpriv", "--pdeathsig", "KILL", str(LOAD), "--echo", str(size), "--transport", transport, "--server-core", str(SERVER_CORE)]
    # In a session of its own, as the servers: Linux may share a core between sessions first (autogroup).
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield Target(int(told["server"].rpartition(":")[2]), [told["pid"]])
        finally:
            process.kill()


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
