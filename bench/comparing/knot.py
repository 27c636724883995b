"""Knot DNS, with its module geoip."""

from comparing.server import ADDRESS, Home, Server
from comparing.work import TTL_S, Site, Steering, Workload

SERVER = """\
server:
  rundir: {folder}
  listen: {address}@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  edns-client-subnet: {subnet}
database:
  storage: {folder}
log:
  - target: stderr
    any: warning
"""
GEO = """\
mod-geoip:
  - id: steered
    config-file: {folder}/steered.conf
    ttl: {ttl}
    mode: {mode}
"""
DATABASE = """\
    geodb-file: {database}
    geodb-key: [ continent/code, country/iso_code ]
"""
TEMPLATE = """\
template:
  - id: default
    storage: {folder}/zones
    journal-content: none
    zonefile-sync: -1
    zonefile-load: whole
    semantic-checks: off
zone:
"""


class Knot(Server):
    name = "Knot"
    package = "knot"
    notes = {
        "geo": "its module geoip knows no health: nothing is checked",
        "ecs": "its module geoip knows no health: nothing is checked",
        "weighted": "its module geoip, mode weighted, knows no health: nothing is checked",
    }
    setup = "`udp-workers: 1`, `tcp-workers: 1`; `edns-client-subnet: on` for geo and ecs"

    def can(self, kind: str) -> bool:
        return True

    def configure(self, home: Home, workload: Workload) -> list[str]:
        steering = workload.steering
        geo = steering is not None and steering.kind == "geo"
        config = SERVER.format(folder=home.folder, address=ADDRESS, port=home.port, subnet="on" if geo else "off")
        if steering:
            config += GEO.format(folder=home.folder, ttl=TTL_S, mode="geodb" if geo else "weighted")
            config += DATABASE.format(database=home.database) if geo else ""
            home.write("steered.conf", module_file(steering))
        config += TEMPLATE.format(folder=home.folder)
        for zone in workload.zones:
            home.write(f"zones/{zone.apex}.zone", zone.master_file())
            config += f"  - domain: {zone.apex}\n    file: {zone.apex}.zone\n"
        if steering:
            home.write("zones/steered", steering.zone.master_file([f"{name} A {steering.sites[-1].address}" for name in steering.names]))
            config += f"  - domain: {steering.zone.apex}\n    file: steered\n    module: mod-geoip/steered\n"
        return ["knotd", "-c", str(home.write("knot.conf", config))]


def module_file(steering: Steering) -> str:
    sites = "".join(f"  - {choice(steering, site)}\n    A: {site.address}\n" for site in steering.sites)
    return "".join(f"{name}.{steering.zone.apex}:\n{sites}" for name in steering.names)


def choice(steering: Steering, site: Site) -> str:
    if steering.kind == "weighted":
        return f"weight: {site.weight}"
    return f'geo: "{site.continent or "*"};{site.country or "*"}"'
