#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`switchyard init` and `switchyard run` as a person and a supervisor use them."""
import base64
import hashlib
import hmac
import json
import os
import signal
import stat
import subprocess
import tempfile
import time
import unittest

from appliance import COMMAND, Appliance, Client, wait_until


def command(*arguments):
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=120)


class Engine(Client):
    """With a token made here (RFC 7515, 7519), not by the appliance's own code."""

    def __init__(self, address, secret_file):
        super().__init__(address)
        with open(secret_file, encoding="ascii") as file:
            self.secret = bytes.fromhex(file.read().strip().removeprefix("0x"))

    def post(self, body):
        def part(value):
            return base64.urlsafe_b64encode(value).rstrip(b"=")

        signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"iat": int(time.time())}).encode())
        token = signed + b"." + part(hmac.new(self.secret, signed, hashlib.sha256).digest())
        self.connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json", "Authorization": "Bearer " + token.decode()})
        return json.loads(self.connection.getresponse().read())


class Run(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="switchyard-run-")
        self.addCleanup(self.folder.cleanup)
        self.chain = os.path.join(self.folder.name, "chain")
        self.configuration = os.path.join(self.chain, "switchyard.toml")
        self.log = os.path.join(self.folder.name, "log")

    def init(self, *more):
        made = command("init", "--folder", self.chain, "--json", *(more or ("--dev",)))
        self.assertEqual(made.returncode, 0, made.stderr)
        for key in ("http.address", "websocket.address", "admin.address"):
            self.set(key, "127.0.0.1:0")
        return json.loads(made.stdout)

    def set(self, key, value):
        done = command("config", "set", self.configuration, key, value)
        self.assertEqual(done.returncode, 0, done.stderr)

    def logged(self):
        with open(self.log, encoding="utf-8") as lines:
            return lines.read()

    def test_a_folder_is_made_checked_and_run(self):
        made = self.init()
        self.assertEqual(stat.S_IMODE(os.stat(made["engine_secret"]).st_mode), 0o600)
        self.assertEqual(command("config", "check", self.configuration).returncode, 0)
        appliance = Appliance("--config", self.configuration, log=self.log)
        client = appliance.client()
        self.addCleanup(client.close)
        self.assertEqual(client.call("eth_getBlockByNumber", "0x0", False)["hash"], made["genesis"])
        code, seconds = appliance.stop(signal.SIGINT)
        self.assertEqual(code, 0)
        self.assertLess(seconds, 60)
        text = self.logged()
        self.assertIn("chain: opened", text)
        self.assertIn("appliance: stopped", text)

    def test_what_is_wrong_says_what_to_do(self):
        self.assertEqual(command("run").returncode, 2)
        self.assertIn("--dev", command("run").stderr)
        absent = command("run", "--config", os.path.join(self.folder.name, "absent.toml"))
        self.assertNotEqual(absent.returncode, 0)
        self.assertIn("absent.toml", absent.stderr)
        self.init()
        self.set("execute.detector", "nobody")
        refused = command("run", "--config", self.configuration)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("execute.detector", refused.stderr)
        with open(self.configuration, "a", encoding="utf-8") as file:
            file.write("[nothing]\n")
        refused = command("run", "--config", self.configuration)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("[nothing] is no table", refused.stderr)

    def test_a_folder_of_another_chain_is_refused(self):
        self.init()
        genesis = os.path.join(self.folder.name, "genesis.json")
        with open(genesis, "w", encoding="utf-8") as file:
            json.dump({"config": {"chainId": 5, "terminalTotalDifficulty": 0, "shanghaiTime": 0}, "gasLimit": "0x1c9c380", "difficulty": "0x0",
                       "alloc": {}}, file)
        refused = command("init", "--folder", self.chain, "--genesis", genesis)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("genesis", refused.stderr)

    def test_a_hangup_reads_the_file_again(self):
        self.init()
        appliance = Appliance("--config", self.configuration, log=self.log)
        client = appliance.client()
        self.addCleanup(client.close)
        self.set("log.format", "json")
        self.set("execute.lanes", "9")
        appliance.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "read again" in self.logged())
        line = next(json.loads(line) for line in self.logged().splitlines() if "read again" in line)
        self.assertEqual((line["taken_over"], line["need_a_restart"]), ("log.format", "execute.lanes"))
        with open(self.configuration, "a", encoding="utf-8") as file:
            file.write("[nothing]\n")
        appliance.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "not read again" in self.logged())
        self.assertEqual(client.call("eth_chainId"), "0x7a69")
        self.assertEqual(appliance.stop()[0], 0)

    def test_a_hangup_changes_what_the_port_and_the_pool_let_in(self):
        self.init()
        self.set("log.format", "json")
        appliance = Appliance("--config", self.configuration, log=self.log)
        client = appliance.client()
        self.addCleanup(client.close)
        self.assertEqual([answer["result"] for answer in client.batch("eth_chainId", [[]] * 3)], ["0x7a69"] * 3)
        for key, value in (("http.batch", "2"), ("http.cors", '["http://page.example"]'), ("pool.min_tip", "5"), ("http.address", "127.0.0.1:1")):
            self.set(key, value)
        appliance.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "read again" in self.logged())
        line = next(json.loads(line) for line in self.logged().splitlines() if "read again" in line)
        self.assertEqual((line["taken_over"], line["need_a_restart"]), ("pool.min_tip http.cors http.batch", "http.address"))
        self.assertIn("a restart alone", self.logged())
        answer = client.post([{"jsonrpc": "2.0", "id": i, "method": "eth_chainId", "params": []} for i in range(3)])
        self.assertEqual(answer[0]["error"]["message"], "batch too large")
        client.connection.request("POST", "/", "{}", {"Content-Type": "application/json", "Origin": "http://page.example"})
        answer = client.connection.getresponse()
        answer.read()
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "http://page.example")
        self.assertEqual(appliance.stop()[0], 0)

    def test_a_consensus_client_drives_it(self):
        made = self.init()
        self.set("block.interval", "0 ms")
        self.set("engine.enabled", "true")
        self.set("engine.address", "127.0.0.1:0")
        appliance = Appliance("--config", self.configuration, log=self.log)
        engine = Engine(appliance.ports["engine"], made["engine_secret"])
        with self.assertRaises(Exception):
            appliance.client("engine").call("engine_exchangeCapabilities", [])
        zero = "0x" + 64 * "0"
        choice = {"headBlockHash": made["genesis"], "safeBlockHash": zero, "finalizedBlockHash": zero}
        attributes = {"timestamp": "0x64", "prevRandao": "0x" + 64 * "1", "suggestedFeeRecipient": "0x" + 40 * "b", "withdrawals": [],
                      "parentBeaconBlockRoot": "0x" + 64 * "2"}
        began = engine.call("engine_forkchoiceUpdatedV3", choice, attributes)
        self.assertEqual(began["payloadStatus"]["status"], "VALID")
        built = engine.call("engine_getPayloadV5", began["payloadId"])
        payload = built["executionPayload"]
        status = engine.call("engine_newPayloadV4", payload, [], attributes["parentBeaconBlockRoot"], built["executionRequests"])
        self.assertEqual(status["status"], "VALID", status)
        choice["headBlockHash"] = payload["blockHash"]
        self.assertEqual(engine.call("engine_forkchoiceUpdatedV3", choice, None)["payloadStatus"]["status"], "VALID")
        self.assertEqual(engine.call("eth_blockNumber"), "0x1")
        self.assertEqual(appliance.stop()[0], 0)
        appliance = Appliance("--config", self.configuration, log=self.log)
        client = appliance.client()
        self.addCleanup(client.close)
        self.assertEqual(client.call("eth_getBlockByNumber", "latest", False)["hash"], payload["blockHash"])
        self.assertEqual(appliance.stop()[0], 0)

    def test_a_development_chain_is_kept_where_it_is_told_and_else_forgotten(self):
        appliance = Appliance("--dev", "--listen", "127.0.0.1:0", "--folder", self.chain, "--chain-id", "77")
        client = appliance.client()
        self.addCleanup(client.close)
        self.assertEqual(client.call("eth_chainId"), "0x4d")
        self.assertEqual(int(client.call("eth_getBalance", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "latest"), 16), 10**22)
        self.assertEqual(appliance.stop()[0], 0)
        self.assertTrue(os.path.isdir(os.path.join(self.chain, "state")))
        appliance = Appliance("--dev", "--listen", "127.0.0.1:0")
        temporary = appliance.banner["folder"]
        self.assertTrue(os.path.isdir(temporary))
        self.assertEqual(appliance.stop()[0], 0)
        self.assertFalse(os.path.exists(temporary))

    def test_what_a_killed_development_chain_leaves_goes_with_the_next_start(self):
        appliance = Appliance("--dev", "--listen", "127.0.0.1:0")
        left = appliance.banner["folder"]
        appliance.kill()
        appliance = Appliance("--dev", "--listen", "127.0.0.1:0")
        self.assertFalse(os.path.exists(left))
        self.assertTrue(os.path.isdir(appliance.banner["folder"]))
        self.assertEqual(appliance.stop()[0], 0)


if __name__ == "__main__":
    unittest.main()
