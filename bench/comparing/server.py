"""What all servers have in common: a folder, a port, processes on one core, and an end."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from comparing import dns
from comparing.work import Workload

SERVER_CORE, GENERATOR_CORE = 0, 1
ADDRESS = "127.0.0.1"
PATIENCE_S = 120


@dataclass(frozen=True)
class Home:
    """What a server is started with."""

    folder: Path
    port: int
    check_port: int  # where every site replies to HTTP
    database: Path  # of places

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path


class Server:
    """One kind of name server. Says what it cannot do, and how it is set up for what it can."""

    name = ""
    package = ""
    notes: dict[str, str] = {}  # how it does a kind of work ("static", "geo", "weighted", "tcp"), where that needs saying
    setup = ""  # what differs from its defaults beside one thread and the address

    def can(self, kind: str) -> bool:
        """Whether it can do this kind of work at all."""
        raise NotImplementedError

    def configure(self, home: Home, workload: Workload) -> list[str]:
        """Writes its files and returns its command line, for the foreground."""
        raise NotImplementedError


class Running:
    """A server that was started, on its core."""

    def __init__(self, name: str, command: list[str], folder: Path, port: int) -> None:
        self.name, self.port = name, port
        self.log = folder / "log"
        pinned = ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(SERVER_CORE), *command]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(pinned, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, start_new_session=True)

    def wait_serving(self, zone: str) -> None:
        """Until it answers for this zone."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            reply = dns.ask(self.port, zone, "SOA")
            if reply and reply.rcode == dns.NOERROR and reply.authoritative:
                return
            time.sleep(0.1)
        raise SystemExit(f"{self.name} does not serve {zone}:\n{self.log.read_text()[-2000:]}")

    def pids(self) -> list[int]:
        """Its process and all below it."""
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += [int(child) for child in task.read_text().split()]
        return found

    def stop(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def free_port() -> int:
    """A port that neither UDP nor TCP has in use."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind((ADDRESS, 0))
            port = tcp.getsockname()[1]
            try:
                udp.bind((ADDRESS, port))
            except OSError:
                continue
            return port


def kind_of(workload: Workload) -> str:
    if workload.steering:
        return "ecs" if workload.with_subnets else workload.steering.kind
    return "tcp" if workload.queries_per_connection else "static"


def last_zone(workload: Workload) -> str:
    return workload.steering.zone.apex if workload.steering else workload.zones[-1].apex
