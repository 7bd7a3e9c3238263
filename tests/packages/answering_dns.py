"""Runs a command where a name server answers every name with 127.0.0.1: answering_dns.py COMMAND...

It is on port 53 of the loopback of a network of its own: `unshare --net` comes first.
"""
import socket
import subprocess
import sys
import threading

A, IN, SECONDS = b"\0\1", b"\0\1", b"\0\0\0\x3c"


def reply(query):
    """Its address by IPv4; by IPv6 there is none."""
    question = query[12:query.index(b"\0", 12) + 5]
    answer = b"\xc0\x0c" + A + IN + SECONDS + b"\0\4" + bytes([127, 0, 0, 1]) if question[-4:-2] == A else b""
    return query[:2] + b"\x81\x80" + b"\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0" + question + answer


def serve(server):
    while True:
        query, asker = server.recvfrom(512)
        server.sendto(reply(query), asker)


def main(command):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
