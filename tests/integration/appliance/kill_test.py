#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole appliance is killed (SIGKILL) in the middle of traffic, again and again, and opened again: what was acknowledged is there.

Clients send raw transactions in batches, ask for receipts and for the head, and write down every answer. After each
restart: every transaction whose hash was answered is in the pool or in a block, every receipt and every head that was
told is as it was told.

usage: kill_test.py [--rounds N] [--seed N] [--transactions N]
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from appliance import COMMAND, Appliance, Client

BATCH = 100
CLIENTS = 3
#: What a transaction is answered that was taken before the kill without its client hearing of it.
KNOWN = ("already known", "nonce too low")


class Record:
    """What the appliance told anybody."""

    def __init__(self):
        self.lock = threading.Lock()
        self.accepted = set()
        self.receipts = {}
        self.heads = {}
        self.refused = {}

    def head(self):
        return max(self.heads, default=0)


def send(address, chunks, record, stop):
    """One client: takes chunks off the end of `chunks` until there are none, or the appliance is gone."""
    try:
        client = Client(address)
        while not stop.is_set():
            with record.lock:
                if not chunks:
                    break
                chunk = chunks.pop()
            try:
                answers = client.batch("eth_sendRawTransaction", [[raw] for raw in chunk])
            except Exception:
                with record.lock:
                    chunks.append(chunk)
                raise
            with record.lock:
                for answer in answers:
                    if "result" in answer:
                        record.accepted.add(answer["result"])
                    elif not answer["error"]["message"].startswith(KNOWN):
                        record.refused[answer["error"]["message"]] = record.refused.get(answer["error"]["message"], 0) + 1
    except (OSError, ValueError, http_error()):
        pass  # it was killed


def http_error():
    import http.client

    return http.client.HTTPException


def watch(address, record, stop, seed):
    """Asks for the head and for receipts, and writes down what it hears."""
    chance = random.Random(seed)
    try:
        client = Client(address)
        while not stop.is_set():
            block = client.call("eth_getBlockByNumber", "latest", False)
            with record.lock:
                record.heads[int(block["number"], 16)] = block["hash"]
                wanted = chance.sample(block["transactions"], min(20, len(block["transactions"])))
            for answer in client.batch("eth_getTransactionReceipt", [[each] for each in wanted]) if wanted else []:
                with record.lock:
                    record.receipts[answer["result"]["transactionHash"]] = answer["result"]
    except (OSError, ValueError, RuntimeError, TypeError, http_error()):
        pass  # it was killed


def in_batches(client, method, items):
    items = list(items)
    for begin in range(0, len(items), 500):
        part = items[begin:begin + 500]
        for item, answer in zip(part, client.batch(method, [[each] for each in part])):
            yield item, answer


def check(client, record):
    """Everything that was told still holds; returns what does not."""
    faults = []
    head = int(client.call("eth_blockNumber"), 16)
    if head < record.head():
        faults.append(f"head {head}, and {record.head()} was told")
    for number, told in record.heads.items():
        block = client.call("eth_getBlockByNumber", hex(number), False)
        if block is None or block["hash"] != told:
            faults.append(f"block {number} is {block and block['hash']}, and {told} was told")
    lost = [item for item, answer in in_batches(client, "eth_getTransactionByHash", record.accepted) if answer.get("result") is None]
    if lost:
        faults.append(f"{len(lost)} of {len(record.accepted)} accepted transactions are neither in the pool nor in a block, first {lost[0]}")
    for item, answer in in_batches(client, "eth_getTransactionReceipt", record.receipts):
        if answer.get("result") != record.receipts[item]:
            faults.append(f"receipt of {item}: {answer.get('result')}, and {record.receipts[item]} was told")
            break
    return head, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--transactions", type=int, default=80_000)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="switchyard-kill-") as folder:
        genesis, file = os.path.join(folder, "genesis.json"), os.path.join(folder, "transactions.hex")
        subprocess.run([COMMAND, "workload", "generate", "payments", "--transactions", str(options.transactions), "--seed", str(options.seed),
                        "--genesis", genesis, "--out", file], check=True, stdout=subprocess.DEVNULL)
        with open(file, encoding="ascii") as lines:
            raw = [line.strip() for line in lines if line.strip()]
        chain = os.path.join(folder, "chain")
        subprocess.run([COMMAND, "init", "--folder", chain, "--genesis", genesis, "--interval", "100"], check=True, stdout=subprocess.DEVNULL)
        configuration = os.path.join(chain, "switchyard.toml")
        for key, value in (("http.address", "127.0.0.1:0"), ("websocket.enabled", "false"), ("admin.enabled", "false"), ("log.level", "warning"),
                           ("pool.transactions_per_sender", "4096"), ("http.rate", "0")):
            subprocess.run([COMMAND, "config", "set", configuration, key, value], check=True, stdout=subprocess.DEVNULL)
        waiting = [raw[begin:begin + BATCH] for begin in range(0, len(raw), BATCH)]
        share = len(waiting) // options.rounds
        chunks = []
        record = Record()
        log = os.path.join(folder, "log")
        for number in range(options.rounds):
            appliance = Appliance("--config", configuration, log=log)
            client = appliance.client()
            head, faults = check(client, record)
            if faults:
                appliance.kill()
                print("\n".join(faults))
                return 1
            # What no answer came for is sent again, before the round's own share; the last chunk is taken first.
            chunks[:0] = waiting[number * share:(number + 1) * share][::-1]
            stop = threading.Event()
            address = appliance.ports["http"]
            threads = [threading.Thread(target=send, args=(address, chunks, record, stop)) for _ in range(CLIENTS)]
            threads.append(threading.Thread(target=watch, args=(address, record, stop, options.seed + number)))
            before = len(record.accepted)
            for thread in threads:
                thread.start()
            time.sleep(chance.uniform(0.1, 1.5))
            appliance.kill()
            stop.set()
            for thread in threads:
                thread.join()
            print(f"round {number}: opened at head {head}; {len(record.accepted) - before} transactions accepted, then killed; "
                  f"told so far: head {record.head()}, {len(record.receipts)} receipts", flush=True)
        appliance = Appliance("--config", configuration, log=log)
        head, faults = check(appliance.client(), record)
        code, seconds = appliance.stop()
        if code != 0:
            faults.append(f"it ended with {code} when it was asked to")
        if len(record.accepted) < options.rounds * BATCH or not record.receipts:
            faults.append("too little was accepted to show anything")
        with open(log, encoding="utf-8") as lines:
            for line in lines:
                print("log:", line.rstrip())
        print(json.dumps({"rounds": options.rounds, "accepted": len(record.accepted), "receipts": len(record.receipts), "heads": len(record.heads),
                          "head": head, "refused": record.refused, "stop_seconds": round(seconds, 2), "faults": faults}))
        return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
