"""rhumb, as it is built here or elsewhere."""

import json
from pathlib import Path

from comparing.server import ADDRESS, Home, Server
from comparing.work import TTL_S, Site, Steering, Workload

BINARY = Path(__file__).parents[2] / "build/release/server/rhumb"


class Rhumb(Server):
    setup = "`workers: 1`"

    def __init__(self, name: str = "rhumb", binary: Path = BINARY) -> None:
        self.name = name
        self._binary = binary

    def can(self, kind: str) -> bool:
        return True

    def configure(self, home: Home, workload: Workload) -> list[str]:
        config = {"listen": [f"{ADDRESS}:{home.port}"], "workers": 1, "controlSocket": "control.sock", "zones": ["zones/*"]}
        for zone in workload.zones:
            home.write(f"zones/{zone.apex}.zone", zone.master_file())
        if workload.steering:
            home.write("zones/steered.json", json.dumps(steered_zone(workload.steering, home)))
        if workload.places:
            config["geo"] = {"database": str(home.database)}
        return [str(self._binary), "serve", "-c", str(home.write("rhumb.yaml", json.dumps(config)))]


def steered_zone(steering: Steering, home: Home) -> dict:
    checks = [{"id": site.name, "address": site.address, "type": "HTTP", "port": home.check_port} for site in steering.sites]
    records = [{"name": "@", "type": "NS", "values": ["ns1"]}, {"name": "ns1", "type": "A", "values": ["192.0.2.53"]}]
    for name in steering.names:
        records += [{"name": name, "type": "A", "healthCheckId": site.name} | record_set(steering, site) for site in steering.sites]
    soa = {"mname": "ns1", "rname": "hostmaster"}
    return {"zone": steering.zone.apex, "ttl": TTL_S, "soa": soa, "healthChecks": checks, "records": records}


def record_set(steering: Steering, site: Site) -> dict:
    chosen: dict = {"setIdentifier": site.name, "values": [site.address]}
    if steering.kind == "weighted":
        return chosen | {"weight": site.weight}
    if site.country:
        return chosen | {"geoLocation": {"country": site.country}}
    return chosen | {"geoLocation": {"continent": site.continent} if site.continent else {"default": True}}
