"""BIND, which can give each country a view of its own."""

from comparing.server import ADDRESS, Home, Server
from comparing.work import Site, Workload, Zone

OPTIONS = """\
options {{
  directory "{folder}";
  listen-on port {port} {{ {address}; }};
  listen-on-v6 {{ none; }};
  pid-file "{folder}/pid";
  session-keyfile "{folder}/session.key";
  managed-keys-directory "{folder}";
  geoip-directory "{databases}";
  recursion no;
  empty-zones-enable no;
  dnssec-validation no;
  allow-transfer {{ none; }};
  notify no;
  minimal-responses yes;
  tcp-listen-queue 128;
}};
controls {{ }};
"""


class Bind(Server):
    name = "BIND"
    package = "bind9"
    notes = {"geo": "a view for each site, chosen by `geoip`; it knows no health, and no ECS as an authoritative server"}
    setup = "`named -n 1 -U 1`, `minimal-responses yes`, `tcp-listen-queue 128` (10 would turn connections away)"

    def can(self, kind: str) -> bool:
        return kind in ("static", "tcp", "geo")

    def configure(self, home: Home, workload: Workload) -> list[str]:
        config = OPTIONS.format(folder=home.folder, port=home.port, address=ADDRESS, databases=home.database.parent)
        for zone in workload.zones:
            config += master_zone(home, zone.apex, f"zones/{zone.apex}.zone", zone.master_file())
        if workload.steering:
            zone = workload.steering.zone
            for site in workload.steering.sites:
                steered = Zone(zone.apex, [(name, site.address) for name in workload.steering.names])
                text = master_zone(home, zone.apex, f"zones/{site.name}.zone", steered.master_file())
                config += f"view {site.name} {{\n  match-clients {{ {who(site)}; }};\n  {text}}};\n"
        return ["named", "-n", "1", "-U", "1", "-g", "-c", str(home.write("named.conf", config))]


def master_zone(home: Home, apex: str, name: str, text: str) -> str:
    return f'zone "{apex}" {{ type master; file "{home.write(name, text)}"; }};\n'


def who(site: Site) -> str:
    if site.country:
        return f"geoip country {site.country}"
    return f"geoip continent {site.continent}" if site.continent else "any"
