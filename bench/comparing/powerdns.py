"""PowerDNS, with LUA records for what depends on the client, its backend geoip beside them, and zones from the backend bind."""

from comparing.server import ADDRESS, Home, Server
from comparing.work import Site, Steering, Workload

CONFIG = """\
local-address={address}
local-port={port}
socket-dir={folder}
launch={backends}
bind-config={folder}/named.conf
security-poll-suffix=
receiver-threads=1
distributor-threads=1
max-tcp-connections=200
loglevel=3
edns-subnet-processing={subnet}
"""


class PowerDns(Server):
    name = "PowerDNS"
    package = "pdns-server"
    notes = {
        "static": "its caches are as by default: most of its answers come from the packet cache",
        "tcp": "its caches are as by default: most of its answers come from the packet cache",
        "geo": "a LUA record that looks the country up in the backend geoip, and `ifurlup` for health",
        "ecs": "a LUA record that looks the country up in the backend geoip, and `ifurlup` for health",
        "weighted": "`pickwrandom`, which knows no health: nothing is checked",
    }
    setup = (
        "`receiver-threads=1`, `distributor-threads=1`, caches as by default, `max-tcp-connections=200` (20 would turn connections away); "
        "`enable-lua-records=shared` for geo, ecs and weighted: a Lua state of a thread, not of a question"
    )

    def can(self, kind: str) -> bool:
        return True

    def configure(self, home: Home, workload: Workload) -> list[str]:
        steering = workload.steering
        geo = steering is not None and steering.kind == "geo"
        config = CONFIG.format(
            address=ADDRESS, port=home.port, folder=home.folder, backends="bind,geoip" if geo else "bind",
            subnet="yes" if workload.with_subnets else "no",
        )
        if steering:
            config += "enable-lua-records=shared\n"
        if geo:
            config += f"geoip-database-files=mmdb:{home.database}\n"
        zones = ""
        for zone in workload.zones:
            path = home.write(f"zones/{zone.apex}.zone", zone.master_file())
            zones += f'zone "{zone.apex}" {{ type master; file "{path}"; }};\n'
        if steering:
            script = by_place(steering.sites, home.check_port) if geo else by_weight(steering.sites)
            path = home.write("zones/steered.zone", steered_zone(steering, script))
            zones += f'zone "{steering.zone.apex}" {{ type master; file "{path}"; }};\n'
        home.write("named.conf", zones)
        home.write("pdns.conf", config)
        return ["pdns_server", f"--config-dir={home.folder}", "--daemon=no", "--guardian=no"]


def steered_zone(steering: Steering, script: list[str]) -> str:
    """Each line of the script is a string of the record, and may have up to 255 octets."""
    lines = " ".join(f'"{line}"' for line in script)
    return steering.zone.master_file([f"{name} LUA A {lines}" for name in steering.names])


def by_weight(sites: list[Site]) -> list[str]:
    return ["pickwrandom({" + ",".join(f"{{{site.weight},'{site.address}'}}" for site in sites) + "})"]


def by_place(sites: list[Site], check_port: int) -> list[str]:
    """The country's site, else the continent's, else everyone's, of those that are up."""
    countries = ",".join(f"{site.country}='{site.address}'" for site in sites if site.country)
    continents = ",".join(f"{site.continent}='{site.address}'" for site in sites if site.continent and not site.country)
    return [
        ";local a={{'" + sites[-1].address + "'}} ",
        f"local n=({{{continents}}})[continentCode():upper()] if n then table.insert(a,1,{{n}}) end ",
        f"local c=({{{countries}}})[countryCode():upper()] if c then table.insert(a,1,{{c}}) end ",
        f"return ifurlup('http://site:{check_port}/',a)",
    ]
