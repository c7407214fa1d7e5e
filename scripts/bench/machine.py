"""The machine that a figure was taken on."""

import os
import platform
import re
import subprocess


def first(pattern, path):
    try:
        with open(path) as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
        return found.group(1).strip() if found else None
    except OSError:
        return None


def version(*command):
    """What a program says of its version, or None where it is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (done.stdout or done.stderr).strip().split("\n")[0] or None


def describe():
    memory = first(r"^MemTotal:\s+(\d+)", "/proc/meminfo")
    return {
        "cpu": first(r"^model name\s*:\s*(.*)$", "/proc/cpuinfo") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory": f"{int(memory) / 2**20:.0f} GiB" if memory else "unknown",
        "kernel": f"{platform.system()} {platform.release()}",
        "rustc": version("rustc", "--version"),
        "python": platform.python_version(),
        # What else ran when it began, in processes that want a core.
        "load": round(os.getloadavg()[0], 1),
    }


def line(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['memory']}, {machine['kernel']},"
            f" {machine['rustc']}, load before it {machine['load']}")
