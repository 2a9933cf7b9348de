# SPDX-License-Identifier: Apache-2.0
"""The appliance as a process, and a plain JSON-RPC client, for the tests of this folder."""
import http.client
import json
import os
import signal
import subprocess
import time

COMMAND = os.environ["SWITCHYARD_COMMAND"]


class Client:
    """JSON-RPC over one HTTP connection."""

    def __init__(self, address, timeout=60):
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=timeout)

    def post(self, body):
        self.connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(self.connection.getresponse().read())

    def call(self, method, *params):
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def batch(self, method, calls):
        """The answers in the order of `calls`, each a dict with `result` or `error`."""
        answers = self.post([{"jsonrpc": "2.0", "id": i, "method": method, "params": params} for i, params in enumerate(calls)])
        return sorted(answers, key=lambda answer: answer["id"])

    def close(self):
        self.connection.close()


class Appliance:
    """`switchyard run` with these arguments; serves when the constructor returns."""

    def __init__(self, *arguments, log=None):
        self.log = open(log, "ab") if log else subprocess.DEVNULL
        self.process = subprocess.Popen([COMMAND, "run", *arguments, "--json"], stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait(timeout=60)
            raise RuntimeError(f"it ended with {self.process.returncode} before it served")
        self.banner = json.loads(line)
        self.ports = self.banner["ports"]

    def client(self, name="http"):
        return Client(self.ports[name])

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=60)
        self._close()

    def stop(self, number=signal.SIGTERM):
        """The exit code, and the seconds that it took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=120)
        self._close()
        return code, time.monotonic() - begin

    def _close(self):
        self.process.stdout.close()
        if self.log is not subprocess.DEVNULL:
            self.log.close()


def wait_until(condition, seconds=120):
    """Polls; generous, since a machine may be slow."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise TimeoutError("it did not come")
