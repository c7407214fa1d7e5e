"""How long a refused login takes: it must not tell whether the name is somebody's."""

import http.client
import statistics
import time

from contestants import book, build_book
from figure import Figure, say

TITLE = "Logins: whether the time of a refused one tells"


def measure(options):
    figure = Figure("logins", TITLE, options)
    build_book()
    server = book()
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    pairs = 20 if options.quick else 100
    took = {"ada": [], "eve": []}
    medians = {"a known name": [], "an unknown name": []}

    def refused(name, number):
        start = time.perf_counter()
        client.request("POST", "/login", f"user={name}&password=wrong{number}&next=",
                       {"Content-Type": "application/x-www-form-urlencoded"})
        answer = client.getresponse()
        answer.read()
        if answer.status != 303 or not answer.getheader("location", "").startswith("/login"):
            raise SystemExit(f"a refused login answers {answer.status}")
        return (time.perf_counter() - start) * 1000

    refused("ada", "warm")
    for round in range(options.rounds):
        say(f"refused logins: round {round + 1} of {options.rounds}")
        for number in range(pairs):
            # Which one comes first changes from pair to pair.
            for name in sorted(took, reverse=number % 2 == 0):
                took[name].append(refused(name, f"{round}-{number}"))
        medians["a known name"].append(statistics.median(took["ada"][-pairs:]))
        medians["an unknown name"].append(statistics.median(took["eve"][-pairs:]))
    server.stop()
    figure.table("A refused login, the median of each round", "ms", "neither", "an unknown name", medians)
    # Half of a coin's throws fall one way: a time that told would be far from it.
    slower = sum(one > other for one, other in zip(took["ada"], took["eve"])) / len(took["ada"])
    figure.note(f"The known name was the slower one in {slower:.0%} of {len(took['ada'])} pairs.")
    return figure
