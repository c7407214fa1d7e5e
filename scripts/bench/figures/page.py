"""What a page weighs in a browser: bytes and requests the first time and the next,
and how long until it is loaded."""

import http.client
import json
import os
import shutil
import subprocess
import tempfile

from contestants import book, build_book
from figure import ROOT, Figure, Skip, say
from server import Server

TITLE = "A page: bytes, requests, and the time until it is loaded"
PAGES = ["", "session.html", "flash.html", "oauth.html"]

# What was transferred, of the page and of all that it asked for.
COUNT = """
const [page] = performance.getEntriesByType('navigation');
const all = [page, ...performance.getEntriesByType('resource')].filter(one => one.initiatorType !== 'beacon');
return {
  bytes: all.reduce((sum, one) => sum + one.transferSize, 0),
  requests: all.filter(one => one.transferSize > 0).length,
  loaded: page.loadEventEnd,
};
"""


class Browser:
    """Chromium, through chromedriver: https://www.w3.org/TR/webdriver2/."""

    def __init__(self, driver):
        self.client = http.client.HTTPConnection("127.0.0.1", driver.port, timeout=60)
        self.profile = tempfile.TemporaryDirectory(prefix="bench-browser-")
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={self.profile.name}"]
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": flags}}}}
        self.session = None
        self.session = self.ask("POST", "/session", wanted)["sessionId"]

    def ask(self, method, path, body=None):
        path = f"/session/{self.session}{path}" if self.session else path
        self.client.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
        answer = self.client.getresponse()
        value = json.loads(answer.read())["value"]
        if answer.status != 200:
            raise SystemExit(f"the browser says: {value['message']}")
        return value

    def open(self, url):
        self.ask("POST", "/url", {"url": url})
        # What the page asks for after it is loaded is part of it: until nothing new comes.
        script = """
        const done = arguments[0];
        let before = -1;
        const look = () => {
          const now = performance.getEntriesByType('resource').length;
          if (now === before) done(); else { before = now; setTimeout(look, 300); }
        };
        look();
        """
        self.ask("POST", "/execute/async", {"script": script, "args": []})
        return self.ask("POST", "/execute/sync", {"script": COUNT, "args": []})

    def close(self):
        self.ask("DELETE", "")
        self.profile.cleanup()


def measure(options):
    driver = shutil.which("chromedriver")
    if not driver:
        raise Skip("`chromedriver` is not on the PATH.")
    figure = Figure("page", TITLE, options)
    build_book()
    server, webdriver = book(), Server(driver, "--port={port}")
    names = [page or "the front" for page in PAGES]
    kinds = ["bytes", "requests", "loaded"]
    first = {kind: {name: [] for name in names} for kind in kinds}
    again = {kind: {name: [] for name in names} for kind in kinds}
    for number in range(options.rounds):
        for page, name in zip(PAGES, names):
            say(f"a page: round {number + 1} of {options.rounds}, {name}")
            # A browser a page: each first time is a first time.
            browser = Browser(webdriver)
            url = f"http://127.0.0.1:{server.port}/book/{page}"
            for found in (first, again):
                seen = browser.open(url)
                if found is first and seen["bytes"] < 1000:
                    raise SystemExit(f"{url}: only {seen['bytes']} bytes came")
                for kind in kinds:
                    found[kind][name].append(seen[kind] / (1024 if kind == "bytes" else 1))
            browser.close()
    server.stop()
    webdriver.stop()
    for found, when in ((first, "the first time"), (again, "again")):
        figure.table(f"Transferred, {when}", "KiB", "less", None, found["bytes"])
        figure.table(f"Requests, {when}", "requests", "fewer", None, found["requests"])
        figure.table(f"Until it is loaded, {when}", "ms", "less", None, found["loaded"])
    try:
        said = subprocess.run([os.path.join(ROOT, "scripts", "page-check")], capture_output=True, text=True, check=True).stdout
        figure.note("The book's own scripts and styles, compressed: " + said.strip().split("\n")[-1].strip() + ".")
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().split("\n")
        figure.note(f"LEFT OUT: the weight of the book's own scripts. scripts/page-check says: {said[-1]}")
    return figure
