# A real gRPC server (Google's) with grpc.health.v1.Health for tests: what it answers depends on the
# service asked for. Prints "port N" once it serves.
#   grpc_target.py ADDRESS [other | CERTIFICATE KEY]
# With `other` it has another service instead of Health. A service that is a path is SERVING while
# there is such a file.
import os
import sys
import threading
from concurrent import futures

import grpc

STATUS = {b"": 1, b"down": 2, b"undecided": 0, b"unlisted": 3, b"later": 9}


def service_of(message):
    return message[2:] if message else b""


def check(message, context):
    service = service_of(message)
    if service == b"gone":
        context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
    if service == b"failing":
        context.abort(grpc.StatusCode.UNAVAILABLE, "draining")
    if service == b"slow":
        threading.Event().wait(30)
    if service == b"broken":
        return b"\x08"
    if service.startswith(b"/"):
        return bytes([8, 1 if os.path.exists(service) else 2])
    status = STATUS[service]
    return bytes([8, status]) if status else b""


def main():
    address, more = sys.argv[1], sys.argv[2:]
    name = "other.Service" if more == ["other"] else "grpc.health.v1.Health"
    handler = grpc.method_handlers_generic_handler(
        name, {"Check": grpc.unary_unary_rpc_method_handler(check)})
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[handler])
    if len(more) == 2:
        certificate, key = (open(path, "rb").read() for path in more)
        credentials = grpc.ssl_server_credentials([(key, certificate)])
        port = server.add_secure_port(address + ":0", credentials)
    else:
        port = server.add_insecure_port(address + ":0")
    server.start()
    print("port", port, flush=True)
    server.wait_for_termination()


main()
