"""Medians and quartiles of what was measured."""

import statistics
from dataclasses import dataclass

from comparing.measure import ECHO, Measured


@dataclass(frozen=True)
class Spread:
    low: float
    median: float
    high: float

    @staticmethod
    def of(values: list[float]) -> "Spread":
        if len(values) == 1:
            return Spread(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return Spread(low, median, high)


@dataclass(frozen=True)
class Figures:
    """Of one server, or the echo server, and one workload."""

    rate: Spread  # answers a second
    cpu_us: Spread  # an answer, all threads
    reply_octets: float
    server_busy: float  # of its core
    generator_idle: float  # of its core
    others: float  # of a core, what others took in the most disturbed round
    lost: int
    lost_share: float  # of the questions


@dataclass(frozen=True)
class Beside:
    """One server beside another in the same rounds."""

    rate: Spread  # divided
    cpu_us: Spread  # subtracted, an answer


def figures(measured: Measured, name: str) -> Figures:
    rounds = measured.rounds[name]
    lost = sum(one["lost"] for one in rounds)
    return Figures(
        rate=Spread.of([one["rate"] for one in rounds]),
        cpu_us=Spread.of([one["cpu_us"] for one in rounds]),
        reply_octets=statistics.median(one["reply_octets"] for one in rounds),
        server_busy=statistics.median(one["server_busy"] for one in rounds),
        generator_idle=statistics.median(one["generator_idle"] for one in rounds),
        others=max(one["others"] for one in rounds),
        lost=lost,
        lost_share=lost / max(1, sum(one["sent"] for one in rounds)),
    )


def beside_echo(measured: Measured, name: str) -> Beside:
    return beside(measured.rounds[name], echo_of_rounds(measured))


def beside(mine: list[dict], other: list[dict]) -> Beside:
    pairs = list(zip(mine, other, strict=True))
    return Beside(Spread.of([a["rate"] / b["rate"] for a, b in pairs]), Spread.of([a["cpu_us"] - b["cpu_us"] for a, b in pairs]))


def echo_of_rounds(measured: Measured) -> list[dict]:
    """Of each round the mean of before and after it."""
    echo = measured.rounds[ECHO]
    return [{key: (before[key] + after[key]) / 2 for key in ("rate", "cpu_us")} for before, after in zip(echo[::2], echo[1::2], strict=True)]
