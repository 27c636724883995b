"""Where and with what it was measured."""

import hashlib
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]


def facts(command: str, program: Path, packages: list[str]) -> dict[str, str]:
    return {
        "commit": commit(),
        "program": f"sha256 {hashlib.sha256(program.read_bytes()).hexdigest()[:16]}…",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command,
        "machine": f"{cpu_model()}, {os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.1f} at the begin",
        "versions": ", ".join(f"{package} {version(package)}" for package in packages),
    }


def commit() -> str:
    name = told("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD")
    changed = told("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no")
    return f"{name} and changes that are not committed" if changed else name


def siblings(core: int) -> set[int]:
    """The processors that are threads of the same core (SMT), itself included."""
    told_by = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    return processors(told_by.read_text()) if told_by.exists() else {core}


def processors(text: str) -> set[int]:
    """Of a list as Linux writes it, as "0,2-3"."""
    ranges = (part.partition("-") for part in text.strip().split(","))
    return {number for first, _, last in ranges for number in range(int(first), int(last or first) + 1)}


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def version(package: str) -> str:
    return told("dpkg-query", "-W", "-f", "${Version}", package)


def told(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout.strip()
