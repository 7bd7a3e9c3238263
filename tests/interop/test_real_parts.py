"""The query program through real servers: nginx, tinyproxy, microsocks, openssl s_server, each started here on loopback."""
import os
import shutil
import socket
import subprocess
import tempfile
import unittest

from fixture import DOCUMENTED, MockServerTest, until
from folder import InFolder

NEEDED = {"nginx": "nginx-light", "tinyproxy": "tinyproxy-bin", "microsocks": "microsocks", "openssl": "openssl"}
OK, NETWORK = 0, 3

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  log_format connections '$connection $connection_requests $ssl_protocol $status';
  access_log {folder}/access.log connections;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    ssl_protocols {protocol}; keepalive_timeout {keep};
    location / {{
      proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
    }}
  }}
}}
"""

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 20
MaxClients 20
LogFile "{folder}/tinyproxy.log"
ConnectPort {target}
BasicAuth someone right-password
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class RealParts(InFolder, MockServerTest):
    @classmethod
    def setUpClass(cls):
        missing = [package for program, package in NEEDED.items() if not shutil.which(program)]
        if missing:
            raise unittest.SkipTest(f"not installed: {' '.join(missing)}")

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="tcdb-real-parts-")
        self.addCleanup(shutil.rmtree, self.folder)

    def serve(self, port, *command):
        """Starts a server and waits until it listens; it is ended with the test."""
        # s_server ends with its input.
        server = self.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def listens():
            if server.poll() is not None:
                self.fail(f"{command[0]} ended: {server.stdout.read()}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                return False

        until(listens, f"{command[0]} listens")
        return server

    def make_certificate(self):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=real parts",
                "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
                "-keyout", self.path("server.key"), "-out", self.path("server.csr"))
        names = self.write("names", "subjectAltName=DNS:localhost\n")
        openssl("x509", "-req", "-days", "2", "-in", self.path("server.csr"), "-CA", self.path("ca.pem"),
                "-CAkey", self.path("ca.key"), "-CAcreateserial", "-extfile", names, "-out", self.path("server.pem"))
        return self.path("ca.pem")

    def ask(self, url, ca, *ids, **environment):
        variables = self.server.environment(**environment)
        return self.run_program("query", "--endpoint", url, "--ca", ca, *(ids or [DOCUMENTED]), env=variables)

    def assert_answered(self, ran):
        self.assertEqual((ran.returncode, ran.stderr), (OK, ""))
        self.assertIn(f"{DOCUMENTED}: SUCCESS", ran.stdout)

    def nginx_log(self, protocol, keep):
        """Asks five times by one client; what nginx says of each: connection, request in it, TLS version, status."""
        ca, port = self.make_certificate(), free_port()
        config = self.write("nginx.conf", NGINX.format(
            folder=self.folder, port=port, protocol=protocol, keep=keep, upstream=self.server["http"]))
        self.serve(port, "nginx", "-p", self.folder, "-e", self.path("error.log"), "-c", config)
        self.assert_answered(self.ask(f"https://localhost:{port}", ca, *[DOCUMENTED] * 5))
        self.assertEqual(self.command(stats=True)["requests"], 5)
        self.assertTrue(all(request["refused"] is None for request in self.server.seen()))
        # nginx writes a line when the client has long had its reply.
        return until(lambda: self.logged(5), "five lines in the log of nginx")

    def logged(self, requests):
        """What nginx has logged, once there are so many lines."""
        with open(self.path("access.log")) as log:
            lines = [line.split() for line in log]
        return lines if len(lines) >= requests else None

    def test_nginx_keeps_one_connection_over_tls_1_2_and_1_3(self):
        for protocol in ["TLSv1.2", "TLSv1.3"]:
            self.command(clear=True)
            log = self.nginx_log(protocol, 60)
            self.assertEqual([line[1:] for line in log], [[str(n), protocol, "200"] for n in range(1, 6)])
            self.assertEqual(len({line[0] for line in log}), 1)
            os.remove(self.path("access.log"))

    def test_nginx_without_keep_alive_gets_a_connection_for_each_question(self):
        log = self.nginx_log("TLSv1.3", 0)
        self.assertEqual([line[1] for line in log], ["1"] * 5)
        self.assertEqual(len({line[0] for line in log}), 5)

    def test_a_server_of_tls_1_1_alone_is_refused(self):
        ca, port = self.make_certificate(), free_port()
        self.serve(port, "openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0",
                   "-cert", self.path("server.pem"), "-key", self.path("server.key"))
        ran = self.ask(f"https://localhost:{port}", ca)
        self.assertEqual(ran.returncode, NETWORK)
        self.assertRegex(ran.stderr, r"TLS to localhost:\d+: .*no version or cipher in common.*\[TCDB_ERR_TLS, may pass\]\n\Z")
        # The server is well: who takes 1.1 is served.
        client = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{port}", "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
        self.assertRegex(client.stdout, r"(?i)protocol *(version)?: TLSv1\.1")

    def assert_proxy(self, proxy, connected):
        """Missing, wrong and right password; `connected` counts the connections that reached the mock server."""
        for login in ["", "someone:wrong-password@", "other:right-password@"]:
            ran = self.ask(self.server["https"], self.server["ca"], HTTPS_PROXY=proxy.format(login=login))
            self.assertEqual(ran.returncode, NETWORK, ran.stderr)
            self.assertRegex(ran.stderr, r"proxy 127\.0\.0\.1:\d+: .*login.*\[TCDB_ERR_PROXY\]\n\Z")
            self.assertNotIn("password", ran.stderr)
            self.assertEqual(connected(), 0)
        right = proxy.format(login="someone:right-password@")
        for variables in [{"HTTPS_PROXY": right}, {"https_proxy": right}, {"ALL_PROXY": right}]:
            self.command(clear=True)
            self.assert_answered(self.ask(self.server["https"], self.server["ca"], **variables))
            self.assertEqual(connected(), 1)

    def connections(self):
        return self.command(stats=True)["connections"]

    def test_tinyproxy_wants_its_password(self):
        port, target = free_port(), self.server["https"].rsplit(":", 1)[1]
        config = self.write("tinyproxy.conf", TINYPROXY.format(port=port, folder=self.folder, target=target))
        server = self.serve(port, "tinyproxy", "-d", "-c", config)
        proxy = f"http://{{login}}127.0.0.1:{port}"
        self.assert_proxy(proxy, self.connections)
        # A port that it does not connect to: refused, and not asked again.
        right = proxy.format(login="someone:right-password@")
        ran = self.ask(f"https://localhost:{free_port()}", self.server["ca"], HTTPS_PROXY=right)
        self.assertRegex(ran.stderr, r"refuses to connect to localhost:\d+ \(HTTP 403\).*\[TCDB_ERR_PROXY\]\n\Z")
        # NO_PROXY goes by suffix: the proxy may be gone.
        server.terminate()
        server.wait(10)
        self.assert_answered(self.ask(self.server["https"], self.server["ca"], HTTPS_PROXY=right, NO_PROXY="x,localhost"))
        ran = self.ask(self.server["https"], self.server["ca"], HTTPS_PROXY=right, NO_PROXY="alhost")
        self.assertRegex(ran.stderr, r"connect to proxy 127\.0\.0\.1:\d+: connection refused")

    def test_microsocks_wants_its_password(self):
        port = free_port()
        self.serve(port, "microsocks", "-i", "127.0.0.1", "-p", str(port), "-u", "someone", "-P", "right-password")
        proxy = f"socks5://{{login}}127.0.0.1:{port}"
        self.assert_proxy(proxy, self.connections)
        right = proxy.format(login="someone:right-password@")
        ran = self.ask(f"https://localhost:{free_port()}", self.server["ca"], HTTPS_PROXY=right)
        self.assertRegex(ran.stderr, r"refuses to connect to localhost:\d+ .*\(3 attempts\) \[TCDB_ERR_PROXY, may pass\]\n\Z")

