# Targets of checks that misbehave, for tests. Prints "FAULT PORT" for each, then "ready".
#   faulty_target.py ADDRESS CERTIFICATE KEY
# Each listens on a port of its own, and does the same to everybody who comes.
import os
import socket
import ssl
import struct
import sys
import threading

ADDRESS, CERTIFICATE, KEY = sys.argv[1:4]


# Until the other side hangs up: who closes with something unread would reset the connection.
def hold(peer):
    while peer.recv(65536):
        pass


# Reads what comes first, sends this, and then nothing.
def says(reply):
    def serve(peer):
        peer.recv(65536)
        peer.sendall(reply)
        hold(peer)
    return serve


# The same, and hangs up.
def says_and_ends(reply):
    def serve(peer):
        peer.recv(65536)
        peer.sendall(reply)
        peer.shutdown(socket.SHUT_WR)
        hold(peer)
    return serve


def resets(peer):
    peer.recv(65536)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def floods(peer):
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        peer.sendall(b" " * 65536)


# Behind a good handshake.
def over_tls(serve):
    def serve_tls(peer):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, KEY)
        inner = context.wrap_socket(peer, server_side=True)
        serve(inner)
        os.close(inner.detach())  # without the farewell of TLS
    return serve_tls


# Reads what comes first, and sends this.
def sends_once(reply):
    def serve(peer):
        peer.recv(65536)
        if reply:
            peer.sendall(reply)
    return serve


def http(status, body, length=None):
    size = len(body) if length is None else length
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, size, body)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HANDSHAKE_FAILURE = bytes([21, 3, 3, 0, 2, 2, 40])  # an alert
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
REFUSED_STREAM = b"\0\0\4\3\0\0\0\0\1\0\0\0\7"
GOAWAY = b"\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\2"

TCP_FAULTS = {
    "silent": hold,
    "closing": says_and_ends(b""),
    "resetting": resets,
    "garbage": says(b"\0\xff\x80 is this a protocol?\r\n" * 8),
    "http-head-alone": says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
    "http-head-cut": says_and_ends(b"HTTP/1.1 200 OK\r\nContent-"),
    "http-body-cut": says_and_ends(http(b"200 OK", b"all is", 100)),
    "http-bad-chunk": says(CHUNKED + b"this is no length\r\n"),
    "http-ill": says(http(b"200 OK", b"all is ill")),
    "http-503": says(http(b"503 Service Unavailable", b"no")),
    "http-page": says(http(b"200 OK", b"<html>welcome</html>")),
    "http-flood": floods,
    "metric-error": says(http(b"422 Unprocessable", b'{"status":"error","error":"too many"}')),
    "metric-odd": says(http(b"200 OK", b'{"status":"success","data":{"resultType":"matrix",'
                                       b'"result":[]}}')),
    "metric-text": says(http(b"200 OK", b'{"status":"success","data":{"resultType":"scalar",'
                                        b'"result":[1,"many"]}}')),
    "metric-lie": says(http(b"503 Service Unavailable",
                            b'{"status":"success","data":{"resultType":"scalar",'
                            b'"result":[1,"1"]}}')),
    "tls-alert": says(HANDSHAKE_FAILURE),
    "tls-silent": over_tls(hold),
    "tls-ending": over_tls(sends_once(b"")),
    "tls-body-cut": over_tls(sends_once(http(b"200 OK", b"all is", 100))),
    "h2-settings-alone": says(SETTINGS),
    "h2-refusing": says(SETTINGS + REFUSED_STREAM),
    "h2-leaving": says(SETTINGS + GOAWAY),
}

A_QUESTION = 12  # where it begins


# A reply to `query` with these flags and this many records, which follow the question.
def reply_to(query, flags, records=b"", count=0):
    return query[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + query[A_QUESTION:] + records


def a_record(address):
    return b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes(address)


def other_name(query):
    return query[:A_QUESTION] + b"\5other" + query[A_QUESTION + 4:]  # the name begins with www


def other_id(query):
    return bytes([query[0] ^ 255]) + query[1:]


RIGHT = a_record([192, 0, 2, 1])
GOOD, SERVFAIL, NXDOMAIN, TRUNCATED = 0x8180, 0x8182, 0x8183, 0x8380

# What is sent for a datagram, None being nothing; and what a connection gets.
DNS_FAULTS = {
    "dns-silent": (lambda query: None, None),
    "dns-other-value": (lambda query: reply_to(query, GOOD, a_record([192, 0, 2, 9]), 1), None),
    "dns-no-record": (lambda query: reply_to(query, GOOD), None),
    "dns-servfail": (lambda query: reply_to(query, SERVFAIL), None),
    "dns-nxdomain": (lambda query: reply_to(query, NXDOMAIN), None),
    "dns-other-id": (lambda query: other_id(reply_to(query, GOOD, RIGHT, 1)), None),
    "dns-other-name": (lambda query: reply_to(other_name(query), GOOD, RIGHT, 1), None),
    "dns-echo": (lambda query: query, None),
    "dns-cut": (lambda query: reply_to(query, GOOD, RIGHT, 1)[:-3], None),
    "dns-count": (lambda query: reply_to(query, GOOD, a_record([192, 0, 2, 9]), 9), None),
    "dns-garbage": (lambda query: query[:2] + b"\xff" * 40, None),
    "dns-tcp-refused": (lambda query: reply_to(query, TRUNCATED), None),
    "dns-tcp-silent": (lambda query: reply_to(query, TRUNCATED), hold),
    "dns-tcp-closing": (lambda query: reply_to(query, TRUNCATED), says_and_ends(b"")),
    "dns-tcp-cut": (lambda query: reply_to(query, TRUNCATED), says_and_ends(b"\0\x40abc")),
}


def run(serve, peer):
    try:
        serve(peer)
    except OSError:  # the other side has gone
        pass
    peer.close()


def accept(listener, serve):
    while True:
        peer = listener.accept()[0]
        threading.Thread(target=run, args=(serve, peer), daemon=True).start()


def answer(sock, reply):
    while True:
        query, peer = sock.recvfrom(65536)
        made = reply(query)
        if made is not None:
            sock.sendto(made, peer)


def start(target, *arguments):
    threading.Thread(target=target, args=arguments, daemon=True).start()


def listen(port, serve):
    listener = socket.socket()
    listener.bind((ADDRESS, port))
    listener.listen(64)
    start(accept, listener, serve)
    return listener.getsockname()[1]


def main():
    for fault, serve in TCP_FAULTS.items():
        print(fault, listen(0, serve))
    for fault, (reply, serve) in DNS_FAULTS.items():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((ADDRESS, 0))
        port = sock.getsockname()[1]
        if serve:
            listen(port, serve)
        start(answer, sock, reply)
        print(fault, port)
    print("ready", flush=True)
    threading.Event().wait()


main()
