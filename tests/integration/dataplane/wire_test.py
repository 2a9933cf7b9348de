#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces joined by veth: a server on a DPDK port in one, an ordinary UDP client in the other, and a relay between
them that loses, doubles and reorders. Every transaction must be answered once, with the verdict that its maker knows.

usage: wire_test.py [--transactions N] [--loss P ...] [--no-load]      needs root and ip(8); exit code 77 without them
The short form sends some 10^4 transactions for each loss rate; --transactions 10000000 is the long one.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import rlp  # noqa: E402
from two_namespaces import (AF_PACKET, CHAIN, CLIENT_IP, CLIENT_NS, COMMAND, Namespaces, SERVER_IP, SERVER_PORT, Server, inside,
                            missing, run)

RELAY = os.environ["SWITCHYARD_RELAY"]
CLIENT = os.environ["SWITCHYARD_CLIENT"]
RELAY_PORT = 30400


def without_signature(transaction):
    """r = 0, which no signature has."""
    prefix, body = (transaction[:1], transaction[1:]) if transaction[0] < 0x80 else (b"", transaction)
    items = rlp.encodings(body)
    items[-2] = b"\x80"
    return prefix + rlp.list_of(items)


def make_traffic(folder, count, generator):
    """Transactions with the verdict of each, known from how they were made."""
    def generate(chain, seed, amount):
        file = folder / f"{chain}-{seed}.hex"
        run(COMMAND, "workload", "generate", "payments", "--transactions", amount, "--users", 500, "--chain-id", chain, "--seed", seed,
            "--out", file)
        return [bytes.fromhex(line.strip().removeprefix("0x")) for line in file.read_text().splitlines()]
    good = generate(CHAIN, 1, count * 7 // 10)
    other = generate(CHAIN + 1, 2, count // 10)
    traffic = [(one, "accepted") for one in good] + [(one, "wrong_chain") for one in other]
    for i in range(count // 10):
        traffic.append((good[i][:-1 - i % 5], "malformed"))
        traffic.append((without_signature(good[-1 - i]), "invalid_signature"))
    generator.shuffle(traffic)
    file = folder / "traffic.hex"
    file.write_text("".join("0x" + one.hex() + "\n" for one, _ in traffic))
    return file, [verdict for _, verdict in traffic]


def exchange(folder, file, expected, repeat, loss, parity, seed, timeout):
    # One source for all: it is what this server is for.
    server = Server("--per-source", 0)
    relay = subprocess.Popen(inside(CLIENT_NS, RELAY, RELAY_PORT, SERVER_IP, SERVER_PORT, loss, loss, loss, seed),
                             stdout=subprocess.PIPE, text=True)
    verdicts = folder / "verdicts"
    begin = time.monotonic()
    try:
        client = subprocess.run(
            inside(CLIENT_NS, COMMAND, "send", f"127.0.0.1:{RELAY_PORT}", file, "--repeat", repeat, "--parity", parity, "--group", 16,
                   "--verdicts", verdicts, "--patience", 60, "--json"),
            capture_output=True, text=True, timeout=timeout, check=False)
    finally:
        relay.send_signal(signal.SIGTERM)
        relayed = relay.communicate(timeout=60)[0].strip()
        report = server.stop()
    # 1: not all were accepted, which is what the traffic is made for.
    assert client.returncode == 1, client.stderr
    sent = json.loads(client.stdout)
    total = len(expected) * repeat
    wrong = 0
    lines = 0
    with open(verdicts, encoding="ascii") as found:
        for lines, line in enumerate(found, 1):
            wrong += line.strip() != expected[(lines - 1) % len(expected)]
    assert lines == total and wrong == 0, f"{lines} of {total} answered, {wrong} wrong"
    assert sent["answered"] == total
    assert report["transactions"] == total, f"the server took {report['transactions']} of {total}"
    counts = collections.Counter(expected)
    assert report["verdicts"] == {name: count * repeat for name, count in counts.items()}, report["verdicts"]
    assert report["adds_up"]
    if loss:
        assert report["sequence_gaps"] > 0
        assert (report["transactions_rebuilt"] > 0) == (parity > 0)
    print(f"loss {loss:.0%}, parity {parity}: {total} transactions answered once each, all verdicts right, "
          f"{time.monotonic() - begin:.0f} s; sent again {sent['sent_again']}, rebuilt {report['transactions_rebuilt']}; "
          f"latency us {report['latency_us']}; relay {relayed}", flush=True)


FLOOD = """
import os, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect((sys.argv[1], int(sys.argv[2])))
garbage = [os.urandom(200) for _ in range(256)]
garbage += [b"SWYD\\x02\\x01\\x00\\x0b" + one for one in garbage]
sent = 0
end = time.monotonic() + float(sys.argv[3])
while time.monotonic() < end:
    for one in garbage:
        try:
            sent += s.send(one) > 0
        except OSError:
            pass
print(sent)
"""


def flood():
    """Garbage as fast as one process sends it, beside a client that keeps the rules."""
    server = Server()
    flooder = subprocess.Popen(inside(CLIENT_NS, sys.executable, "-c", FLOOD, SERVER_IP, SERVER_PORT, 6), stdout=subprocess.PIPE, text=True)
    try:
        client = subprocess.run(
            inside(CLIENT_NS, COMMAND, "send", SERVER_IP, "--generate", "payments", "--transactions", 8000, "--chain-id", CHAIN, "--rate",
                   2000, "--json"), capture_output=True, text=True, timeout=300, check=False)
    finally:
        sent = int(flooder.communicate(timeout=60)[0])
        report = server.stop()
    assert client.returncode == 0, client.stderr
    outcome = json.loads(client.stdout)
    refused = sum(report["errors"][name]["frames"] for name in ("bad_magic", "bad_length", "truncated") if name in report["errors"])
    assert outcome["answered"] == report["transactions"] == 8000
    assert report["adds_up"] and report["sessions_opened"] == 1
    # What the kernel's ring did not hold the server never saw.
    assert 0 < refused <= sent, f"{refused} refused of {sent}"
    print(f"flood: {sent} datagrams of garbage, {refused} refused; 8000 transactions beside them answered at "
          f"{outcome['transactions_per_second']:.0f} per second of 2000 offered, latency us {report['latency_us']}", flush=True)


def client_in_c(file, expected):
    """The example of the C header, on the same traffic."""
    server = Server("--per-source", 0)
    try:
        with open(file, encoding="ascii") as lines:
            client = subprocess.run(inside(CLIENT_NS, CLIENT, SERVER_IP, SERVER_PORT), stdin=lines, capture_output=True, text=True, timeout=300,
                                    check=False)
    finally:
        report = server.stop()
    assert client.returncode == 1, client.stderr
    assert client.stdout.split() == expected
    assert report["transactions"] == len(expected) and report["parity"]["frames"] > 0
    print(f"the client in C: {len(expected)} transactions, all verdicts right", flush=True)


def generate_load():
    """The other client: a port of DPDK on both sides, at a set rate."""
    server = Server()
    device = AF_PACKET.replace("sw-s", "sw-c")
    # The kernel must not answer for the address that the port has.
    run("ip", "-n", CLIENT_NS, "addr", "del", CLIENT_IP + "/24", "dev", "sw-c")
    try:
        client = subprocess.run(
            inside(CLIENT_NS, COMMAND, "generate-load", device, "--from", CLIENT_IP, "--to", SERVER_IP, "--transactions", 4000, "--chain-id",
                   CHAIN, "--rate", 4000, "--json"), capture_output=True, text=True, timeout=300, check=False)
    finally:
        report = server.stop()
        run("ip", "-n", CLIENT_NS, "addr", "add", CLIENT_IP + "/24", "dev", "sw-c")
    assert client.returncode == 0, client.stderr
    sent = json.loads(client.stdout)
    assert sent["answered"] == report["transactions"] == 4000
    assert sent["seconds"] > 0.9, "the rate was not held"
    print(f"generate-load: 4000 transactions at {sent['transactions_per_second']:.0f} per second", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transactions", type=int, default=20_000)
    parser.add_argument("--loss", type=float, nargs="*", default=[0.0, 0.01, 0.05, 0.20])
    parser.add_argument("--timeout", type=int, default=600)
    parser.add_argument("--no-load", action="store_true")
    options = parser.parse_args()
    if missing():
        print(missing())
        return 77
    try:
        namespaces = Namespaces().__enter__()
    except subprocess.CalledProcessError as error:
        print("no network namespaces here:", error.stderr.strip())
        return 77
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            distinct = min(options.transactions, 20_000)
            file, expected = make_traffic(folder, distinct, random.Random(20260707))
            repeat = max(1, options.transactions // len(expected))
            for seed, loss in enumerate(options.loss):
                exchange(folder, file, expected, repeat, loss, 0 if loss == 0 else 4, seed, options.timeout)
            if not options.no_load:
                client_in_c(file, expected)
                flood()
                generate_load()
    finally:
        namespaces.__exit__()
    return 0


if __name__ == "__main__":
    sys.exit(main())
