"""Load on a server: the request, the answer that it must get, and the small
generator that sends the one and looks at the other."""

import contextlib
import json
import os
import subprocess
import sys

from figure import OUT
from server import Server

CONNECTIONS = 32
HERE = os.path.dirname(os.path.abspath(__file__))


def cargo(folder, target, *more):
    """Builds a project of this folder, outside the book's own workspace."""
    build = ["cargo", "build", "-q", "--locked", *more]
    environment = {**os.environ, "CARGO_TARGET_DIR": target}
    subprocess.run(build, cwd=os.path.join(HERE, folder), env=environment, check=True)


def cores():
    """A core for the server and one for what loads it, or no such choice."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    mine = sorted(os.sched_getaffinity(0))
    return ({mine[0]}, {mine[1]}) if len(mine) > 1 else None


@contextlib.contextmanager
def on(which):
    """What is started in here stays on one core: 0 the server's, 1 the generator's."""
    both = cores()
    if both is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, both[which])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def start(*command, **environment):
    """A server on its one core."""
    with on(0):
        return Server(*command, **environment)


def family(pid):
    """A process and all that it has started."""
    found = [pid]
    for process in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children") as children:
                    found += [int(child) for child in children.read().split()]
    return found


def at_work(pid):
    """How many seconds a process and its children have been on a processor."""
    nanos = 0
    for process in family(pid):
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/schedstat") as stat:
                    nanos += int(stat.read().split()[0])
    return nanos / 1e9


class Call:
    """One request, and what its answer must have."""

    def __init__(self, method, path, status, head=(), body=(), cookie=None):
        self.method, self.path, self.status, self.cookie = method, path, status, cookie
        self.wanted = [f"head:{text}" for text in head] + [f"body:{text}" for text in body]

    def bytes(self, port):
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        if self.method == "POST":
            lines.append("Content-Length: 0")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def limits(details):
    """Which of the two was the limit: what a reader of the rates must know. `details`
    has what `send` gave, by contestant."""
    busy = {name: max(one["busy"] for one in rounds) for name, rounds in details.items()}
    worked = {name: min(one["worked"] for one in rounds) for name, rounds in details.items()}
    highest, lowest = max(busy, key=busy.get), min(worked, key=worked.get)
    text = (f"The generator was at work {busy[highest]:.0%} of the time at the most ({highest}), and a server"
            f" {worked[lowest]:.0%} at the least ({lowest}).")
    if busy[highest] > 0.9:
        text += " There the generator was the limit: go by the microseconds, which are the server's own."
    if worked[lowest] < 0.8:
        text += " A server that had less than 80 % waited for something else on this machine: go by the microseconds."
    return text


def generator():
    """Builds it, and says where it is."""
    target = os.path.join(OUT, "generator")
    cargo("generator", target, "--release")
    return os.path.join(target, "release", "generator")


def send(program, server, call, count):
    """Sends `count` of one request. Gives the requests a second by the clock and
    of the server's processor, the share of the time in which the generator and the
    server were at work, and the latencies."""
    before = at_work(server.process.pid)
    with on(1):
        done = subprocess.run(
            [program, str(server.port), str(CONNECTIONS), str(count), str(call.status), *call.wanted],
            input=call.bytes(server.port), capture_output=True,
        )
    if done.returncode:
        said = done.stderr.decode(errors="replace").replace("\\n", "\n").replace("\\r", "")
        sys.exit(f"\n{call.method} {call.path} of {server.process.args[0]}: {said}")
    found = json.loads(done.stdout)
    worked = at_work(server.process.pid) - before
    return {
        "rate": count / found["seconds"],
        "micros": worked / count * 1e6,
        **found,
        "busy": found["busy"] / found["seconds"],
        "worked": worked / found["seconds"],
    }
