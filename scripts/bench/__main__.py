"""Measures what this project's readers wait for, each figure as ratios that are taken
in one run on one machine.

    python3 scripts/bench all
    python3 scripts/bench server --rounds 2 --quick
    python3 scripts/bench table

Each figure prints its table, and leaves every round in target/bench/FIGURE.json and
on the page target/bench/index.html. It builds what it compares. Nothing else should
run meanwhile.
"""

import argparse
import importlib
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# This folder, and how every script in Python starts a server.
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import machine  # noqa: E402
import plot  # noqa: E402
import show  # noqa: E402
from figure import Skip  # noqa: E402

FIGURES = {
    "server": "requests a second of one core, beside other frameworks",
    "wire": "what the wire costs, and how soon a turn is on the page",
    "checks": "all pins against a server, and a class of a hundred servers",
    "logins": "whether the time of a refused login tells anything",
    "page": "bytes, requests and time of a page in a browser",
    "growth": "cost against size, as curves",
    "edit": "from a saved edit to its answer",
    "cold": "from an empty target to the first page",
}


def arguments():
    parser = argparse.ArgumentParser(prog="python3 scripts/bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    said = "\n".join(f"  {name:8} {what}" for name, what in FIGURES.items())
    parser.epilog = f"figures:\n{said}\n  all      all of them\n  table    write what has been measured into the README"
    parser.add_argument("figure", choices=[*FIGURES, "all", "table"], metavar="FIGURE")
    parser.add_argument("--rounds", type=int, default=5, help="how many; 5, and fewer are no figure")
    parser.add_argument("--quick", action="store_true", help="less work a round: shows that it runs, and is no figure; with `table`, write such ones, too")
    return parser.parse_args()


def take(name, options):
    """Takes one figure. True when it was taken."""
    here = machine.describe()
    try:
        figure = importlib.import_module(f"figures.{name}").measure(options)
    except (Exception, SystemExit) as error:
        print(f"\nNOT MEASURED: {name}. {error}", file=sys.stderr)
        if not isinstance(error, (Skip, SystemExit)):
            sys.excepthook(*sys.exc_info())
        return False
    print(file=sys.stderr)
    show.terminal(figure.save(here))
    return True


def apart(name, more):
    """Takes one figure in a process of its own, which is given the time to stop its servers
    when this ends. Its exit code."""
    process = subprocess.Popen([sys.executable, HERE, name, *more])
    try:
        return process.wait()
    except KeyboardInterrupt:
        # The signal has reached it, too.
        process.wait()
        raise
    except SystemExit:
        process.terminate()
        process.wait()
        raise


def main():
    options = arguments()
    # So that servers are stopped when this is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if options.figure == "table":
        show.tables(options.quick)
        plot.front()
        return 0
    if options.rounds < 1:
        sys.exit("--rounds: 1 at the least")
    start = time.monotonic()
    if options.figure == "all":
        # A process for each: what one leaves behind is in no other's way.
        more = ["--rounds", str(options.rounds)] + ["--quick"] * options.quick
        missing = [name for name in FIGURES if apart(name, more)]
    else:
        missing = [] if take(options.figure, options) else [options.figure]
    print(f"\n{plot.page()}\n{time.monotonic() - start:.0f} s", flush=True)
    if missing:
        print(f"NOT MEASURED: {', '.join(missing)}", file=sys.stderr)
    return len(missing)


sys.exit(main())
