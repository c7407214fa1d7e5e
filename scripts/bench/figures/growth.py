"""Cost against size, as curves: nothing should grow faster than its size, and what
has a bound should be flat beyond it. Each curve is a part with a server of its own a
round and a size."""

import base64
import contextlib
import csv
import hashlib
import hmac
import http.client
import json
import os
import re
import resource
import secrets
import shutil
import statistics
import subprocess
import tempfile
import time

import clone
from clone import CLONE
from contestants import book, book_for_a_class, build_book, build_hosted
from figure import Figure, say
from figures.checks import checker, grade
from load import at_work
from server import Server

TITLE = "Growth: cost against size"
TURNS = 200


class Client:
    """A browser with one connection that stays open."""

    def __init__(self, server, cookie=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.cookies = dict([cookie.split("=", 1)]) if cookie else {}

    def ask(self, method, path, status, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status != status:
            raise SystemExit(f"{method} {path} answers {answer.status}, not {status}: {said[:200]!r}")
        for cookie in answer.headers.get_all("set-cookie", []):
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return said


class Stream:
    """A page's stream of events; `admitted` is false where the server has no place."""

    def __init__(self, server, cookie="", key=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        headers = {"Accept": "text/event-stream"}
        headers |= {"Cookie": cookie} if cookie else {}
        headers |= {"companion-key": key} if key else {}
        self.connection.request("GET", "/companion/wire", headers=headers)
        self.answer = self.connection.getresponse()
        self.admitted = self.answer.status == 200
        if not self.admitted and self.answer.status != 503:
            raise SystemExit(f"a page's stream answers {self.answer.status}")

    def until(self, words):
        for line in self.answer:
            if words in line:
                return
        raise SystemExit(f"the stream ended before {words.decode()}")

    def close(self):
        self.answer.close()
        self.connection.close()


def micros(server, count, call):
    """Microseconds of the server's processor for each of so many calls."""
    before = at_work(server.process.pid)
    for number in range(count):
        call(number)
    return (at_work(server.process.pid) - before) / count * 1e6


def readers(size, quick):
    """So many readers of a class have a page open, and take turns."""
    server = book_for_a_class()
    known, streams = [], []
    for _ in range(size):
        reader, key = Client(server), secrets.token_hex(16)
        reader.ask("POST", "/companion/reader", 204, json.dumps({"key": key}), Content_Type="application/json")
        name, value = next(iter(reader.cookies.items()))
        stream = Stream(server, f"{name}={value}", key)
        reader.connection.close()
        known.append(f"{name}={value}")
        streams.append(stream)
    admitted = [index for index, stream in enumerate(streams) if stream.admitted]
    late = []
    client = Client(server)

    def turn(number):
        index = admitted[number % len(admitted)]
        client.cookies = dict([known[index].split("=", 1)])
        path = f"/hello?name=n{number}"
        client.ask("GET", path, 200)
        start = time.perf_counter()
        streams[index].until(f'"target":"{path}"'.encode())
        late.append((time.perf_counter() - start) * 1000)

    turn(0)
    cost = micros(server, 100 if quick else 600, turn)
    found = {"admitted": len(admitted), "a turn, µs": cost, "until it is on the page, ms": statistics.median(late),
             "memory, MB": server.memory()}
    for stream in streams:
        stream.close()
    server.stop()
    return found


def ring(size, quick):
    """So many turns have passed; then a page opens, and gets what is kept."""
    server = book()
    client = Client(server)
    for number in range(size):
        client.ask("GET", f"/hello?name=n{number}", 200)
    start = time.perf_counter()
    stream = Stream(server)
    stream.until(f"/hello?name=n{size - 1}\"".encode())
    opened = (time.perf_counter() - start) * 1000
    stream.close()
    cost = micros(server, 50 if quick else TURNS, lambda number: client.ask("GET", "/greet", 200))
    found = {"a page opens, ms": opened, "one more turn, µs": cost, "memory, MB": server.memory()}
    server.stop()
    return found


def notes(size, quick):
    """A reader has so many notes, all in their cookie."""
    server = book(ROCKET_WIRE="false")
    client = Client(server)
    for number in range(size):
        client.ask("POST", "/notes", 303, "text=n", Content_Type="application/x-www-form-urlencoded")
        client.ask("GET", "/notes", 200)
    shown = client.ask("GET", "/notes", 200).count(b"<li>")
    if shown != size:
        raise SystemExit(f"{size} notes were saved, and {shown} are shown")
    cost = micros(server, 50 if quick else TURNS, lambda number: client.ask("GET", "/notes", 200))
    found = {"GET /notes, µs": cost}
    server.stop()
    return found


def inboxes(size, quick):
    """So many inboxes have a delivery each."""
    server = book(ROCKET_WIRE="false")
    client = Client(server)
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = '{"bench": true}'
    tag = "sha256=" + hmac.new(secret, body.encode(), hashlib.sha256).hexdigest()

    def deliver(inbox, id):
        said = client.ask("POST", f"/webhooks/inbox-{inbox}/github", 200, body, Content_Type="application/json",
                          X_GitHub_Delivery=id, X_Hub_Signature_256=tag)
        if said != b"Thank you.":
            raise SystemExit(f"a delivery is answered with {said!r}")

    for number in range(size):
        deliver(number, f"first-{number}")
    count = 20 if quick else TURNS
    start = time.perf_counter()
    cost = micros(server, count, lambda number: deliver(size - 1, f"more-{number}"))
    took = (time.perf_counter() - start) / count * 1000
    shown = micros(server, count, lambda number: client.ask("GET", f"/webhooks/inbox-{size - 1}", 200))
    found = {"one more delivery, µs": cost, "one more delivery, ms by the clock": took,
             "an inbox is shown, µs": shown, "memory, MB": server.memory()}
    server.stop()
    return found


def read(*path):
    with open(os.path.join(CLONE, *path)) as file:
        return file.read()


def write(text, *path):
    os.makedirs(os.path.dirname(os.path.join(CLONE, *path)), exist_ok=True)
    with open(os.path.join(CLONE, *path), "w") as file:
        file.write(text)


def lessons(size, quick):
    """The book has so many lessons more, each a copy of one: how long a reader waits
    for the build."""
    clone.refresh()
    page, summary = read("book", "pages", "flash.md"), read("book", "pages", "SUMMARY.md")
    lines = []
    for number in range(size):
        slug = f"more-{number:03}"
        shutil.copytree(os.path.join(CLONE, "snapshots", "flash"), os.path.join(CLONE, "snapshots", slug))
        own = re.sub(r"(\{\{#(?:exchange|requirements|pinned) )flash(?=[/}])", rf"\1{slug}", page)
        write(own.replace("# ", f"# {number}: ", 1), "book", "pages", f"{slug}.md")
        toml = read("snapshots", slug, "lesson.toml")
        toml = re.sub(r'^title = "', f'title = "{number}: ', toml, flags=re.MULTILINE)
        write(re.sub(r"^order = .*$", f"order = {1000 + number}", toml, flags=re.MULTILINE), "snapshots", slug, "lesson.toml")
        lines.append(f"- [{number}]({slug}.md)")
    write(summary.replace("# Proving it", "# More\n\n" + "\n".join(lines) + "\n\n# Proving it") if lines else summary,
          "book", "pages", "SUMMARY.md")
    clone.forget_book()
    start = time.perf_counter()
    server = clone.serve()
    took = time.perf_counter() - start
    last = f"more-{size - 1:03}.html" if size else "flash.html"
    Client(server).ask("GET", f"/book/{last}", 200)
    found = {"the book is built, s": took, "memory, MB": server.memory()}
    server.stop()
    return found


def submissions(size, quick):
    """A class of so many, on ten running servers: what the grader itself costs."""
    with contextlib.ExitStack() as open_, tempfile.TemporaryDirectory() as folder:
        right = [Server(SNAPSHOTS, "gallery", "right", "--port", "{port}") for _ in range(min(size, 10))]
        for server in right:
            open_.callback(server.stop)
        roster = os.path.join(folder, "roster.csv")
        with open(roster, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["name", "target"])
            rows.writerows([f"reader-{number:04}", f"http://127.0.0.1:{right[number % len(right)].port}"] for number in range(size))
        took, memory = grade(SNAPSHOTS, roster)
    return {"graded, s": took, "memory at the most, MB": memory}


def steps(size, quick):
    """A script has so many steps, and is checked."""
    clone.refresh()
    script = "\n".join(f"### Step {number}\nGET http://127.0.0.1:8000/hello\n" for number in range(size))
    answer = "> GET /hello\n< 200 OK\n< content-type: text/plain; charset=utf-8\n* keeps nothing\n\nHello, stranger!\n"
    pin = "---\nsource: server/tests/snapshots.rs\n---\n" + "\n".join(f"### Step {number}\n{answer}" for number in range(size))
    write(script, "snapshots", "no-memory", "steps.http")
    write(pin, "snapshots", "no-memory", "steps.snap")
    server = book(ROCKET_WIRE="false")
    start = time.perf_counter()
    said = subprocess.run([clone.built("snapshots"), "check", f"http://127.0.0.1:{server.port}", "no-memory/steps",
                           "--time", "600"], capture_output=True, text=True)
    took = time.perf_counter() - start
    server.stop()
    if said.returncode:
        raise SystemExit(f"a script of {size} steps was not passed: {said.stdout[-1000:]}{said.stderr[-1000:]}")
    return {"checked, s": took}


# The part, what its sizes count, the sizes and those of a quick run.
PARTS = {
    "Readers on the wire": (readers, "readers", [1, 10, 30, 100, 300, 1000], [1, 10, 100]),
    "Turns in the ring": (ring, "turns", [1, 10, 50, 200, 1000, 5000], [1, 50, 500]),
    "Notes of a reader": (notes, "notes", [1, 10, 50, 100, 200, 400], [1, 20, 100]),
    "Inboxes": (inboxes, "inboxes", [1, 10, 30, 100, 300], [1, 20, 100]),
    "Steps in a script": (steps, "steps", [1, 10, 100, 300, 1000], [1, 30, 300]),
    "Submissions in a grade run": (submissions, "submissions", [10, 30, 100, 300, 1000], [10, 40]),
    "Lessons in the book": (lessons, "lessons more", [1, 10, 50, 100, 200], [1, 20]),
}
SNAPSHOTS = None


def measure(options):
    global SNAPSHOTS
    figure = Figure("growth", TITLE, options)
    build_book()
    build_hosted()
    SNAPSHOTS = checker()
    clone.build("server", "checker")
    # Each page open is a socket of ours, too.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for title, (part, x, sizes, quick) in PARTS.items():
        sizes = quick if options.quick else sizes
        found = {}
        for number in range(options.rounds):
            # Each round the other way around: a machine that warms up is in no slope.
            for size in sizes if number % 2 == 0 else sizes[::-1]:
                say(f"{title}: round {number + 1} of {options.rounds}, {size} {x}")
                for name, value in part(size, options.quick).items():
                    found.setdefault(name, {}).setdefault(size, []).append(value)
        admitted = found.pop("admitted", None)
        if admitted:
            most = {size: min(rounds) for size, rounds in admitted.items()}
            for size, count in most.items():
                if count < size:
                    figure.note(f"Of {size:,} readers {count:,} had a place on the wire, and the others were told so (503).")
        for name, points in found.items():
            words, unit = name.rsplit(", ", 1)
            figure.curve(f"{title}: {name}", x, unit, {words: dict(sorted(points.items()))})
    clone.refresh()
    return figure
