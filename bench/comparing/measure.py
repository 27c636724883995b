"""Starts the servers for one workload, sees whether they answer rightly, and measures them in turn."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from comparing import judge
from comparing.server import ADDRESS, GENERATOR_CORE, SERVER_CORE, Home, Running, Server, free_port, kind_of, last_zone
from comparing.work import CLIENTS, Workload

LOAD = Path(__file__).parents[2] / "build/release/bench/load"
ECHO = "echo"
UDP_WINDOW = 10  # questions under way for each of CLIENTS sockets: what a receive buffer of default size has room for
WARM_UP_S = 1.0


@dataclass
class Measured:
    """What came of one workload: of each server, the rounds in order. A round is what bench/load prints."""

    workload: str
    title: str
    transport: str
    rounds: dict[str, list[dict]] = field(default_factory=dict)
    cannot: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float
    burden_ns: int = 0


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
        asked = Asker(workload, questions, plan)
        running = []
        for server in able:
            home = Home(folder / server.name, free_port(), check_port, database)
            running.append(stack.enter_context(started(server, workload, home)))
            judge.wait_right(running[-1], workload)
        sizes = {one.name: asked.warm_up(one)["reply_octets"] for one in running}
        size = round(sizes.get("rhumb", next(iter(sizes.values()))))
        echo, echo_pid = stack.enter_context(echo_server(size, measured.transport))
        targets = {one.name: (one.port, one.pids()) for one in running}
        measured.rounds = {name: [] for name in [ECHO, *targets]}
        for number in range(plan.rounds):
            progress(f"{workload.name}: round {number + 1} of {plan.rounds}")
            measured.rounds[ECHO].append(asked.run(echo, [echo_pid]))
            for name in turned(list(targets), number):
                measured.rounds[name].append(asked.run(*targets[name]))
                judge.expect_right_round(name, workload, measured.rounds[name][-1])
        for one in running:
            judge.expect_right(one, workload)
    return measured


class Asker:
    """Runs bench/load."""

    def __init__(self, workload: Workload, questions: Path, plan: Plan) -> None:
        self._plan = plan
        self._command = [str(LOAD), "--json", "--rounds", "1", "--questions", str(questions), "--core", str(GENERATOR_CORE)]
        self._command += ["--sockets", str(CLIENTS), "--window", str(UDP_WINDOW), "--many-clients"]
        if workload.queries_per_connection:
            self._command += ["--transport", "tcp", "--queries-per-connection", str(workload.queries_per_connection)]
        elif plan.burden_ns:
            self._command += ["--burden", str(plan.burden_ns)]

    def run(self, port: int, pids: list[int], seconds: float | None = None) -> dict:
        command = [*self._command, "--seconds", str(seconds or self._plan.seconds), "--server", f"{ADDRESS}:{port}"]
        for pid in pids:
            command += ["--pid", str(pid)]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def warm_up(self, server: Running) -> dict:
        result = self.run(server.port, server.pids(), min(WARM_UP_S, 2 * self._plan.seconds))
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
def echo_server(size: int, transport: str) -> Iterator[tuple[int, int]]:
    """Its port and its process."""
    command = ["setpriv", "--pdeathsig", "KILL", str(LOAD), "--echo", str(size), "--transport", transport, "--server-core", str(SERVER_CORE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield int(told["server"].rpartition(":")[2]), told["pid"]
        finally:
            process.kill()


def turned(names: list[str], by: int) -> list[str]:
    by %= len(names)
    return names[by:] + names[:by]


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
