"""The HTML site, opened in headless Chromium: every page, every link on it and every place within a page that a link names; no
error on the console; and the search finds things."""
import functools
import http.server
import os
import shutil
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from fixture import ROOT

SITE = ROOT / "target/site"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
# Pages that another tool makes by the hundred, for which being there is enough.
ONLY_THERE = ("/rust/src/", "/rust/static.files/")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
IN_PAGE = """return {
  links: [...document.querySelectorAll('a[href]')].map(a => a.href),
  ids: [...document.querySelectorAll('[id],a[name]')].map(e => e.id || e.name),
  broken: [...document.images].filter(i => i.complete && !i.naturalWidth && i.src).map(i => i.src),
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def packages_of_the_site():
    """selenium is in the environment that built the site."""
    sys.path += [str(path) for path in (ROOT / "target/docs-tools/lib").glob("python*/site-packages")]


@unittest.skipUnless(CHROMIUM and DRIVER, "chromium and chromium-driver are not installed")
class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        packages_of_the_site()
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.base = f"http://127.0.0.1:{server.server_port}"
        profile = tempfile.mkdtemp(prefix="tcdb-chromium-")
        cls.addClassCleanup(shutil.rmtree, profile, ignore_errors=True)
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        os.environ["SE_OFFLINE"] = "true"  # the driver is given: nothing is to be fetched
        cls.browser = webdriver.Chrome(options=options, service=Service(DRIVER))
        cls.addClassCleanup(cls.browser.quit)

    def open(self, page):
        """What is in a page; its errors fail the subtest."""
        self.browser.get(self.base + page)
        seen = self.browser.execute_script(IN_PAGE)
        errors = [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        self.assertEqual(errors, [], f"{page}: on the console")
        self.assertEqual(seen["broken"], [], f"{page}: images")
        return seen

    def is_there(self, page):
        try:
            return urllib.request.urlopen(self.base + page, timeout=20).status == 200
        except urllib.error.URLError:
            return False

    def test_every_link_leads_to_a_page_and_a_place_on_it(self):
        waiting, ids, places, foreign = ["/index.html"], {}, {}, set()
        while waiting:
            page = waiting.pop()
            if page in ids:
                continue
            if not page.endswith(".html") or page.startswith(ONLY_THERE):
                ids[page] = None
                self.assertTrue(self.is_there(page), f"{page}, linked from {sorted(places[page])[:3]}")
                continue
            with self.subTest(page):
                ids[page] = set()  # also of one that fails
                seen = self.open(page)
                ids[page] = {urllib.parse.unquote(name) for name in seen["ids"]}
                for link in map(urllib.parse.urlsplit, seen["links"]):
                    # rustdoc means the standard library's pages by some of these.
                    is_std = page.startswith("/rust/") and link.path.startswith(("/std/", "/core/", "/alloc/"))
                    if f"{link.scheme}://{link.netloc}" != self.base or is_std:
                        foreign.add(link.netloc)
                        continue
                    places.setdefault(link.path, set()).add((page, urllib.parse.unquote(link.fragment)))
                    waiting.append(link.path + ("index.html" if link.path.endswith("/") else ""))
        missing = [f"{page} -> {target}#{fragment}" for target, found in places.items() if ids.get(target) is not None
                   for page, fragment in found if fragment and fragment not in ids[target] and not target.startswith("/rust/")]
        self.assertEqual(missing, [], "places that are not on their page")
        self.assertGreater(len(ids), 40, "the site is not complete")
        print(f"{len(ids)} pages and files; hosts outside, not asked: {', '.join(sorted(filter(None, foreign)))}")

    def test_every_page_is_reached_from_the_first(self):
        """A document of the repository that no list of contents names would be lost."""
        text = (SITE / "index.html").read_text()
        for document in ("README", "docs/scripts", "docs/waiting", "docs/credentials", "docs/troubleshooting", "c/index", "cpp",
                         "bindings/README", "python", "rust", "command-line", "codes"):
            with self.subTest(document):
                self.assertIn(f'href="{document}.html"', text)

    def test_the_search_finds_what_is_there_and_nothing_else(self):
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support.ui import WebDriverWait
        for word, is_there in (("tcdb_waiter_run", True), ("backoff", True), ("zzyzx", False)):
            with self.subTest(word):
                self.browser.get(f"{self.base}/search.html?q={word}")
                summary = WebDriverWait(self.browser, 30).until(
                    lambda browser: (found := browser.find_element(By.CSS_SELECTOR, "#search-results p").text)
                    and "earching" not in found and "reparing" not in found and found)
                results = self.browser.find_elements(By.CSS_SELECTOR, "#search-results li a")
                self.assertEqual(bool(results), is_there, summary)
