"""From an empty target to the first page, against a cold Rocket hello world:
`scripts/cold-start` builds both, and says how long each took."""

import os
import re
import subprocess

from figure import ROOT, Figure, say

TITLE = "Cold: from an empty target to the first page"


def measure(options):
    figure = Figure("cold", TITLE, options)
    clock = {"Rocket's hello world": [], "the book": []}
    processors = {name: [] for name in clock}
    say("two cold builds a round")
    process = subprocess.Popen([os.path.join(ROOT, "scripts", "cold-start"), str(options.rounds)],
                               stdout=subprocess.PIPE, text=True)
    pattern = r"hello world ([\d.]+) s, the book ([\d.]+) s.*processors ([\d.]+) s and ([\d.]+) s"
    for line in process.stdout:
        say(line.strip())
        found = re.search(pattern, line)
        if found:
            hello, ours, hello_worked, our_work = map(float, found.groups())
            clock["Rocket's hello world"].append(hello)
            clock["the book"].append(ours)
            processors["Rocket's hello world"].append(hello_worked)
            processors["the book"].append(our_work)
    if process.wait() or len(clock["the book"]) != options.rounds:
        raise SystemExit("scripts/cold-start has failed")
    figure.table("By the clock", "s", "less", "Rocket's hello world", clock, goal="1.35")
    figure.table("Of the processors", "s", "less", "Rocket's hello world", processors, goal="1.35")
    return figure
