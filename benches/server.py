"""One nginx on loopback that answers everything alike, over HTTP and HTTPS, with an authority of its own."""
import os
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPLY = ('{"Response":{"Status":"SUCCESS","Info":"Database task finished, no errors found.",'
         '"RequestId":"1b2c3d4e-5f60-4718-9a2b-3c4d5e6f7081"}}')
P256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"failed: {' '.join(command)}\n{done.stdout[-2000:]}")
    return done.stdout


def free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def make_certificates(folder):
    """ca.pem, and server.pem with server.key for localhost and 127.0.0.1."""
    names = f"{folder}/names.cnf"
    with open(names, "w") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
                "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n")
    run(["openssl", "req", "-x509", *P256, "-days", "30", "-subj", "/CN=bench authority",
         "-addext", "keyUsage=critical,keyCertSign", "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem"])
    run(["openssl", "req", "-new", *P256, "-subj", "/CN=localhost",
         "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.csr"])
    run(["openssl", "x509", "-req", "-in", f"{folder}/server.csr", "-CA", f"{folder}/ca.pem",
         "-CAkey", f"{folder}/ca.key", "-CAcreateserial", "-days", "30", "-extfile", names,
         "-out", f"{folder}/server.pem"])


class Server:
    """Runs within a `with` block; `http`, `https` and `ca` are for its clients."""

    def __init__(self, folder):
        self.folder = folder
        self.ca = f"{folder}/ca.pem"

    def __enter__(self):
        make_certificates(self.folder)
        http, https = free_ports(2)
        self.http, self.https = f"http://127.0.0.1:{http}", f"https://127.0.0.1:{https}"
        with open(f"{HERE}/nginx.conf.in") as f:
            text = f.read()
        for name, value in (("DIR", self.folder), ("REPLY", REPLY), ("HTTP", http), ("HTTPS", https)):
            text = text.replace(f"@{name}@", str(value))
        if os.geteuid() == 0:  # else the worker could not read its own files
            text = "user root;\n" + text
        with open(f"{self.folder}/nginx.conf", "w") as f:
            f.write(text)
        self.process = subprocess.Popen(
            ["nginx", "-p", self.folder, "-c", f"{self.folder}/nginx.conf", "-g", "daemon off;"],
            stdout=subprocess.DEVNULL, stderr=open(f"{self.folder}/nginx-start.log", "w"))
        self.wait_for(https)
        return self

    def wait_for(self, port):
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", port), 0.2).close()
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise SystemExit("nginx did not start: " + open(f"{self.folder}/nginx-start.log").read())

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
