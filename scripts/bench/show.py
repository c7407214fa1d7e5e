"""A figure as text: on the terminal, and in the README of this folder."""

import glob
import json
import os
import statistics
import sys

from figure import OUT, exponent, ratios
from machine import line

README = os.path.join(os.path.dirname(__file__), "README.md")
BEGIN = "<!-- The tables of the day: `python3 scripts/bench table` writes what follows. -->"
END = "<!-- The end of the tables of the day. -->"

# In the order in which `all` takes them.
ORDER = ["server", "wire", "checks", "logins", "page", "growth", "edit", "cold"]


def number(value):
    """Three digits that mean something, and no more."""
    size = abs(value)
    if value == int(value):
        return f"{value:,.0f}"
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def span(values):
    return f"{number(min(values))} to {number(max(values))}"


def table_rows(table):
    base = next((s["rounds"] for s in table["series"] if s["name"] == table["base"]), None)
    rows = [["", table["unit"], "every round within"]]
    if base:
        rows[0] += [f"ratio to {table['base']}", "within"]
    for series in table["series"]:
        row = [series["name"], number(statistics.median(series["rounds"])), span(series["rounds"])]
        if base:
            paired = ratios(series["rounds"], base)
            row += [f"{statistics.median(paired):.2f}", f"{min(paired):.2f} to {max(paired):.2f}"]
        rows.append(row)
    for skipped in table["skipped"]:
        rows.append([skipped["name"], "LEFT OUT", skipped["why"]] + ([""] * 2 if base else []))
    return rows


def curve_rows(curve):
    sizes = sorted({point["x"] for series in curve["series"] for point in series["points"]})
    rows = [[curve["x"]] + [str(size) for size in sizes] + ["grows as"]]
    for series in curve["series"]:
        at = {point["x"]: point["rounds"] for point in series["points"]}
        slope = exponent(series["points"])
        rows.append(
            [f"{series['name']}, {curve['unit']}"]
            + [number(statistics.median(at[size])) if size in at else "" for size in sizes]
            + ["" if slope is None else f"n^{max(slope, 0):.2f}"]
        )
    return rows


def aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if not index else cell.rjust(width)
                 for index, (cell, width) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def markdown(rows):
    head, *rest = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    yield "| " + " | ".join(head) + " |"
    yield "|---|" + "---:|" * (len(head) - 1)
    for row in rest:
        yield "| " + " | ".join(row) + " |"


def heading(table):
    text = f"{table['title']} ({table['better']} is better)"
    return text + (f"; goal: {table['goal']}" if table["goal"] else "")


def terminal(data):
    print(f"\n{data['title']}: {data['rounds']} rounds, {data['took']:.0f} s"
          + (", quick: too short for a figure" if data["quick"] else ""))
    for table in data["tables"]:
        print(f"\n  {heading(table)}")
        for text in aligned(table_rows(table)):
            print(f"    {text}")
    for curve in data["curves"]:
        print(f"\n  {curve['title']}")
        for text in aligned(curve_rows(curve)):
            print(f"    {text}")
    for note in data["notes"]:
        print(f"\n  {note}")
    print(f"\n  {line(data['machine'])}")


def saved():
    """The figures that have been taken, in their order."""
    found = []
    for path in glob.glob(os.path.join(OUT, "*.json")):
        with open(path) as file:
            found.append(json.load(file))
    return sorted(found, key=lambda data: ORDER.index(data["figure"]))


def tables(all):
    """Writes the figures that have been taken between the README's markers; those
    that are too short for it only when asked for `all`."""
    lines = []
    for data in saved():
        if not all and (data["quick"] or data["rounds"] < 5):
            print(f"LEFT OUT: {data['figure']}. It was taken in {data['rounds']} rounds"
                  + (" with --quick." if data["quick"] else "."), file=sys.stderr)
            continue
        quick = ", quick: too short for a figure" if data["quick"] else ""
        lines += ["", f"### {data['title']}", "",
                  f"{data['date']}, {data['rounds']} rounds, {data['took']:.0f} s{quick}. {line(data['machine'])}."]
        for table in data["tables"]:
            lines += ["", f"**{heading(table)}**", "", *markdown(table_rows(table))]
        for curve in data["curves"]:
            lines += ["", f"**{curve['title']}**", "", *markdown(curve_rows(curve))]
        for note in data["notes"]:
            lines += ["", note]
    with open(README) as file:
        before, rest = file.read().split(BEGIN)
    after = rest.split(END)[1]
    with open(README, "w") as file:
        file.write(before + BEGIN + "\n" + "\n".join([*lines, "", END]) + after)
    print(README)
