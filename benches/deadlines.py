"""How late a deadline of 700 ms is kept, in every phase of a query that may stall."""
import os
import socket
import ssl
import statistics
import subprocess
import threading
import time

from columns import HERE, ROOT
from sampling import figure, table
from server import run

DEADLINE = 700
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n"


def never_accepts():
    """A listener whose queue is full: the kernel drops the next caller's SYN. The callers in the queue stay next to it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    queued = [socket.socket() for _ in range(2)]
    for caller in queued:
        caller.setblocking(False)
        caller.connect_ex(listener.getsockname())
    return listener, queued


def serves(behave):
    """A listener that treats each of its connections by `behave`, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def treat(connection):
        try:
            behave(connection)
        except OSError:  # the caller has gone, as it should
            pass

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=treat, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def is_silent(connection):
    while connection.recv(4096):
        pass


def over_tls(server, reply, drip=False):
    """Shakes hands, reads the request, sends `reply`, and stalls; or sends a byte of it every 50 ms."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{server.folder}/server.pem", f"{server.folder}/server.key")

    def behave(connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            for piece in ([bytes([b]) for b in reply] if drip else [reply]):
                if piece:
                    tls.sendall(piece)
                time.sleep(0.05 if drip else 0)
            is_silent(tls)

    return behave


def compiled(work, library):
    folder = os.path.dirname(os.path.abspath(library))
    cc = os.environ.get("CC", "cc")
    run([cc, "-O2", f"{HERE}/deadline.c", "-o", f"{work}/deadline", f"-I{ROOT}/include", library,
         f"-Wl,-rpath,{folder}"])
    run([cc, "-O2", "-shared", "-fPIC", f"{HERE}/slow_lookup.c", "-o", f"{work}/slow_lookup.so"])
    return f"{work}/deadline"


def deadlines(bench, work, library):
    program, server = compiled(work, library), bench.server
    silent = serves(is_silent)
    full, _queued = never_accepts()
    phases = [
        ("lookup", "https://localhost:1", None, f"{work}/slow_lookup.so"),
        ("proxy", server.https, silent, None),
        ("connect", full, None, None),
        ("handshake", silent, None, None),
        ("header", serves(over_tls(server, b"")), None, None),
        ("header, drip", serves(over_tls(server, HEAD, drip=True)), None, None),
        ("body", serves(over_tls(server, HEAD + b'{"Response"')), None, None),
        ("body, drip", serves(over_tls(server, HEAD + b" " * 200, drip=True)), None, None),
    ]
    rows, worst = [], {}
    for phase, target, proxy, preload in phases:
        url = target if isinstance(target, str) else f"https://127.0.0.1:{target.getsockname()[1]}"
        way = f"http://127.0.0.1:{proxy.getsockname()[1]}" if proxy else "-"
        surroundings = dict(bench.environment, **({"LD_PRELOAD": preload} if preload else {}))
        lines = subprocess.run([program, url, server.ca, way, str(bench.rounds)], env=surroundings, check=True,
                               stdout=subprocess.PIPE, text=True).stdout.splitlines()
        late = [float(line.split()[0]) - DEADLINE for line in lines]
        codes = {line.split()[1] for line in lines}
        worst[phase] = max(late)
        rows.append([phase, ", ".join(sorted(codes)), figure(min(late), 2), figure(statistics.median(late), 2),
                     figure(max(late), 2)])
    table(f"How many ms late a deadline of {DEADLINE} ms returns ({bench.rounds} queries a phase)",
          ["", "code", "earliest", "median", "latest"], rows)
    return {"late_ms": worst}
