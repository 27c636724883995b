"""NSD, which serves static zones."""

from comparing.server import ADDRESS, Home, Server
from comparing.work import Workload

SERVER = """\
server:
  ip-address: {address}@{port}
  server-count: 1
  username: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/pid"
  xfrdfile: "{folder}/xfrd"
  xfrdir: "{folder}"
  zonelistfile: "{folder}/list"
  minimal-responses: yes
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: no
"""


class Nsd(Server):
    name = "NSD"
    package = "nsd"
    setup = (
        "`server-count: 1`, `minimal-responses: yes`, no database file; `rrl-ratelimit: 0`, `rrl-whitelist-ratelimit: 0` "
        "(200 and 2,000 questions a second and client, else: it is the only one that limits rates by default)"
    )

    def can(self, kind: str) -> bool:
        return kind in ("static", "tcp")

    def configure(self, home: Home, workload: Workload) -> list[str]:
        config = SERVER.format(address=ADDRESS, port=home.port, folder=home.folder)
        for zone in workload.zones:
            path = home.write(f"zones/{zone.apex}.zone", zone.master_file())
            config += f"zone:\n  name: {zone.apex}\n  zonefile: {path}\n"
        return ["nsd", "-d", "-c", str(home.write("nsd.conf", config))]
