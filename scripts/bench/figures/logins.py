"""How long a refused login takes: it must not tell whether the name is somebody's."""

import http.client
import statistics
import time

from contestants import book, build_book
from figure import Figure, say

TITLE = "Logins: whether the time of a refused one tells"
NAMES = {"a known name": "ada", "an unknown name": "eve"}
# The ten guesses at a name that no server makes wait, less those that warm it.
FREE = 8


def refused(client, user, password):
    """Milliseconds of a login with a wrong password."""
    start = time.perf_counter()
    client.request("POST", "/login", f"user={user}&password={password}&next=",
                   {"Content-Type": "application/x-www-form-urlencoded"})
    answer = client.getresponse()
    answer.read()
    if answer.status != 303 or not answer.getheader("location", "").startswith("/login"):
        raise SystemExit(f"a refused login answers {answer.status}")
    return (time.perf_counter() - start) * 1000


def measure(options):
    figure = Figure("logins", TITLE, options)
    build_book()
    took = {name: [] for name in NAMES}
    medians = {name: [] for name in NAMES}
    servers = 1 if options.quick else 10
    for round in range(options.rounds):
        for number in range(servers):
            say(f"refused logins: round {round + 1} of {options.rounds}, server {number + 1} of {servers}")
            # After ten guesses a name waits, and the wait would be what is measured.
            server = book()
            client = http.client.HTTPConnection("127.0.0.1", server.port)
            for user in NAMES.values():
                refused(client, user, "warm")
            for pair in range(FREE):
                # Which one comes first changes from pair to pair.
                for name in sorted(took, reverse=pair % 2 == 0):
                    took[name].append(refused(client, NAMES[name], f"wrong{pair}"))
            server.stop()
        for name, all in took.items():
            medians[name].append(statistics.median(all[-servers * FREE:]))
    figure.table("A refused login, the median of each round", "ms", "neither", "an unknown name", medians)
    # Half of a coin's throws fall one way: a time that told would be far from it.
    known, unknown = took.values()
    slower = sum(one > other for one, other in zip(known, unknown)) / len(known)
    figure.note(f"The known name was the slower one in {slower:.0%} of {len(known)} pairs.")
    return figure
