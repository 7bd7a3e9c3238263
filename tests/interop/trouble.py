"""What is between a client and the mock server, and what goes wrong there: nginx, tinyproxy, microsocks and a switch that joins
connections to either server, all on loopback, each restarted, cut or misled by a sequence of chance.
"""
import random
import signal
import socket
import subprocess
import threading

import processes
from folder import InFolder
from test_real_parts import NGINX, free_port, openssl
from timing import until

TINYPROXY = 'Port {port}\nListen 127.0.0.1\nTimeout 20\nMaxClients 100\nLogFile "{folder}/tinyproxy.log"\nBasicAuth someone right-password\n'
# Faults that may pass. Not those of which a wait has to take that they last (no TLS, a certificate wanted), nor a Retry-After that
# would outlast the run.
PASSING = {"lost", "unavailable", "stall", "late"}
NOT_THESE = {"handshake_garbage", "handshake_plain_http", "handshake_wants_certificate", "http_429_retry_after_hour", "http_429_retry_after_day"}


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Program:
    """A server program on a port, started again when it was ended."""

    def __init__(self, port, *command):
        self.port, self.command = port, command
        self.start()

    def start(self):
        self.process = processes.start(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: listens(self.port), f"{self.command[0]} listens")

    def restart(self, pause):
        processes.end(self.process)
        pause()
        self.start()

    def close(self):
        processes.end(self.process)


def shut(*sockets):
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is closed already
            pass


class Switch:
    """Joins each connection to one of its targets, drawn by chance; cut, all that is joined is reset."""

    def __init__(self, chance, *targets):
        self.chance, self.targets, self.open, self.lock = chance, targets, set(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.chance.choice(self.targets)), 2)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self.lock:
                self.open.add((near, far))
            threading.Thread(target=self._join, args=(near, far), daemon=True).start()

    def _join(self, near, far):
        back = threading.Thread(target=self._copy, args=(far, near), daemon=True)
        back.start()
        self._copy(near, far)
        back.join()
        with self.lock:
            self.open.discard((near, far))
        near.close()
        far.close()

    def _copy(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            shut(source, sink)

    def cut(self):
        with self.lock:
            joined = list(self.open)
        for near, far in joined:
            shut(near, far)

    def close(self):
        self.listener.close()
        self.cut()


class Trouble(InFolder):
    """The parts, and one deed after the other for as long as it is wanted."""

    def __init__(self, server, folder, seed):
        self.server, self.folder, self.chance = server, folder, random.Random(seed)
        self.done, self.over = {}, threading.Event()
        self._make_authority()
        self._make_certificate()
        nginx, tinyproxy, socks = free_port(), free_port(), free_port()
        config = NGINX.format(folder=folder, port=nginx, protocol="TLSv1.2 TLSv1.3", keep=5, upstream=server["http"])
        # The Date of a reply is that of the server, whose clock jumps.
        config = config.replace("worker_connections 64", "worker_connections 512").replace("location / {", "location / { proxy_pass_header Date;")
        self.nginx = Program(nginx, "nginx", "-p", folder, "-e", self.path("error.log"), "-c", self.write("nginx.conf", config))
        tiny = self.write("tinyproxy.conf", TINYPROXY.format(port=tinyproxy, folder=folder))
        self.tinyproxy = Program(tinyproxy, "tinyproxy", "-d", "-c", tiny)
        self.microsocks = Program(socks, "microsocks", "-i", "127.0.0.1", "-p", str(socks))
        self.switch = Switch(random.Random(seed + 1), nginx, int(server["https"].rsplit(":", 1)[1]))
        front = f"https://localhost:{self.switch.port}"
        self.routes = [front, f"{front},http://someone:right-password@127.0.0.1:{tinyproxy}", f"{front},socks5://127.0.0.1:{socks}"]
        faults = server.command(faults=True)["faults"]
        self.faults = [fault["name"] for fault in faults if fault["effect"] in PASSING and fault["name"] not in NOT_THESE]

    def _make_authority(self):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=soak",
                "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))
        with open(self.server["ca"]) as theirs, open(self.path("ca.pem")) as ours:
            self.authorities = self.write("authorities.pem", theirs.read() + ours.read())

    def _make_certificate(self):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
                "-keyout", self.path("server.key"), "-out", self.path("server.csr"))
        openssl("x509", "-req", "-days", "2", "-in", self.path("server.csr"), "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                "-CAcreateserial", "-extfile", self.write("names", "subjectAltName=DNS:localhost\n"), "-out", self.path("server.pem"))

    def pause(self):
        self.over.wait(self.chance.uniform(0.3, 2))

    # The deeds: each ends what it began.
    def fault(self):
        self.server.command(misbehave={"fault": self.chance.choice(self.faults), "share": self.chance.choice([0.1, 0.3, 1.0])})
        self.pause()
        self.server.command(behave=True)

    def refuse_resumption(self):
        self.server.command(misbehave={"fault": self.chance.choice(["handshake_refuses_resumption", "handshake_stalls_resumption"])})
        self.switch.cut()
        self.pause()
        self.server.command(behave=True)

    def restart_the_server(self):
        self.server.command(stop=True)
        self.pause()
        self.server.command(start=True)

    def restart_a_program(self):
        self.chance.choice([self.nginx, self.tinyproxy, self.microsocks]).restart(self.pause)

    def cut(self):
        self.switch.cut()

    def rotate_credentials(self):
        self.server.command(metadata={self.chance.choice(["rotate", "revoke"]): True})

    def rotate_certificates(self):
        self.server.command(tls={"certificate": "good", "versions": self.chance.choice(["both", "1.2", "1.3"])})
        self._make_certificate()
        self.nginx.process.send_signal(signal.SIGHUP)

    def jump_clock(self):
        self.server.command(clock_offset=self.chance.choice([0, 600, -600, 7200, -7200]))

    def lower_the_limit(self):
        self.server.command(rate_limit=5)
        self.pause()
        self.server.command(rate_limit=0)

    DEEDS = [fault, fault, fault, refuse_resumption, restart_the_server, restart_a_program, cut, rotate_credentials, rotate_certificates, jump_clock, lower_the_limit]

    def go_on(self, seconds):
        """One deed after the other; every kind comes in each round."""
        threading.Timer(seconds, self.over.set).start()
        while not self.over.is_set():
            for deed in self.chance.sample(self.DEEDS, len(self.DEEDS)):
                if self.over.is_set() and deed.__name__ in self.done:
                    continue
                deed(self)
                self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1
                self.pause()

    def close(self):
        self.over.set()
        self.switch.close()
        for program in (self.nginx, self.tinyproxy, self.microsocks):
            program.close()
