# SPDX-License-Identifier: Apache-2.0
"""The appliance as a process, and another client's node with the same accounts, each for as long as a `with` lasts."""
import contextlib
import http.client
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import tempfile
import time

START_SECONDS = 60
STOP_SECONDS = 60


class Server:
    """A process that answers JSON-RPC at `host`:`port`."""

    def __init__(self, process, port):
        self.process = process
        self.host, self.port = "127.0.0.1", port
        self.url = f"http://{self.host}:{port}"

    def post(self, body, timeout=60):
        """Status and bytes of one POST."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request("POST", "/", body if isinstance(body, bytes) else json.dumps(body).encode(), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def answer(self, method, *params):
        return json.loads(self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})[1])

    def result(self, method, *params):
        answer = self.answer(method, *params)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def memory_kib(self, field="VmRSS"):
        """Resident memory; VmHWM is the most that it has been."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise AssertionError(f"no {field}: the process has ended with {self.process.poll()}")

    def descriptors(self):
        """How many files and sockets it has open."""
        return len(list(pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def await_descriptors(self, most):
        """Until it has at most so many: connections that were left open by nobody must end."""
        end = time.monotonic() + STOP_SECONDS
        while self.descriptors() > most:
            if time.monotonic() > end:
                raise AssertionError(f"{self.descriptors()} files and sockets are open, {most} were")
            time.sleep(0.1)


def _first_line(process, seconds):
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    line = process.stdout.readline() if ready else ""
    if not line:
        raise AssertionError(f"the appliance said nothing within {seconds} s; exit code {process.poll()}")
    return line


@contextlib.contextmanager
def appliance(*options, log=None):
    """`switchyard run --dev` on a free port. Afterwards it must end in order when it is asked to. What it logs goes to `log`."""
    with contextlib.ExitStack() as stack:
        errors = log or stack.enter_context(tempfile.TemporaryFile("w+"))
        command = [os.environ["SWITCHYARD_COMMAND"], "run", "--dev", "--listen", "127.0.0.1:0", "--json", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            ports = json.loads(_first_line(process, START_SECONDS))["ports"]
            yield Server(process, int(ports["http"].rsplit(":", 1)[1]))
            if process.poll() is not None:
                raise AssertionError(f"the appliance ended by itself with {process.returncode}")
            process.send_signal(signal.SIGTERM)
            status = process.wait(STOP_SECONDS)
            if status != 0:
                raise AssertionError(f"the appliance ended with {status} when it was asked to end")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
            errors.seek(0)
            said = errors.read()
            if said and log is None:
                print("the appliance logged:\n" + said[-4000:])


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _until_it_answers(server):
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return server.result("eth_chainId")
        except (OSError, http.client.HTTPException):
            if time.monotonic() > end or server.process.poll() is not None:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def other_node(command, folder=None, environment=None):
    """A node not written here: `command` in `folder`, with PORT where its port belongs."""
    port = _free_port()
    process = subprocess.Popen([str(part).replace("PORT", str(port)) for part in command], cwd=folder, env=environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Server(process, port)
        _until_it_answers(server)
        yield server
    finally:
        process.kill()
        process.wait()
