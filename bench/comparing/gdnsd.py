"""gdnsd, with its plugins geoip and weighted, and http_status for health."""

from comparing.server import ADDRESS, Home, Server
from comparing.work import Site, Steering, Workload

# Its checks are as often as rhumb's by default: every 10 seconds.
CHECK = "service_types => {{ site => {{ plugin => http_status, port => {port}, interval => 10, timeout => 3 }} }}\n"


class Gdnsd(Server):
    name = "gdnsd"
    package = "gdnsd"
    setup = "`udp_threads => 1`, `tcp_threads => 1`"

    def can(self, kind: str) -> bool:
        return True

    def configure(self, home: Home, workload: Workload) -> list[str]:
        for zone in workload.zones:
            home.write(f"zones/{zone.apex}", zone.master_file())
        options = [
            f"listen => [ {ADDRESS} ]", f"dns_port => {home.port}", "udp_threads => 1", "tcp_threads => 1",
            f"run_dir => {home.folder}/run", f"state_dir => {home.folder}/state",
        ]
        config = "options => {\n" + "".join(f"  {option}\n" for option in options) + "}\n"
        for folder in ("run", "state", "zones"):
            (home.folder / folder).mkdir(exist_ok=True)
        if workload.steering:
            config += CHECK.format(port=home.check_port) + plugin(workload.steering, home)
            kind = "geoip" if workload.steering.kind == "geo" else "weighted"
            records = [f"{name} DYNA {kind}!www" for name in workload.steering.names]
            home.write(f"zones/{workload.steering.zone.apex}", workload.steering.zone.master_file(records))
        home.write("config", config)
        return ["gdnsd", "-c", str(home.folder), "start"]


def plugin(steering: Steering, home: Home) -> str:
    if steering.kind == "weighted":
        sets = " ".join(f"{site.name} => [ {site.address}, {site.weight} ]" for site in steering.sites)
        return f"plugins => {{ weighted => {{ www => {{ service_types => site, {sets} }} }} }}\n"
    names = ", ".join(site.name for site in steering.sites)
    dcmap = ", ".join(f"{site.name} => {site.address}" for site in steering.sites)
    return (
        "plugins => { geoip => {\n"
        f"  maps => {{ world => {{ geoip2_db => {home.database}, datacenters => [ {names} ], map => {world(steering.sites)} }} }}\n"
        f"  resources => {{ www => {{ map => world, service_types => site, dcmap => {{ {dcmap} }} }} }}\n"
        "} }\n"
    )


def world(sites: list[Site]) -> str:
    """Of each place the sites that serve it, the nearest first."""
    everyone = sites[-1].name
    continents = []
    for continent in sorted({site.continent for site in sites if site.continent}):
        inside = [site for site in sites if site.continent == continent]
        rest = [site.name for site in inside if not site.country] + [everyone]
        orders = [f"{site.country} => {order([site.name, *rest])}" for site in inside if site.country]
        orders.append(f"default => {order(rest)}")
        continents.append(f"{continent} => {{ {', '.join(orders)} }}")
    return f"{{ {', '.join(continents)}, default => [ {everyone} ] }}"


def order(names: list[str]) -> str:
    return f"[ {', '.join(names)} ]"
