#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The node's ports as clients see them that were not written here: Python's http.client, raw sockets, websocket-client; and a client
that sends what is broken, with a seed that it prints."""
import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.append("/usr/lib/python3/dist-packages")
try:
    import websocket
except ImportError:
    print("SKIPPED: no python3-websocket; run tools/setup")
    sys.exit(77)

SERVER = os.environ["NODE_RPC_SERVER"]
SEED = int(os.environ.get("SWITCHYARD_SEED", "20261126"))


def token(secret, issued_at):
    part = lambda value: base64.urlsafe_b64encode(value).rstrip(b"=")
    text = part(b'{"typ":"JWT","alg":"HS256"}') + b"." + part(json.dumps({"iat": issued_at}).encode())
    return (text + b"." + part(hmac.new(secret, text, hashlib.sha256).digest())).decode()


def call(method, params=(), number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


class Node(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.process = subprocess.Popen([SERVER, cls.folder.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.ports = json.loads(cls.process.stdout.readline())
        with open(os.path.join(cls.folder.name, "jwt.hex"), encoding="ascii") as file:
            cls.secret = bytes.fromhex(file.read().strip().removeprefix("0x"))

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        status = cls.process.wait(30)
        cls.process.stdout.close()
        cls.folder.cleanup()
        if status != 0:
            raise AssertionError(f"the server ended with {status}")

    def post(self, body, headers=None, port="http"):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=20)
        try:
            connection.request("POST", "/", body if isinstance(body, (bytes, str)) else json.dumps(body),
                               {"Content-Type": "application/json", **(headers or {})})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def result(self, method, *params):
        status, body = self.post(call(method, params))
        self.assertEqual(status, 200)
        return json.loads(body)["result"]

    def raw(self, data, port="http", wait=20):
        """What comes back for bytes as they are, after which no more is sent."""
        with socket.create_connection(("127.0.0.1", self.ports[port]), wait) as client:
            try:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server may end a connection before it has read all
            out = b""
            try:
                while chunk := client.recv(65536):
                    out += chunk
            except ConnectionError:
                pass
            return out

    def open_websocket(self, port="http", **options):
        return websocket.create_connection(f"ws://127.0.0.1:{self.ports[port]}/", timeout=20, **options)

    # what works

    def test_http_keeps_the_connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=20)
        for number in range(50):
            connection.request("POST", "/", json.dumps(call("test_echo", [{"a": [number, "ü"]}], number)),
                               {"Content-Type": "application/json; charset=utf-8"})
            reply = json.loads(connection.getresponse().read())
            self.assertEqual(reply, {"jsonrpc": "2.0", "id": number, "result": {"a": [number, "ü"]}})
        connection.close()

    def test_http_takes_a_chunked_batch(self):
        pieces = iter([b"[", json.dumps(call("test_echo", [1])).encode(), b",", json.dumps(call("none")).encode(), b"]"])
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=20)
        connection.request("POST", "/", pieces, {"Content-Type": "application/json"}, encode_chunked=True)
        reply = json.loads(connection.getresponse().read())
        self.assertEqual([item.get("result") for item in reply], [1, None])
        self.assertEqual(reply[1]["error"]["code"], -32601)
        connection.close()

    def test_tokens(self):
        now = int(time.time())
        bearer = lambda secret, at: {"Authorization": f"Bearer {token(secret, at)}"}
        self.assertEqual(self.post(call("test_echo"), port="engine")[0], 401)
        self.assertEqual(self.post(call("test_echo"), bearer(self.secret, now), "engine")[0], 200)
        self.assertEqual(self.post(call("test_echo"), bearer(self.secret, now - 120), "engine")[0], 401)
        self.assertEqual(self.post(call("test_echo"), bearer(bytes(32), now), "engine")[0], 401)
        with self.assertRaises(websocket.WebSocketBadStatusException):
            self.open_websocket("engine")
        authorized = self.open_websocket("engine", header=[f"Authorization: Bearer {token(self.secret, now)}"])
        authorized.send(json.dumps(call("test_echo", [5])))
        self.assertEqual(json.loads(authorized.recv())["result"], 5)
        authorized.close()

    def test_websocket_subscribes(self):
        heads, logs = self.open_websocket(), self.open_websocket()
        heads.send(json.dumps(call("eth_subscribe", ["newHeads"])))
        head_id = json.loads(heads.recv())["result"]
        address, topic = "0x" + "11" * 20, "0x" + "22" * 32
        logs.send(json.dumps(call("eth_subscribe", ["logs", {"address": address, "topics": [topic]}])))
        log_id = json.loads(logs.recv())["result"]
        self.assertEqual(self.result("test_publishHeads", {"number": "0x7"}, 3), 3)
        self.result("test_publishLog", "0x" + "33" * 20, topic, {"data": "other"})
        self.result("test_publishLog", address, topic, {"data": "0x01"})
        for _ in range(3):
            self.assertEqual(json.loads(heads.recv()), {"jsonrpc": "2.0", "method": "eth_subscription",
                                                        "params": {"subscription": head_id, "result": {"number": "0x7"}}})
        self.assertEqual(json.loads(logs.recv())["params"], {"subscription": log_id, "result": {"data": "0x01"}})
        heads.send(json.dumps(call("eth_unsubscribe", [head_id])))
        self.assertTrue(json.loads(heads.recv())["result"])
        heads.ping("x")
        heads.close()
        logs.close()

    def test_filters(self):
        filter_id = self.result("eth_newBlockFilter")
        self.result("test_publishHeads", {}, 2)
        self.assertEqual(len(self.result("eth_getFilterChanges", filter_id)), 2)
        self.assertTrue(self.result("eth_uninstallFilter", filter_id))

    def test_many_clients_at_once(self):
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(lambda number: self.result("test_echo", number), range(500)))
        self.assertEqual(answers, list(range(500)))

    # what is broken

    def test_broken_http_has_its_status(self):
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for data, status in (
                (b"\r\n\r\n\r\n", 400), (b"GET\r\n\r\n", 400), (b"GET / HTTP/9.9\r\n\r\n", 400), (b"\x16\x03\x01\x02\x00\x01\x00" * 20, 400),
                (b"GET / HTTP/1.1\r\nHost\r\n\r\n", 400), (b"G\x00T / HTTP/1.1\r\n\r\n", 400),
                (head + b"Content-Length: x\r\n\r\n", 400), (head + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
                (head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
                (head + b"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 501), (head + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
                (head + b"Content-Length: 99999999999\r\n\r\n", 413), (head + b"Content-Length: 6000000\r\n\r\n" + b" " * 6000000, 413),
                (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n", 431), (b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", 431),
                (head.replace(b"localhost", b"rebound.example") + b"\r\n", 403), (head.replace(b"POST /", b"POST /x") + b"\r\n", 404),
                (head.replace(b"POST", b"PATCH") + b"\r\n", 405), (head.replace(b"application/json", b"text/html") + b"\r\n", 415)):
            with self.subTest(data=data[:60]):
                self.assertTrue(self.raw(data).startswith(b"HTTP/1.1 %d " % status), self.raw(data)[:60])

    def test_broken_json_has_its_code(self):
        nested = lambda depth: b"[" * depth + b"]" * depth
        for body, code in ((b"", -32700), (b"{", -32700), (b"\xff\xfe", -32700), (nested(100000), -32700), (b'{"a":' * 50000, -32700),
                           (b"[]", -32600), (b"{}", -32600), (b"5", -32600), (b'"' + b"a" * 4000000 + b'"', -32600)):
            with self.subTest(body=body[:20]):
                status, answer = self.post(body)
                self.assertEqual((status, json.loads(answer)["error"]["code"]), (200, code))
        status, answer = self.post([call("test_echo")] * 1001)
        self.assertEqual(json.loads(answer)[0]["error"]["message"], "batch too large")

    def test_a_trickle_ends(self):
        with socket.create_connection(("127.0.0.1", self.ports["http"]), 20) as client:
            started = time.monotonic()
            with self.assertRaises(OSError):
                while time.monotonic() - started < 20:
                    client.sendall(b"X")
                    time.sleep(0.2)
                self.fail("a request of 20 seconds was read on")

    def test_broken_websocket_frames(self):
        for frame, code in ((b"\x83\x80\x00\x00\x00\x00", 1002), (b"\x81\x05hello", 1002), (b"\xc1\x80\x00\x00\x00\x00", 1002),
                            (b"\x88\x81\x00\x00\x00\x00x", 1002), (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", 1009),
                            (b"\x81\x82\x00\x00\x00\x00\xff\xff", 1007), (b"\x80\x80\x00\x00\x00\x00", 1002)):
            with self.subTest(frame=frame):
                client = self.open_websocket()
                client.sock.sendall(frame)
                opcode, data = client.recv_data()
                self.assertEqual((opcode, int.from_bytes(data[:2], "big")), (8, code))
                client.shutdown()

    def test_what_is_mutated_crashes_nothing(self):
        print(f"seed {SEED}", file=sys.stderr)
        generator = random.Random(SEED)
        body = json.dumps([call("test_echo", [{"a": [1, 2.5, None, True, "x"]}], number) for number in range(5)] + [call("eth_newFilter", [{}])]).encode()
        request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        upgrade = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        frame = b"\x81\xfe" + len(body).to_bytes(2, "big") + bytes(4) + body

        def mutated(data):
            data = bytearray(data)
            for _ in range(generator.choice((0, 1, 1, 2, 5, 30))):
                at = generator.randrange(len(data) or 1)
                kind = generator.randrange(4)
                if kind == 0:
                    data[at:at + 1] = bytes([generator.randrange(256)])
                elif kind == 1:
                    del data[at:at + generator.randrange(1, 40)]
                elif kind == 2:
                    data[at:at] = data[at:at + generator.randrange(1, 200)]
                else:
                    data[at:at] = generator.choice((b"\r\n", b"\x00", b"{", b"]", b'"', b"\xff\xff", b"Content-Length: 3\r\n", b"0x"))
            return bytes(data[:generator.choice((len(data), len(data), generator.randrange(len(data) + 1)))])

        before = self.result("test_memory")
        for number in range(600):
            kind = generator.randrange(3)
            if kind == 0:
                answer = self.raw(mutated(request))
            elif kind == 1:
                answer = self.raw(upgrade + mutated(frame * 2))
            else:
                with socket.create_connection(("127.0.0.1", self.ports["http"]), 20) as client:
                    client.sendall(upgrade)
                    answer = client.recv(4096)
                    client.sendall(mutated(frame * generator.randrange(1, 4)))
                    client.shutdown(socket.SHUT_WR)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1."), (number, answer[:100]))
        self.assertEqual(self.result("test_echo", "well"), "well")
        self.assertLess(self.result("test_memory") - before, 64 * 1024, "KiB more than before")

    def test_memory_is_bounded(self):
        """Large bodies from many connections at once: some are refused, none takes memory beyond the limit."""
        before = self.result("test_memory")
        body = json.dumps(call("test_echo", ["x" * 4_000_000]))
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: self.post(body), range(48)))
        self.assertEqual({status for status, _ in answers} - {200, 429}, set())
        self.assertIn(200, {status for status, _ in answers})
        # In flight at most 32 MiB, and each of four workers parses 5 MB at most, at about four times its size.
        self.assertLess(self.result("test_memory") - before, 192 * 1024, "KiB more than before")


if __name__ == "__main__":
    unittest.main()
