"""Requests a second of one core: the five routes of the seed, and the same in other
frameworks. The server has one core and the generator another, so what each
request costs the server is its own; nobody watches the wire."""

import http.client

from contestants import ALL, built
from figure import Figure, interleaved
from load import Call, generator, limits, send

TITLE = "The server: requests a second of one core"
ROUTES = {
    "hello": "GET /hello", "set": "GET /set", "greet": "GET /greet", "save": "POST /save", "note": "GET /note",
}
GOALS = {"greet": "0.95 of axum"}


def cookie(server, method, path):
    """The cookies that this request is answered with, as a browser sends them back."""
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    client.request(method, path)
    answer = client.getresponse()
    answer.read()
    return "; ".join(value.split(";")[0] for value in answer.headers.get_all("set-cookie", []))


def calls(server):
    """What each route is asked, and what it must answer: the seed's words."""
    session, flash = cookie(server, "GET", "/set"), cookie(server, "POST", "/save")
    # Flask redirects with 302 where the others send 303; both are right.
    def redirect(method, path, to):
        client = http.client.HTTPConnection("127.0.0.1", server.port)
        client.request(method, path)
        status = client.getresponse().status
        if status not in (302, 303):
            raise SystemExit(f"{method} {path} answers {status}")
        return Call(method, path, status, head=[f"location: {to}", "set-cookie: "])

    return {
        "hello": Call("GET", "/hello", 200, body=["Hello, stranger!"]),
        "set": redirect("GET", "/set", "/greet"),
        "greet": Call("GET", "/greet", 200, body=["Hello, Ada!"], cookie=session),
        "save": redirect("POST", "/save", "/note"),
        "note": Call("GET", "/note", 200, head=["text/html", "set-cookie: "],
                     body=["<h1>A note</h1>", 'role="status">Note saved.'], cookie=flash),
    }


def measure(options):
    figure = Figure("server", TITLE, options)
    program = generator()
    launch, skipped = built()
    running = {name: start() for name, start in launch.items()}
    asked = {name: calls(server) if name != "hyper" else {"hello": Call("GET", "/hello", 200, body=["Hello, stranger!"])}
             for name, server in running.items()}
    share = 0.05 if options.quick else 1
    cost, seen = {}, {}
    for route, words in ROUTES.items():
        details = {name: [] for name in running if route in asked[name]}

        def once(name):
            found = send(program, running[name], asked[name][route], max(200, int(ALL[name][1] * share)))
            details[name].append(found)
            return found["rate"]

        for name in details:
            # Warm: not counted.
            send(program, running[name], asked[name][route], max(200, int(ALL[name][1] * share / 5)))
        found = interleaved({name: lambda name=name: once(name) for name in details}, options.rounds, words)
        figure.table(words, "requests/s", "more", "axum", found, skipped, GOALS.get(route, "0.80 of axum"))
        seen.update({f"{words}, {name}": rounds for name, rounds in details.items()})
        cost[route] = {name: [one["micros"] for one in rounds] for name, rounds in details.items()}
    for route, words in ROUTES.items():
        figure.table(f"{words}, the server's processor", "µs a request", "less", "axum", cost[route], skipped)
    figure.note(limits(seen))
    figure.note("Memory after all of it, MB: " + ", ".join(f"{name} {server.memory():.0f}" for name, server in running.items()) + ".")
    for server in running.values():
        server.stop()
    return figure
