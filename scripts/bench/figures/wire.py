"""What the wire costs: `GET /greet` without it, with it and no page open, and with a
page open; and how soon a turn is on the page."""

import http.client
import json
import statistics
import threading
import time

from contestants import book, book_for_a_class, build_book, build_hosted
from figure import Figure, interleaved, say
from figures.server import cookie
from load import Call, generator, limits, send

TITLE = "The wire: what it costs, and how soon a turn is on the page"
RATE = 1000


class Page(threading.Thread):
    """An open page: reads the stream, and notes when which turn came."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.came = {}
        self.lost = 0
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.request("GET", "/companion/wire", headers={"Accept": "text/event-stream"})
        self.stream = self.connection.getresponse()
        self.start()

    def run(self):
        name = "message"
        for line in self.stream:
            if line.startswith(b"event:"):
                name = line[6:].strip().decode()
            elif line.startswith(b"data:"):
                data = json.loads(line[5:])
                if name == "lost":
                    self.lost += data["lost"]
                elif name == "message":
                    self.came[data["request"]["target"]] = time.perf_counter()
                name = "message"


def turns(seconds):
    """Sends 1,000 turns a second at an open page."""
    server = book()
    page = Page(server.port)
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    sent, memory = {}, []
    start = time.perf_counter()
    count = RATE * seconds
    for number in range(count):
        if number % RATE == 0:
            memory.append(server.memory())
        while time.perf_counter() < start + number / RATE:
            time.sleep(0.0002)
        client.request("GET", f"/greet?{number}")
        answer = client.getresponse()
        if answer.status != 200 or answer.read() != b"Hello, stranger!":
            raise SystemExit("a wrong answer while a page is open")
        sent[f"/greet?{number}"] = time.perf_counter()
    took = time.perf_counter() - start
    time.sleep(1)
    server.stop()
    late = sorted((page.came[path] - at) * 1000 for path, at in sent.items() if path in page.came)
    if not late or len(late) + page.lost < count:
        raise SystemExit(f"{count} turns were sent, {len(late)} came and {page.lost} were said to be lost")
    return {"late": late, "lost": page.lost, "memory": memory, "took": took, "count": count}


def measure(options):
    figure = Figure("wire", TITLE, options)
    program = generator()
    build_book()
    build_hosted()
    servers = {
        "without the wire": book(ROCKET_WIRE="false"),
        "a class, without the wire": book_for_a_class(ROCKET_WIRE="false"),
        "a class, no page open": book_for_a_class(),
        "alone, no page open": book(),
        "alone, a page is open": book(),
    }
    Page(servers["alone, a page is open"].port)
    count = 2_000 if options.quick else 40_000
    asked = {name: Call("GET", "/greet", 200, body=["Hello, Ada!"], cookie=cookie(server, "GET", "/set"))
             for name, server in servers.items()}
    for name, server in servers.items():
        send(program, server, asked[name], count // 5)
    details = {name: [] for name in servers}

    def once(name):
        details[name].append(send(program, servers[name], asked[name], count))
        return details[name][-1]["rate"]

    found = interleaved({name: lambda name=name: once(name) for name in servers}, options.rounds, "GET /greet")
    figure.table("GET /greet", "requests/s", "more", "without the wire", found)
    figure.table("GET /greet, the server's processor", "µs a request", "less", "without the wire",
                 {name: [one["micros"] for one in rounds] for name, rounds in details.items()})
    figure.note(limits(details))
    for server in servers.values():
        server.stop()

    seconds = 2 if options.quick else 10
    late = {"median": [], "99 of 100": [], "latest": []}
    for number in range(options.rounds):
        say(f"turns on an open page: round {number + 1} of {options.rounds}")
        seen = turns(seconds)
        late["median"].append(statistics.median(seen["late"]))
        late["99 of 100"].append(seen["late"][int(len(seen["late"]) * 0.99)])
        late["latest"].append(seen["late"][-1])
    figure.table(f"From a turn's answer to the open page, at {RATE:,} turns a second", "ms", "less", None, late)
    figure.note(f"The last of these rounds: {seen['count']} turns in {seen['took']:.1f} s, {len(seen['late'])} came,"
                f" {seen['lost']} were said to be lost. Memory each second, MB: "
                + " ".join(f"{megabytes:.1f}" for megabytes in seen["memory"]) + ".")
    return figure
