"""All figures on one HTML page: the median, the spread, every round. It needs
nothing beside itself."""

import html
import json
import math
import os
import statistics

from figure import OUT
from machine import line
from show import curve_rows, heading, number, saved, table_rows

WIDTH, ROW, LEFT, RIGHT = 760, 26, 170, 150
COLOURS = ["#1f5fa8", "#b3541e", "#2f7d4f", "#7a3f9d", "#9a7b00", "#a8324e"]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
svg { max-width: 100%; height: auto; font: 13px system-ui, sans-serif; }
svg text { fill: currentColor; }
details { margin-bottom: 1.5rem; }
table { border-collapse: collapse; font-size: 14px; }
td, th { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
td:first-child, th:first-child { text-align: left; }
:root { color-scheme: light dark; }
"""


def text(x, y, words, anchor="start", css=None):
    css = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{html.escape(words)}</text>'


def bar_parts(table):
    """A row for each contestant: a bar to the median, a line over the spread, a
    dot for each round."""
    series = table["series"]
    top = max((max(one["rounds"]) for one in series), default=0) or 1
    scale = (WIDTH - LEFT - RIGHT) / top
    parts = []
    for index, one in enumerate(series):
        middle = index * ROW + ROW / 2
        median, low, high = (f(one["rounds"]) for f in (statistics.median, min, max))
        colour = COLOURS[0] if one["name"].startswith("the book") else "#8a8f98"
        parts += [
            text(LEFT - 8, middle + 4, one["name"], "end"),
            f'<rect x="{LEFT}" y="{middle - 8}" width="{median * scale:.1f}" height="16" fill="{colour}" opacity=".45"/>',
            f'<line x1="{LEFT + low * scale:.1f}" x2="{LEFT + high * scale:.1f}" y1="{middle}" y2="{middle}" stroke="{colour}" stroke-width="2"/>',
        ]
        parts += [f'<circle cx="{LEFT + value * scale:.1f}" cy="{middle}" r="3" fill="{colour}"><title>{number(value)}</title></circle>'
                  for value in one["rounds"]]
        parts.append(text(LEFT + high * scale + 8, middle + 4, f"{number(median)} {table['unit']}"))
    return parts


def bars(table):
    return svg(len(table["series"]) * ROW, table["title"], bar_parts(table))


def svg(height, title, parts):
    return (f'<svg viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img" aria-label="{html.escape(title)}">'
            + "".join(parts) + "</svg>")


def lines(curve):
    """Size against cost, both on logarithmic scales: a straight line at 45° is
    linear, a level one is flat."""
    height, bottom, top = 280, 34, 14
    points = [(point["x"], value) for one in curve["series"] for point in one["points"] for value in point["rounds"]]
    points = [(x, y) for x, y in points if x > 0 and y > 0]
    if not points:
        return ""
    xs, ys = [math.log10(x) for x, _ in points], [math.log10(y) for _, y in points]
    # At least a decade, or noise looks like growth.
    x0, x1 = min(xs), max(max(xs), min(xs) + 1)
    y0, y1 = math.floor(min(ys)), max(math.ceil(max(ys)), math.floor(min(ys)) + 1)
    at_x = lambda x: 70 + (math.log10(x) - x0) / (x1 - x0) * (WIDTH - 70 - RIGHT - 60)
    at_y = lambda y: height - bottom - (math.log10(y) - y0) / (y1 - y0) * (height - bottom - top)
    parts = []
    for power in range(y0, y1 + 1):
        y = at_y(10**power)
        parts += [f'<line x1="70" x2="{WIDTH - RIGHT - 60}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity=".15"/>',
                  text(62, y + 4, number(10**power), "end")]
    for x in sorted({x for x, _ in points}):
        parts.append(text(at_x(x), height - 14, str(x), "middle"))
    parts.append(text(WIDTH - RIGHT - 50, height - 14, curve["x"]))
    for one, colour in zip(curve["series"], COLOURS * 3):
        drawn = [(point["x"], point["rounds"]) for point in one["points"] if point["x"] > 0 and min(point["rounds"]) > 0]
        path = " ".join(f"{at_x(x):.1f},{at_y(statistics.median(rounds)):.1f}" for x, rounds in drawn)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, rounds in drawn:
            parts.append(f'<line x1="{at_x(x):.1f}" x2="{at_x(x):.1f}" y1="{at_y(min(rounds)):.1f}" y2="{at_y(max(rounds)):.1f}" stroke="{colour}"/>')
            parts += [f'<circle cx="{at_x(x):.1f}" cy="{at_y(value):.1f}" r="3" fill="{colour}"><title>{number(value)}</title></circle>'
                      for value in rounds]
        if drawn:
            x, rounds = drawn[-1]
            parts.append(text(at_x(x) + 8, at_y(statistics.median(rounds)) + 4, f"{one['name']}, {curve['unit']}"))
    return svg(height, curve["title"], parts)


FRONT = os.path.join(os.path.dirname(__file__), "plot.svg")
# As an image it has no page to take its colours from.
FRONT_STYLE = ("<style>svg { font: 13px system-ui, sans-serif; color: #24292f; } text { fill: currentColor; } .title { font-weight: 600; }"
               " @media (prefers-color-scheme: dark) { svg { color: #d8dee4; } }</style>")


def front(routes=("GET /greet", "GET /note")):
    """Writes the picture on the README's front: what a core serves of two routes."""
    path = os.path.join(OUT, "server.json")
    if not os.path.exists(path):
        return
    with open(path) as file:
        data = json.load(file)
    tables = {table["title"]: table for table in data["tables"]}
    parts, top = [FRONT_STYLE], 0
    for route in routes:
        table = tables[route]
        parts += [text(0, top + 16, f"{route}, {table['unit']} of one core", css="title"),
                  f'<g transform="translate(0 {top + 26})">', *bar_parts(table), "</g>"]
        top += 26 + len(table["series"]) * ROW + 16
    words = f"A bar is the median of {data['rounds']} rounds, a dot a round. {data['date']}."
    parts += [text(0, top + 6, words), text(0, top + 24, f"{line(data['machine'])}.")]
    with open(FRONT, "w") as file:
        file.write(svg(top + 34, "Requests a second, beside other frameworks", parts).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n")


def grid(rows):
    head, *rest = rows
    cell = lambda tag, words: f"<{tag}>{html.escape(words)}</{tag}>"
    body = "".join("<tr>" + "".join(cell("td", words) for words in row) + "</tr>" for row in rest)
    return ("<details><summary>In numbers</summary><table><tr>"
            + "".join(cell("th", words) for words in head) + f"</tr>{body}</table></details>")


def page():
    """Writes the page, of all figures that have been taken."""
    parts = []
    for data in saved():
        quick = ", quick: too short for a figure" if data["quick"] else ""
        parts += [f"<h2>{html.escape(data['title'])}</h2>",
                  f"<p>{data['date']}, {data['rounds']} rounds, {data['took']:.0f} s{quick}. {html.escape(line(data['machine']))}.</p>"]
        for table in data["tables"]:
            parts += [f"<h3>{html.escape(heading(table))}</h3>", bars(table)]
            parts += [f"<p>Left out: {html.escape(one['name'])}. {html.escape(one['why'])}</p>" for one in table["skipped"]]
            parts.append(grid(table_rows(table)))
        for curve in data["curves"]:
            parts += [f"<h3>{html.escape(curve['title'])}</h3>", lines(curve), grid(curve_rows(curve))]
        parts += [f"<p>{html.escape(note)}</p>" for note in data["notes"]]
    path = os.path.join(OUT, "index.html")
    with open(path, "w") as file:
        file.write(f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Measured</title><style>{STYLE}</style>'
                   "<h1>Measured</h1><p>A bar is the median, a line the spread, a dot a round.</p>"
                   + "\n".join(parts) + "</html>\n")
    return path
