#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole road over a wire: datagrams into a DPDK port (a veth between two namespaces), through verify and pool into blocks that
JSON-RPC shows. Every transaction is answered 'accepted' once, and stands in a block afterwards."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "dataplane"))
from two_namespaces import AF_PACKET, CLIENT_NS, SERVER_IP, SERVER_NS, Namespaces, inside, missing  # noqa: E402

COMMAND = os.environ["SWITCHYARD_COMMAND"]
TRANSACTIONS = 5_000


def command(*arguments):
    return subprocess.run([COMMAND, *map(str, arguments)], check=True, capture_output=True, text=True, timeout=300).stdout


def ask(address, method, *params):
    request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    program = ("import http.client,sys; c=http.client.HTTPConnection(sys.argv[1],timeout=60); "
               "c.request('POST','/',sys.argv[2],{'Content-Type':'application/json'}); print(c.getresponse().read().decode())")
    answer = subprocess.run(inside(SERVER_NS, sys.executable, "-c", program, address, request), check=True, capture_output=True, text=True, timeout=120)
    return json.loads(answer.stdout)["result"]


def main():
    if why := missing():
        print("SKIPPED:", why)
        return 77
    with tempfile.TemporaryDirectory(prefix="switchyard-wire-") as folder, Namespaces():
        genesis, file, chain = (os.path.join(folder, name) for name in ("genesis.json", "transactions.hex", "chain"))
        command("workload", "generate", "payments", "--transactions", TRANSACTIONS, "--genesis", genesis, "--out", file)
        command("init", "--folder", chain, "--genesis", genesis, "--interval", 200)
        configuration = os.path.join(chain, "switchyard.toml")
        for key, value in (("http.address", "127.0.0.1:0"), ("websocket.enabled", "false"), ("admin.enabled", "false"),
                           ("ingress.address", SERVER_IP), ("ingress.device", AF_PACKET), ("pool.transactions_per_sender", 4096)):
            command("config", "set", configuration, key, value)
        process = subprocess.Popen(inside(SERVER_NS, COMMAND, "run", "--config", configuration, "--json"), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        try:
            line = process.stdout.readline()
            if not line:
                print(process.stderr.read())
                return 1
            address = json.loads(line)["ports"]["http"]
            sent = subprocess.run(inside(CLIENT_NS, COMMAND, "send", SERVER_IP, file, "--json"), check=True, capture_output=True, text=True, timeout=300)
            print(sent.stdout.strip())
            found, number = 0, 0
            while found < TRANSACTIONS:
                count = ask(address, "eth_getBlockTransactionCountByNumber", hex(number))
                if count is None:  # not there yet; CTest's time-out ends a block that never comes
                    continue
                found += int(count, 16)
                number += 1
            print(f"{found} transactions in {number - 1} blocks")
        finally:
            process.terminate()
            code = process.wait(timeout=60)
        if found != TRANSACTIONS or code != 0:
            print(f"{found} of {TRANSACTIONS} transactions stand in blocks; it ended with {code}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
