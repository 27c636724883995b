"""The sites that are steered to: all addresses of this machine, healthy for whoever checks them over HTTP."""

import socket
import threading

REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"


class Sites:
    def __init__(self) -> None:
        self._listener = socket.create_server(("0.0.0.0", 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            client, _ = self._listener.accept()
            try:
                with client:
                    client.settimeout(1)
                    if client.recv(4096):
                        client.sendall(REPLY)
            except OSError:
                continue  # a check that gave up
