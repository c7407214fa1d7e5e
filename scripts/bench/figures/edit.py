"""From a saved edit to its answer, in a copy of the project: of a handler, by the
server and by a test; and of a page. Rocket's hello world is edited the same way."""

import http.client
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

import clone
from clone import CLONE
from contestants import PEERS
from figure import OUT, Figure, interleaved, say
from load import cargo
from server import free_port

PROJECT = os.path.join(OUT, "watched")
TITLE = "Edit: from a saved edit to its answer"
HANDLER = os.path.join(CLONE, "server", "src", "lessons", "no_memory.rs")
PAGE = os.path.join(CLONE, "book", "pages", "no-memory.md")
HELLO = os.path.join(OUT, "hello")


def replace(path, old, new):
    with open(path) as file:
        text = file.read()
    if not re.search(old, text):
        raise SystemExit(f"{path} has nothing like {old} to edit any more")
    with open(path, "w") as file:
        file.write(re.sub(old, new, text, count=1))


def until(port, path, words, process=None):
    """Waits until the answer has these words in it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            client.request("GET", path)
            if words.encode() in client.getresponse().read():
                return
        except (OSError, http.client.HTTPException):
            if process and process.poll() is not None:
                break
        time.sleep(0.005)
    raise SystemExit(f"{path} never said {words}")


def built_and_asked(folder, build, program, path, words):
    """Seconds to build it, and from its start to the answer."""
    start = time.perf_counter()
    clone.cargo("build", "-q", "--offline", *build, folder=folder)
    built = time.perf_counter()
    port = free_port()
    environment = {**clone.environment(), "ROCKET_PORT": str(port), "ROCKET_LOG_LEVEL": "off"}
    process = subprocess.Popen([program], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(port, path, words, process)
        return built - start, time.perf_counter() - built
    finally:
        process.terminate()
        process.wait()


class Watch:
    """`cargo snapshots watch` on a project of a reader, in which everything passes."""

    def __init__(self):
        say("building the project that is watched")
        # What it builds is in the copy's target.
        shutil.rmtree(PROJECT, ignore_errors=True)
        clone.cargo("run", "-q", "--offline", "--package", "checker", "--", "new", PROJECT)
        shutil.copytree(os.path.join(CLONE, "server", "src", "lessons"), os.path.join(PROJECT, "src", "lessons"), dirs_exist_ok=True)
        command = ["cargo", "snapshots", "watch", PROJECT, "no-memory"]
        self.process = subprocess.Popen(command, cwd=CLONE, env=clone.environment(), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.until("exchanges pass")

    def until(self, words):
        patience = threading.Timer(600, self.process.kill)
        patience.start()
        try:
            for line in self.process.stdout:
                if words in line:
                    return
        finally:
            patience.cancel()
        raise SystemExit(f"watch has ended, or took too long, and never said {words}")

    def edited(self, number):
        """From a save that makes an answer wrong to the screen that says so."""
        name = f"stranger {number}"
        replace(os.path.join(PROJECT, "src", "lessons", "no_memory.rs"), r'unwrap_or\("stranger[^"]*"\)', f'unwrap_or("{name}")')
        start = time.perf_counter()
        self.until(f"{name}!")
        return time.perf_counter() - start

    def stop(self):
        self.process.terminate()
        self.process.wait()


def measure(options):
    figure = Figure("edit", TITLE, options)
    clone.build("server")
    say("building the copy's test of the exchanges")
    clone.cargo("test", "-q", "--test", "snapshots", "--no-run")
    shutil.copytree(os.path.join(PEERS, "rocket"), HELLO, dirs_exist_ok=True)
    say("building Rocket's hello world")
    clone.cargo("build", "-q", "--locked", folder=HELLO)
    numbers = iter(range(1_000_000))
    parts = {"the book": [], "Rocket's hello world": []}

    def ours():
        number = next(numbers)
        replace(HANDLER, r'unwrap_or\("stranger[^"]*"\)', f'unwrap_or("stranger {number}")')
        parts["the book"].append(built_and_asked(
            CLONE, ["--package", "server"], clone.built("server"), "/hello", f"Hello, stranger {number}!"))
        return sum(parts["the book"][-1])

    def hello():
        number = next(numbers)
        replace(os.path.join(HELLO, "src", "main.rs"), r'"Hello[^"]*"', f'"Hello {number}"')
        parts["Rocket's hello world"].append(built_and_asked(
            HELLO, [], os.path.join(HELLO, "target", "debug", "peer-rocket"), "/", f"Hello {number}"))
        return sum(parts["Rocket's hello world"][-1])

    def tested():
        # The answer stays, or the test would fail; a number in the code makes it new.
        replace(HANDLER, r'(let name = )(name\.unwrap_or)', rf'let _ = {next(numbers)};\n    \1\2')
        start = time.perf_counter()
        clone.cargo("test", "-q", "--offline", "--test", "snapshots", "no-memory/")
        return time.perf_counter() - start

    # That of another figure may have more pages, and a start reads them all.
    clone.forget_book()
    # Warm: the first edit builds what the later ones need.
    ours(), hello()
    for rounds in parts.values():
        rounds.clear()
    found = interleaved({"the book": ours, "Rocket's hello world": hello}, options.rounds, "a handler")
    figure.table("A handler, to its answer", "s", "less", "Rocket's hello world", found, goal="1.2 s")
    figure.table("Of that, the build", "s", "less", "Rocket's hello world",
                 {name: [built for built, _ in rounds] for name, rounds in parts.items()})
    figure.table("Of that, from the start to the answer", "s", "less", "Rocket's hello world",
                 {name: [started for _, started in rounds] for name, rounds in parts.items()})

    clone.refresh()
    tested()
    figure.table("A handler, to the test of its lesson's exchanges", "s", "less", None,
                 interleaved({"cargo test --test snapshots": tested}, options.rounds, "a test"))

    clone.refresh()
    watch = Watch()
    watch.edited(next(numbers))
    figure.table("A handler, to the screen of watch", "s", "less", None,
                 interleaved({"cargo snapshots watch": lambda: watch.edited(next(numbers))}, options.rounds, "watch"), goal="2 s")
    watch.stop()

    clone.refresh()
    clone.cargo("build", "-q", "--offline", "--package", "server")
    server = clone.serve()

    def page():
        words = f"Edited {next(numbers)} times."
        with open(PAGE, "a") as file:
            file.write(f"\n{words}\n")
        start = time.perf_counter()
        until(server.port, "/book/no-memory.html", words)
        return time.perf_counter() - start

    page()
    figure.table("A page, to a reload that shows it", "s", "less", None,
                 interleaved({"the book": page}, options.rounds, "a page"), goal="0.3 s")
    server.stop()

    clone.refresh()
    clone.cargo("build", "-q", "--offline", "--package", "server")
    cargo(os.path.join("peers", "mdbook"), os.path.join(OUT, "mdbook"))
    stock = os.path.join(OUT, "mdbook", "debug", "peer-mdbook")

    def whole():
        clone.forget_book()
        start = time.perf_counter()
        clone.serve().stop()
        return time.perf_counter() - start

    def plain():
        with tempfile.TemporaryDirectory() as into:
            start = time.perf_counter()
            subprocess.run([stock, os.path.join(CLONE, "book"), into], check=True, capture_output=True)
            took = time.perf_counter() - start
            if not os.path.exists(os.path.join(into, "no-memory.html")):
                raise SystemExit("mdBook has built no page")
            return took

    whole(), plain()
    figure.table("The whole book, built by a server that starts", "s", "less", "mdBook alone",
                 interleaved({"the book": whole, "mdBook alone": plain}, options.rounds, "the whole book"))
    figure.note("mdBook alone builds the same pages without their exchanges. All of this is in the debug profile, as a reader has it.")
    return figure
