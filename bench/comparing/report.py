"""The figures as Markdown."""

from comparing.figures import Figures, Spread, figures
from comparing.measure import ECHO, Measured
from comparing.server import Server

DETAILS = [
    "", "answers a second", "beside the echo server", "CPU µs an answer", "beyond the echo's", "rhumb beside it",
    "octets a reply", "its core is busy", "the generator idles", "lost",
]
CANNOT = "–"
MUCH_LOST = 0.001  # of the questions


def report(all_measured: list[Measured], servers: list[Server], facts: dict[str, str], rounds: int, seconds: float) -> str:
    parts = [
        "# rhumb and its peers\n",
        table(["", ""], [[key, value] for key, value in facts.items()]),
        f"Each figure is the median of {rounds} rounds of {seconds:g} s, with the quartiles behind it. In each round the echo server was asked and "
        "then each server, one after the other. Rates stand beside that of the echo server in the same round: the same system calls, "
        "options and batches, replies as long as rhumb's, and nothing in between. A round asks one server, which has one thread for the "
        "transport and core 0; the generator has core 1. Where the generator never idles it is the limit, and CPU time tells more than rates. "
        "No reply was wrong by its rcode, truncated, or empty, and samples before and after the rounds were right.\n",
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
    found = figures(measured, name)
    text = spread(found.beside_echo, 3)
    if name in measured.notes:
        text += notes.mark(name, measured.notes[name])
    if found.lost_share > MUCH_LOST:
        text += notes.mark(name, f"{found.lost_share:.1%} of its questions of {measured.workload} were lost; the rate is of those that it answered")
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
    return table(DETAILS, [detail(name, figures(measured, name)) for name in measured.rounds])


def detail(name: str, of: Figures) -> list[str]:
    is_echo = name == ECHO
    return [
        "the echo server" if is_echo else name,
        spread(of.rate, 0),
        "" if is_echo else spread(of.beside_echo, 3),
        spread(of.cpu_us, 2),
        "" if is_echo else spread(of.beyond_echo_us, 2),
        "" if is_echo or name == "rhumb" or of.beside_this is None else f"{of.beside_this.median:.2f} ×",
        f"{of.reply_octets:.0f}",
        f"{of.server_busy:.0%}",
        f"{of.generator_idle:.0%}",
        f"{of.lost:,}",
    ]


def spread(value: Spread, digits: int) -> str:
    return f"{value.median:,.{digits}f} ({value.low:,.{digits}f}…{value.high:,.{digits}f})"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
