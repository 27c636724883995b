"""The figures as Markdown."""

from comparing.figures import Spread, beside, beside_echo, figures
from comparing.measure import ECHO, Measured
from comparing.server import Server

DETAILS = [
    "", "answers a second", "beside the echo server", "CPU µs an answer", "beyond the echo's", "rhumb beside it",
    "octets a reply", "its core is busy", "the generator idles", "others took", "lost",
]
CANNOT = "–"
MUCH_LOST = 0.001  # of the questions


def report(all_measured: list[Measured], servers: list[Server], facts: dict[str, str], rounds: int, seconds: float) -> str:
    parts = [
        "# rhumb and its peers\n",
        table(["", ""], [[key, value] for key, value in facts.items()]),
        f"Each figure is the median of {rounds} rounds of {seconds:g} s, with the quartiles behind it. In each round the echo server was asked, "
        "then each server, one after the other in an order of chance, then the echo server again. Rates stand beside the mean of these two: "
        "the same system calls, options and batches, replies as long as rhumb's, and nothing in between. A server has one thread for the "
        "transport and core 0; the generator has core 1. Where the generator never idles it is the limit, and CPU time tells more than rates. "
        "What others took is of a core and the most in any round. No reply was wrong by its rcode, truncated, or empty, and samples before "
        "and after the rounds were right.\n",
        "## Rate beside the echo server\n",
        summary(all_measured, servers),
    ]
    for measured in all_measured:
        parts += [f"## {measured.workload}: {measured.title}\n", details(measured)]
    parts += ["## How each is set up\n", *(f"- {server.name}: {server.setup}" for server in servers), ""]
    return "\n".join(parts)


def summary(all_measured: list[Measured], servers: list[Server]) -> str:
    notes = Notes()
    rows = []
    for measured in all_measured:
        row = [f"{measured.workload}: {measured.title}"]
        rows.append(row + [cell(measured, server.name, notes) for server in servers])
    return table(["", *(server.name for server in servers)], rows) + notes.text()


def cell(measured: Measured, name: str, notes: "Notes") -> str:
    if name not in measured.rounds:
        return CANNOT + notes.mark(name, "cannot do this")
    text = spread(beside_echo(measured, name).rate, 3)
    if name in measured.notes:
        text += notes.mark(name, measured.notes[name])
    lost = figures(measured, name).lost_share
    if lost > MUCH_LOST:
        text += notes.mark(name, f"{lost:.1%} of its questions of {measured.workload} were lost; the rate is of those that it answered")
    return text


class Notes:
    """Footnotes, each text once."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def mark(self, server: str, text: str) -> str:
        said = f"{server}: {text}."
        if said not in self._texts:
            self._texts.append(said)
        return f" <sup>{self._texts.index(said) + 1}</sup>"

    def text(self) -> str:
        return "".join(f"\n{number}. {text}" for number, text in enumerate(self._texts, 1)) + "\n"


def details(measured: Measured) -> str:
    return table(DETAILS, [detail(measured, name) for name in measured.rounds])


def detail(measured: Measured, name: str) -> list[str]:
    of, beyond = figures(measured, name), None if name == ECHO else beside_echo(measured, name)
    return [
        name if beyond else "the echo server",
        spread(of.rate, 0),
        spread(beyond.rate, 3) if beyond else "",
        spread(of.cpu_us, 2),
        spread(beyond.cpu_us, 2) if beyond else "",
        rhumb_beside(measured, name),
        f"{of.reply_octets:.0f}",
        f"{of.server_busy:.0%}",
        f"{of.generator_idle:.0%}",
        f"{of.others:.0%}",
        f"{of.lost:,}",
    ]


def rhumb_beside(measured: Measured, name: str) -> str:
    if name in (ECHO, "rhumb") or "rhumb" not in measured.rounds:
        return ""
    return f"{beside(measured.rounds['rhumb'], measured.rounds[name]).rate.median:.2f} ×"


def spread(value: Spread, digits: int) -> str:
    return f"{value.median:,.{digits}f} ({value.low:,.{digits}f}…{value.high:,.{digits}f})"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
