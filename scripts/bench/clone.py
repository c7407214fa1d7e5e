"""A copy of the project, whose sources may be edited and which has a target of its
own. It stays in target/bench, so that only its first build is a cold one."""

import os
import shutil
import subprocess

from figure import OUT, ROOT, say
from server import Server

CLONE = os.path.join(OUT, "clone")


def files():
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)
    return [name for name in listed.stdout.decode().split("\0") if name]


def refresh():
    """Makes the copy as the project is. A file that is the same keeps its time, so
    that cargo builds no more than it must."""
    wanted = set(files())
    for folder, folders, names in os.walk(CLONE):
        if folder == CLONE:
            folders[:] = [name for name in folders if name not in ("target", ".inboxes")]
        for name in names:
            path = os.path.join(folder, name)
            if os.path.relpath(path, CLONE) not in wanted:
                os.remove(path)
        for name in list(folders):
            path = os.path.join(folder, name)
            if not any(file.startswith(os.path.relpath(path, CLONE) + os.sep) for file in wanted):
                shutil.rmtree(path)
                folders.remove(name)
    for name in wanted:
        source, copy = os.path.join(ROOT, name), os.path.join(CLONE, name)
        if not os.path.exists(source):
            continue
        with open(source, "rb") as file:
            text = file.read()
        try:
            with open(copy, "rb") as file:
                same = file.read() == text
        except FileNotFoundError:
            same = False
        if not same:
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(source, copy)
            shutil.copymode(source, copy)


def environment():
    """The copy has a target of its own, whatever the caller has set."""
    return {name: value for name, value in os.environ.items() if name != "CARGO_TARGET_DIR"}


def cargo(*command, folder=CLONE):
    subprocess.run(["cargo", *command], cwd=folder, env=environment(), check=True, stdout=subprocess.DEVNULL)


def build(*packages):
    """The copy as the project is, built as a reader builds it."""
    say("building a copy of the project: the first time takes minutes")
    refresh()
    for package in packages:
        cargo("build", "-q", "--package", package)


def built(name):
    return os.path.join(CLONE, "target", "debug", name)


def serve(**environment):
    """The copy's own server, which serves the copy's own book."""
    return Server(built("server"), **environment)


def forget_book():
    """The copy's server builds its book when it is started next."""
    for left in ("book.stamp", "book"):
        path = os.path.join(CLONE, "target", left)
        shutil.rmtree(path) if os.path.isdir(path) else os.path.exists(path) and os.remove(path)
