"""Two hosts in network namespaces of their own, joined by a veth pair: an address at which nothing answers, and connections
whose replies are lost without a word. Needs root and iproute2."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import processes
from fixture import BUILD, ProgramTest
from mock_server import MockServer

NETWORK = "10.231.7."
GOOD, DEAD, OLD, NEW = (NETWORK + host for host in ["1", "2", "10", "11"])
# Takes connections from the other host and carries them to the mock server, which is on loopback alone.
RELAY = """
import socket, sys, threading
host, port = sys.argv[1], int(sys.argv[2])
def carry(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass
listener = socket.create_server((host, port), backlog=64)
print("ready", flush=True)
while True:
    outer = listener.accept()[0]
    inner = socket.create_connection(("127.0.0.1", port))
    for pair in [(outer, inner), (inner, outer)]:
        threading.Thread(target=carry, args=pair, daemon=True).start()
"""


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True)


class Namespace:
    def __init__(self, name):
        self.name = f"tcdb-{name}-{os.getpid()}"
        run("ip", "netns", "add", self.name)

    def inside(self, *words):
        return ["ip", "netns", "exec", self.name, *map(str, words)]

    def ip(self, *words):
        run("ip", "-n", self.name, *words)

    def delete(self):
        subprocess.run(["ip", "netns", "delete", self.name], capture_output=True)


def namespaces():
    """A client's and a server's, or the reason why there are none."""
    if not shutil.which("ip"):
        return "machine: no ip here (iproute2)"
    made = []
    try:
        for name in ["client", "server"]:
            made.append(Namespace(name))
        client, server = made
        run("ip", "-n", client.name, "link", "add", "toserver", "type", "veth", "peer", "name", "toclient", "netns", server.name)
    except subprocess.CalledProcessError as failure:
        for namespace in made:
            namespace.delete()
        return f"machine: no network namespaces can be made ({failure.stderr.strip()})"
    return made


class CutNetwork(ProgramTest):
    def setUp(self):
        made = namespaces()
        if isinstance(made, str):
            self.skipTest(made)
        self.client_host, self.server_host = made
        for namespace in made:
            self.addCleanup(namespace.delete)
            namespace.ip("link", "set", "lo", "up")
        self.server_host.ip("address", "add", f"{GOOD}/24", "dev", "toclient")
        self.server_host.ip("link", "set", "toclient", "up")
        for address in [OLD, NEW]:
            self.client_host.ip("address", "add", f"{address}/24", "dev", "toserver")
        self.client_host.ip("link", "set", "toserver", "up")
        # Frames to it go to a card that does not exist.
        self.client_host.ip("neighbour", "add", DEAD, "lladdr", "02:00:00:00:00:02", "dev", "toserver", "nud", "permanent")
        self.start_server()

    def start_server(self):
        folder = Path(tempfile.mkdtemp(prefix="tcdb-cut-"))
        self.addCleanup(shutil.rmtree, folder)
        program = folder / "mock-server"
        inside = " ".join(self.server_host.inside(BUILD.mock_server))
        program.write_text(f'#!/bin/sh\nexec {inside} "$@"\n')
        program.chmod(0o700)
        self.server = MockServer(program)
        self.addCleanup(self.server.close)
        # So long that queries at the same time are on connections of their own.
        self.server.command(delay_ms=200)
        port = self.server["https"].rpartition(":")[2]
        relay = self.start(self.server_host.inside(sys.executable, "-c", RELAY, GOOD, port), stdout=subprocess.PIPE, text=True)
        self.assertEqual(relay.stdout.readline(), "ready\n")

    def lose_replies_to_kept_connections(self):
        """What is sent to the client's old address vanishes; new connections come from its new one."""
        self.client_host.ip("route", "replace", f"{NETWORK}0/24", "dev", "toserver", "src", NEW)
        self.server_host.ip("route", "add", "blackhole", f"{OLD}/32")

    def test_a_dead_address_costs_a_quarter_of_a_second_and_silent_connections_one_query(self):
        command = self.client_host.inside(*BUILD.command("cut_network", self.server["https"], self.server["ca"], GOOD, DEAD))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {**BUILD.environment(), "LD_PRELOAD": str(BUILD.program("slow_lookup.so"))}
        program = self.start(command, env=environment, text=True, **pipes)
        said = []
        for line in program.stdout:
            said.append(line.strip())
            if said[-1] == "kept":
                break
        self.lose_replies_to_kept_connections()
        try:
            out, errors = program.communicate("cut\n", timeout=self.limit(45))
        finally:
            processes.end(program)
        print("\n".join([*said[:-1], out.strip()]))
        self.assertEqual((program.returncode, errors), (0, ""))


if __name__ == "__main__":
    unittest.main()
