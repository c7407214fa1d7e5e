"""What a figure is: tables and curves in which every round is kept, and how the
rounds are taken."""

import datetime
import json
import math
import os
import statistics
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
OUT = os.path.join(ROOT, "target", "bench")


class Skip(Exception):
    """Why something can't be measured here. It is said, never silent."""


def say(text):
    """Progress: one line that changes, in a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


class Figure:
    """One subcommand's result, which becomes a JSON file."""

    def __init__(self, name, title, options):
        self.options = options
        self.start = time.monotonic()
        self.data = {
            "figure": name,
            "title": title,
            "rounds": options.rounds,
            "quick": options.quick,
            "tables": [],
            "curves": [],
            "notes": [],
        }

    def note(self, text):
        self.data["notes"].append(text)

    def table(self, title, unit, better, base, found, skipped=None, goal=None):
        """`found` has each contestant's rounds. Round by round each is compared
        with `base`, so a change of the machine is in both."""
        self.data["tables"].append({
            "title": title, "unit": unit, "better": better, "base": base, "goal": goal,
            "series": [{"name": name, "rounds": rounds} for name, rounds in found.items()],
            "skipped": [{"name": name, "why": why} for name, why in (skipped or {}).items()],
        })

    def curve(self, title, x, unit, found):
        """`found` has, for each series, each size's rounds."""
        self.data["curves"].append({
            "title": title, "x": x, "unit": unit,
            "series": [
                {"name": name, "points": [{"x": size, "rounds": rounds} for size, rounds in points.items()]}
                for name, points in found.items()
            ],
        })

    def save(self, machine):
        self.data["machine"] = machine
        self.data["date"] = datetime.date.today().isoformat()
        self.data["took"] = round(time.monotonic() - self.start, 1)
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, f"{self.data['figure']}.json"), "w") as file:
            json.dump(self.data, file, indent=1)
            file.write("\n")
        return self.data


def interleaved(contestants, rounds, what):
    """Each contestant's rounds. They take turns, and each round starts with
    another one. `contestants` has a function for each, which measures it once."""
    names = list(contestants)
    found = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            say(f"{what}: round {number + 1} of {rounds}, {name}")
            found[name].append(contestants[name]())
    return found


def ratios(rounds, base):
    """Paired: this round's to the same round's."""
    return [one / other for one, other in zip(rounds, base) if other]


def exponent(points):
    """How cost grows with size: 0 is flat, 1 linear, 2 quadratic. It is the slope
    of the last three sizes on logarithmic scales, where what is paid at any size
    weighs least."""
    pairs = [(point["x"], statistics.median(point["rounds"])) for point in points]
    pairs = [(x, y) for x, y in pairs if x > 0 and y > 0]
    pairs = pairs[-3:]
    if len(pairs) < 2:
        return None
    xs, ys = [math.log(x) for x, _ in pairs], [math.log(y) for _, y in pairs]
    return statistics.linear_regression(xs, ys).slope
