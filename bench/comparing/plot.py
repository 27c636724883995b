"""The rates beside the echo server as an SVG: a bar for each server, with its quartiles, by workload."""

from html import escape

from comparing.figures import Spread, beside_echo
from comparing.measure import ECHO, Measured
from comparing.server import Server

WIDTH, LEFT, RIGHT, TOP = 860, 90, 120, 62
BAR, STEP, HEADING, GAP = 13, 18, 24, 14

# Colours that are told apart on white and on black, by people who see few of them too.
COLOURS = {"rhumb": "#e8590c", "gdnsd": "#1c7ed6", "Knot": "#2b8a3e", "NSD": "#9c6bd6", "PowerDNS": "#c9930a", "BIND": "#868e96"}

STYLE = """
  .page { fill: #ffffff; }
  text { fill: #1f2328; font: 12px system-ui, sans-serif; }
  .title { font-size: 16px; font-weight: 600; }
  .group { font-weight: 600; }
  .minor { fill: #59636e; font-size: 11px; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .whisker { stroke: #1f2328; stroke-width: 1.5; fill: none; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #f0f6fc; }
    .minor { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .whisker { stroke: #f0f6fc; }
  }
"""


def plot(all_measured: list[Measured], servers: list[Server], facts: dict[str, str]) -> str:
    parts, at = [], TOP
    longest = max(beside_echo(measured, name).rate.high for measured in all_measured for name in measured.rounds if name != ECHO)
    scale = (WIDTH - LEFT - RIGHT) / max(1.0, longest)  # pixels of a rate as high as the echo server's
    for measured in all_measured:
        group, at = draw_group(measured, servers, at, scale)
        parts += group
    height = at + 34
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        text(16, 26, "Answers a second of one core, beside a bare echo server (1.0)", "title"),
        text(16, 45, "medians and quartiles; longer is better", "minor"),
        *(grid(share / 10, at, scale) for share in range(0, int(max(1.0, longest) * 10) + 1, 2)),
    ]
    foot = [text(16, height - 10, f"{facts['machine']}; commit {facts['commit']}; {facts['date']}", "minor"), "</svg>"]
    return "\n".join(head + parts + foot) + "\n"


def draw_group(measured: Measured, servers: list[Server], at: int, scale: float) -> tuple[list[str], int]:
    parts = [text(16, at + 15, f"{measured.workload}: {measured.title}", "group")]
    at += HEADING
    for server in servers:
        parts.append(text(LEFT - 8, at + 11, server.name, "", "end"))
        if server.name in measured.rounds:
            parts += draw_bar(server.name, beside_echo(measured, server.name).rate, at, scale)
        else:
            parts.append(text(LEFT + 4, at + 11, "cannot", "minor"))
        at += STEP
    return parts, at + GAP


def draw_bar(name: str, value: Spread, at: int, scale: float) -> list[str]:
    low, median, high = (LEFT + scale * share for share in (value.low, value.median, value.high))
    middle = at + BAR / 2 + 0.5
    return [
        f'<rect x="{LEFT}" y="{at}" width="{median - LEFT:.1f}" height="{BAR}" fill="{COLOURS.get(name, COLOURS["rhumb"])}"/>',
        f'<path class="whisker" d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 3}v6M{high:.1f} {middle - 3}v6"/>',
        text(max(median, high) + 8, at + 11, f"{value.median:.3f}"),
    ]


def grid(share: float, bottom: int, scale: float) -> str:
    x = LEFT + scale * share
    return f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>' + text(x, bottom + 12, f"{share:.1f}", "minor", "middle")


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(words)}</text>'
