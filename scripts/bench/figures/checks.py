"""How long checks take: all pins against a running server, the same requests with one
`curl` each and with Hurl, and a class of a hundred running servers."""

import csv
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

from contestants import book, build_book
from figure import ROOT, Figure, interleaved, say
from server import Server

TITLE = "Checks: all pins, and a class of a hundred"


def checker():
    say("building the checker, in release")
    subprocess.run(["cargo", "build", "-q", "--release", "--package", "checker"], cwd=ROOT, check=True)
    return os.path.join(ROOT, "target", "release", "snapshots")


def plain():
    """The exchanges that curl and Hurl can play, too: requests of one browser, and no
    directive but what is a comment to them. Each with its requests and the pinned
    statuses."""
    found = {}
    for path in sorted(glob.glob(os.path.join(ROOT, "snapshots", "*", "*.http"))):
        with open(path) as file:
            script = file.read()
        with open(path[:-4] + "snap") as file:
            pin = file.read()
        statuses = re.findall(r"^< (\d{3}) ", pin, re.MULTILINE)
        # curl 7.88 keeps a cookie that is deleted before another one is set.
        turns = [re.findall(r"^< set-cookie: (.*)$", turn, re.MULTILINE) for turn in pin.split("\n### ")]
        if any(len({"; removed" in cookie for cookie in cookies}) > 1 for cookies in turns):
            continue
        directives = set(re.findall(r"^# @(\S+)", script, re.MULTILINE))
        if directives - {"follow"} or "{{" in script:
            continue
        steps = []
        for part in re.split(r"^###.*\n", script, flags=re.MULTILINE)[1:]:
            lines = [line for line in part.split("\n") if not line.startswith("#")]
            head, _, body = "\n".join(lines).strip("\n").partition("\n\n")
            request, *headers = head.split("\n")
            method, target = request.split(" ", 1)
            steps.append((method, re.sub(r"^http://[^/]*", "", target), headers, body.rstrip("\n")))
        if len(steps) == len(statuses) and not any("localhost" in part for part in script.split()):
            found[os.path.relpath(path, os.path.join(ROOT, "snapshots"))[:-5]] = list(zip(steps, statuses))
    return found


def curl(exchanges, port):
    """Seconds for each request of these with a `curl` of its own."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for name, steps in exchanges.items():
            jar = os.path.join(folder, name.replace("/", "-"))
            for (method, target, headers, body), status in steps:
                command = ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", "-b", jar, "-c", jar, "-X", method]
                if method == "HEAD":
                    command[-2:] = ["--head"]
                for header in headers:
                    command += ["-H", header]
                if body or method == "POST":
                    command += ["--data-raw", body]
                done = subprocess.run([*command, f"http://127.0.0.1:{port}{target}"], capture_output=True, text=True)
                if done.stdout != status:
                    raise SystemExit(f"{name}: {method} {target} answers curl with {done.stdout}, not {status}")
    return time.perf_counter() - start


def hurl(exchanges, port, folder):
    """Seconds for the same as files for Hurl."""
    files = []
    for name, steps in exchanges.items():
        files.append(os.path.join(folder, name.replace("/", "-") + ".hurl"))
        with open(files[-1], "w") as file:
            for (method, target, headers, body), status in steps:
                sent = f"```\n{body}\n```\n" if body else ""
                file.write("\n".join([f"{method} http://127.0.0.1:{port}{target}", *headers]) + f"\n{sent}HTTP {status}\n\n")
    start = time.perf_counter()
    subprocess.run(["hurl", "--test", "--jobs", "1", *files], check=True, capture_output=True)
    return time.perf_counter() - start


def measure(options):
    figure = Figure("checks", TITLE, options)
    build_book()
    snapshots = checker()
    server = book()
    exchanges = plain()
    count = sum(map(len, exchanges.values()))
    url = f"http://127.0.0.1:{server.port}"

    def check(*names):
        start = time.perf_counter()
        subprocess.run([snapshots, "check", url, *names, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    skipped = {}
    with tempfile.TemporaryDirectory() as folder:
        same = {"cargo snapshots check": lambda: check(*exchanges)}
        for name, run in {"curl, one a request": lambda: curl(exchanges, server.port),
                          "Hurl": lambda: hurl(exchanges, server.port, folder)}.items():
            program = name.split(",")[0].lower()
            if shutil.which(program):
                same[name] = run
            else:
                skipped[name] = f"`{program}` is not on the PATH."
        for run in (check, *same.values()):
            run()
        figure.table("All exchanges against one server", "s", "less", None,
                     interleaved({"cargo snapshots check": check}, options.rounds, "all exchanges"))
        figure.table(f"The {len(exchanges)} exchanges that curl can play, {count} requests", "s", "less",
                     "cargo snapshots check", interleaved(same, options.rounds, "curl's exchanges"), skipped)
        figure.note("The checker compares each answer with its pin; curl and Hurl look at its status alone.")
    server.stop()

    readers = 10 if options.quick else 100
    with tempfile.TemporaryDirectory() as folder:
        say(f"starting {readers} servers")
        right = [Server(snapshots, "gallery", "right", "--port", "{port}") for _ in range(readers)]
        roster = os.path.join(folder, "roster.csv")
        with open(roster, "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["name", "target"])
            rows.writerows([f"reader-{number:03}", f"http://127.0.0.1:{server.port}"] for number, server in enumerate(right))
        figure.table(f"A class of {readers} running servers, graded", "s", "less", None, interleaved(
            {"cargo snapshots grade": lambda: grade(snapshots, roster)[0]}, options.rounds, f"a class of {readers}"))
        for server in right:
            server.stop()
    return figure


def grade(snapshots, roster):
    """Seconds to grade a class of running servers, and the most memory in MB."""
    listed = [snapshots, "lesson", "list", "--parity", "gallery"]
    lessons = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        with open(os.path.join(out, "said"), "w+") as said:
            process = subprocess.Popen(
                [snapshots, "grade", roster, *lessons, "--out", os.path.join(out, "grades"), "--unsafe-no-sandbox"],
                stdout=said, stderr=said)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                said.seek(0)
                raise SystemExit(f"the class was not graded: {said.read()[-2000:]}")
        return time.perf_counter() - start, usage.ru_maxrss / 1024
