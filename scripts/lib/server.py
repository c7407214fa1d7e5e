"""How every script in Python starts a server: as `server.sh` does for the others."""

import atexit
import http.client
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time


def free_port():
    """A port that nothing listens on. It is below those that the system gives to
    connections that go out, so nothing takes it by chance."""
    for port in random.sample(range(20000, 30000), 50):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    sys.exit("none of 50 ports is free")


class Server:
    """A server that answers, until `stop` or the script's end.

    The command finds its port in PORT, ROCKET_PORT and FLASK_RUN_PORT, or where an
    argument or a variable says {port}.
    """

    def __init__(self, *command, **environment):
        self.port = free_port()
        port = str(self.port)
        ports = {"PORT": port, "ROCKET_PORT": port, "FLASK_RUN_PORT": port}
        environment = {name: value.format(port=port) for name, value in environment.items()}
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [argument.format(port=port) for argument in command],
            env={**os.environ, **ports, **environment},
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
        )
        atexit.register(self.stop)
        end = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.seek(0)
                said = self.log.read().decode(errors="replace")
                sys.exit(f"{said}the server {command[0]} did not start")
            time.sleep(0.05)

    def answers(self):
        try:
            client = http.client.HTTPConnection("127.0.0.1", self.port)
            client.request("GET", "/")
            client.getresponse().read()
            return True
        except (OSError, http.client.HTTPException):
            return False

    def memory(self, which="VmRSS"):
        """Resident memory in MB: now, or at the most with VmHWM."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{which}:\s+(\d+)", status.read()).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()
