"""What serves the five routes: the book's server, and its peers. Each is built here
and started on a free port; one that can't be is left out, with the reason."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile

from figure import OUT, ROOT, Skip, say
from load import HERE, cargo, start

BOOK = os.path.join(ROOT, "target", "release", "server")
HOSTED = os.path.join(OUT, "hosted", "release", "server")
PEERS = os.path.join(HERE, "peers")
KEY = "b" * 64


def build_book(*more):
    say("building the book's server, in release")
    subprocess.run(["cargo", "build", "-q", "--release", "--package", "server", *more], cwd=ROOT, check=True)


def build_hosted():
    build_book("--features", "mimalloc", "--target-dir", os.path.join(OUT, "hosted"))


def book(program=BOOK, **settings):
    """The book as one reader has it, alone with their machine."""
    inboxes = tempfile.mkdtemp(prefix="bench-")
    atexit.register(shutil.rmtree, inboxes, ignore_errors=True)
    return start(program, **{"SECRET_KEY": KEY, "ROCKET_INBOXES": inboxes, **settings})


SECRET = "whsec_YSBzZWNyZXQgZm9yIGEgYmVuY2htYXJr"


def book_for_a_class(**settings):
    """The book as it is hosted, with the allocator for it: a class, whose turns are taken
    down while they have a page open."""
    secrets = " ".join(f"{sender}={SECRET}" for sender in ("github", "stripe", "standard"))
    return book(HOSTED, ROCKET_CLASSROOM="true", ROCKET_HOSTS="127.0.0.1:{port}", WEBHOOK_SECRETS=secrets, **settings)


def rust(name):
    def build():
        cargo(os.path.join("peers", name), os.path.join(OUT, "peers"), "--release")
        program = os.path.join(OUT, "peers", "release", f"peer-{name}")
        return lambda: start(program, SECRET_KEY=KEY, TEMPLATES=os.path.join(PEERS, "templates"))

    return build


def environment():
    """Python's packages for the Flask app, in an environment of their own."""
    folder = os.path.join(OUT, "venv")
    wanted = os.path.join(PEERS, "flask", "requirements.txt")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
    subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check",
                    "--require-hashes", "-r", wanted], check=True, capture_output=True)
    return os.path.join(folder, "bin")


def gunicorn():
    bin = environment()
    flask = os.path.join(ROOT, "scripts", "flask")
    # One worker, since there is one core; threads, so that connections stay open.
    return lambda: start(
        os.path.join(bin, "gunicorn"), "--chdir", flask, "--bind", "127.0.0.1:{port}", "--workers", "1",
        "--worker-class", "gthread", "--threads", "4", "--keep-alive", "60", "app:app", SECRET_KEY=KEY)


def granian():
    bin = environment()
    flask = os.path.join(ROOT, "scripts", "flask")
    return lambda: start(
        os.path.join(bin, "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", "{port}",
        "--workers", "1", "--blocking-threads", "4", "--working-dir", flask, "--no-log", "app:app", SECRET_KEY=KEY)


def express():
    if not shutil.which("npm"):
        raise Skip("npm is not on the PATH.")
    folder = os.path.join(OUT, "express")
    shutil.copytree(os.path.join(PEERS, "express"), folder, dirs_exist_ok=True)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
                   cwd=folder, check=True, capture_output=True)
    server = os.path.join(folder, "server.mjs")
    return lambda: start("node", server, SECRET_KEY=KEY, NODE_ENV="production")


def of_the_book(build, launch):
    def built():
        build()
        return launch

    return built


# The name, how it is built, and how many requests make a round: so many that each
# takes about as long.
ALL = {
    "the book, alone": (of_the_book(build_book, book), 40_000),
    "the book, a class": (of_the_book(build_hosted, book_for_a_class), 40_000),
    "hyper": (rust("hyper"), 80_000),
    "axum": (rust("axum"), 60_000),
    "actix": (rust("actix"), 60_000),
    "flask, gunicorn": (gunicorn, 2_000),
    "flask, granian": (granian, 2_000),
    "express": (express, 10_000),
}


def built():
    """How each is started, and why some are left out."""
    launch, skipped = {}, {}
    for name, (build, _) in ALL.items():
        say(f"building {name}")
        try:
            launch[name] = build()
        except Skip as why:
            skipped[name] = str(why)
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", None) or b""
            said = said.decode(errors="replace") if isinstance(said, bytes) else said
            last = (said.strip().split("\n") or [""])[-1]
            skipped[name] = f"It can't be built here: {last or error}"
        if name in skipped:
            print(f"\nLEFT OUT: {name}. {skipped[name]}", file=sys.stderr)
    if not any(name.startswith("the book") for name in launch):
        sys.exit("the book's own server can't be built")
    return launch, skipped
