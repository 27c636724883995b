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
    """Of one server and one workload."""

    rate: Spread  # answers a second
    beside_echo: Spread  # rates of the same round, divided
    cpu_us: Spread  # an answer, all threads
    beyond_echo_us: Spread
    beside_this: Spread | None  # rhumb's rate divided by this one's
    reply_octets: float
    server_busy: float  # of its core
    generator_idle: float  # of its core
    lost: int
    lost_share: float  # of the questions


def figures(measured: Measured, name: str) -> Figures:
    mine, echo, rhumb = measured.rounds[name], measured.rounds[ECHO], measured.rounds.get("rhumb")
    lost = sum(one["lost"] for one in mine)
    return Figures(
        rate=Spread.of([one["rate"] for one in mine]),
        beside_echo=Spread.of(divided(mine, echo)),
        cpu_us=Spread.of([one["cpu_us"] for one in mine]),
        beyond_echo_us=Spread.of([one["cpu_us"] - base["cpu_us"] for one, base in zip(mine, echo, strict=True)]),
        beside_this=Spread.of(divided(rhumb, mine)) if rhumb else None,
        reply_octets=statistics.median(one["reply_octets"] for one in mine),
        server_busy=statistics.median(one["server_busy"] for one in mine),
        generator_idle=statistics.median(one["generator_idle"] for one in mine),
        lost=lost,
        lost_share=lost / max(1, sum(one["sent"] for one in mine)),
    )


def divided(above: list[dict], below: list[dict]) -> list[float]:
    return [one["rate"] / other["rate"] for one, other in zip(above, below, strict=True)]
