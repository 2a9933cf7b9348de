#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A client that breaks everything it sends, by a seed that it prints, against an appliance in development mode: it must not fall over nor
grow, each answer must be the one that the protocol asks for, and a good client in between must notice nothing.

SWITCHYARD_MUTATIONS: how many requests (1,500); SWITCHYARD_SEED: the generator's seed.
"""
import collections
import json
import os
import pathlib
import random
import socket
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
import judge
import mutator
import seeds
import servers
import wire

COUNT = int(os.environ.get("SWITCHYARD_MUTATIONS", "1500"))
SEED = int(os.environ.get("SWITCHYARD_SEED", "20261126"))
GOOD_EVERY = 20
GROWTH_KIB = 256 * 1024
#: Of the appliance's own: segments of its journal and of its archive.
FILES_MORE = 8
#: HTTP's words for what is wrong with a request; no 5xx but for a method or a version that it does not know.
STATUSES = {200, 204, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 426, 429, 431, 501, 505}
CLOSES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1013}


class Client:
    def __init__(self, server, generator, requests, methods):
        self.server, self.random, self.requests, self.methods = server, generator, requests, methods
        self.mutator = mutator.Mutator(generator)
        self.rules = collections.Counter()
        self.slowest = (0.0, b"")

    def judged(self, body, answer):
        self.rules[judge.judge(body, answer, self.methods)] += 1

    def exchange(self, pieces, pause=0.0):
        """Sends pieces of bytes and nothing more; what comes back."""
        with wire.connect(self.server) as client:
            try:
                for piece in pieces:
                    client.sendall(piece)
                    if pause:
                        time.sleep(pause)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # a server may end a connection before it has read all
            return wire.receive(client)

    def body(self):
        return self.mutator.body(self.requests)

    # HTTP that is right, around what may not be

    def plain(self):
        body = self.body()
        begun = time.monotonic()
        status, answer = self.server.post(body)
        self.slowest = max(self.slowest, (time.monotonic() - begun, body[:300]))
        assert status == 200, f"status {status}"
        self.judged(body, answer)

    def framed(self):
        """Chunks, slow pieces, HTTP/1.0, a client that asks whether to go on, a target as of a proxy."""
        body = self.body()
        kind = self.random.randrange(4)
        if kind == 0:
            sizes = [self.random.choice((1, 2, 10, 1000, 50_000)) for _ in range(self.random.randrange(1, 30))]
            data = wire.head(None, b"Transfer-Encoding: chunked\r\n") + wire.chunked(body, sizes)
        else:
            extra = (b"", b"Expect: 100-continue\r\n", b"Connection: close\r\n")[kind - 1]
            target = self.random.choice((b"/", b"/", b"/?x=1", b"http://localhost:1/", b"HTTP://127.0.0.1?x"))
            data = wire.head(len(body), extra, version=b"1.0" if kind == 3 else b"1.1", target=target) + body
        cuts = sorted(self.random.randrange(len(data)) for _ in range(self.random.choice((0, 1, 5, 12))))
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
        answers = wire.responses(self.exchange(pieces, self.random.choice((0, 0, 0.01)) if len(pieces) > 1 else 0))
        assert [status for status, _ in answers] == [200], answers[:3]
        self.judged(body, answers[0][1])

    def pipelined(self):
        bodies = [self.body() for _ in range(self.random.randrange(2, 6))]
        answers = wire.responses(self.exchange([b"".join(wire.head(len(body)) + body for body in bodies)]))
        assert [status for status, _ in answers] == [200] * len(bodies), [status for status, _ in answers]
        for body, (_, answer) in zip(bodies, answers):
            self.judged(body, answer)

    # HTTP that is wrong

    def broken(self):
        body = self.body()
        good = wire.head(len(body)) + body
        kind = self.random.randrange(9)
        if kind == 0:
            data = good[:self.random.randrange(len(good))]
        elif kind == 1:
            data = wire.head(len(body) + self.random.choice((1, 100, 10_000_000, 10**12, 10**30))) + body
        elif kind == 2:
            data = wire.head(max(0, len(body) - self.random.randrange(1, 50))) + body
        elif kind == 3:
            data = wire.head(len(body), self.random.choice((b"Transfer-Encoding: chunked\r\n", b"Content-Length: 1\r\n", b"Transfer-Encoding: gzip\r\n"))) + body
        elif kind == 4:
            data = self.mutator.bytes_of(wire.head(len(body))) + body
        elif kind == 5:
            method = self.random.choice((b"GET", b"PUT", b"DELETE", b"OPTIONS", b"HEAD", b"TRACE", b"CONNECT", b"post", b"PRI", b"X" * 5000))
            data = wire.head(len(body), method=method) + body
        elif kind == 6:
            data = wire.head(None, b"Transfer-Encoding: chunked\r\n") + self.mutator.bytes_of(wire.chunked(body, [20] * 5))
        elif kind == 7:
            # No Host, two, or one that is not this server's.
            hosts = self.random.choice((b"", b"Host: localhost\r\nHost: localhost\r\n", b"Host: localhost\r\nHost: rebound.example\r\n",
                                        b"Host: rebound.example\r\n"))
            data = good.replace(b"Host: localhost\r\n", hosts, 1)
        else:
            data = wire.head(len(body), b"X-%d: y\r\n" * 1 % self.random.randrange(9) * self.random.choice((10, 5000))) + body
        received = self.exchange([data])
        if kind == 5 and method == b"HEAD":
            # Whatever its length: the body is not sent. What was the request's is read as another one, or as none.
            start, _, rest = received.partition(b"\r\n\r\n")
            assert start.startswith(b"HTTP/1.1 405 ") and (rest == b"" or rest.startswith(b"HTTP/1.")), received[:300]
        else:
            statuses = {status for status, _ in wire.responses(received)}
            assert statuses <= STATUSES, statuses
            if kind == 3:
                assert statuses and 200 not in statuses, f"{statuses} for two lengths"
            elif kind == 7:
                assert statuses == ({403} if hosts == b"Host: rebound.example\r\n" else {400}), f"{statuses} for the hosts {hosts}"
        self.rules["broken http"] += 1

    # WebSocket

    def socket(self):
        connection = wire.WebSocket(self.server)
        try:
            for _ in range(self.random.randrange(1, 5)):
                body = self.body()
                frames = self.fragments(body)
                connection.socket.sendall(b"".join(frames))
                if self.expects_nothing(body):
                    break
                kind, answer = self.message(connection)
                if kind == wire.CLOSE:
                    # Text that is no UTF-8 ends a WebSocket (RFC 6455, section 8.1).
                    code = int.from_bytes(answer[:2], "big")
                    assert code == 1007 and not is_utf8(body), f"closed with {code}"
                    self.rules["closed"] += 1
                    break
                self.judged(body, answer)
        finally:
            connection.close(self.random.random() < 0.3)

    def fragments(self, body):
        cuts = sorted(self.random.randrange(len(body) + 1) for _ in range(self.random.choice((0, 0, 1, 4))))
        pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)])]
        out = []
        for number, piece in enumerate(pieces):
            out.append(wire.frame(piece, wire.TEXT if number == 0 else 0, number + 1 == len(pieces)))
            if number + 1 < len(pieces) and self.random.random() < 0.3:
                out.append(wire.frame(b"are you there", wire.PING))
        return out

    def expects_nothing(self, body):
        """Whether no answer is certain to come: a notification, or what readers differ about."""
        try:
            return judge.judge(body, b"", self.methods) in ("notification", "unsure")
        except (AssertionError, ValueError):
            return False

    def message(self, connection):
        while True:
            kind, answer = connection.receive()
            if kind in (wire.PING, wire.PONG) or (kind == wire.TEXT and answer.startswith(b'{"jsonrpc":"2.0","method":"eth_subscription"')):
                continue
            return kind, answer

    def broken_socket(self):
        connection = wire.WebSocket(self.server)
        body = self.body()
        kind = self.random.randrange(7)
        opcode = self.random.choice((3, 7, 11, 15)) if kind == 0 else wire.TEXT
        data = (wire.frame(body, opcode, reserved=self.random.randrange(8) if kind == 1 else 0, masked=kind != 2,
                           length=self.random.choice((0, 5, 10**7, 2**40, 2**63)) if kind == 3 else None))
        if kind == 4:
            data = wire.frame(b"x" * 200, wire.PING) + wire.frame(b"\x03", wire.CLOSE)
        elif kind == 5:
            data = self.mutator.bytes_of(data)
        elif kind == 6:
            data = wire.frame(b"x", 0) + wire.frame(body, wire.TEXT, final=False) + wire.frame(body, wire.TEXT)
        try:
            connection.socket.sendall(data)
            connection.socket.shutdown(socket.SHUT_WR)
            while True:
                opcode, answer = connection.receive()
                if opcode == wire.CLOSE:
                    code = int.from_bytes(answer[:2], "big") if answer else 1000
                    assert code in CLOSES, f"closed with {code}"
                elif opcode == wire.TEXT:
                    json.loads(answer)
        except ConnectionError:
            pass  # its end of the connection
        except OSError as error:
            assert not isinstance(error, TimeoutError), "a broken connection stays open"
        connection.close()
        self.rules["broken websocket"] += 1


def is_utf8(data):
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def set_up(server):
    """A block with transactions; the hashes of the first and of its block."""
    hashes = [server.result("eth_sendRawTransaction", raw) for raw in seeds.RAW[:2]]
    for _ in range(600):
        receipt = server.result("eth_getTransactionReceipt", hashes[1])
        if receipt is not None:
            return server.result("eth_getTransactionReceipt", hashes[0])
        time.sleep(0.1)
    raise AssertionError("the transactions are in no block")


def check_seeds(server, requests):
    """Each request is one that the appliance knows, and most of them succeed: what is mutated is worth mutating."""
    failed = []
    for method, params in requests:
        answer = server.answer(method, *params)
        code = answer.get("error", {}).get("code")
        assert code != judge.METHOD_NOT_FOUND or method in judge.OF_WEBSOCKET, f"{method} is not served: take it out of seeds.py"
        if code is not None:
            failed.append((method, code))
    # The ids of filters and subscriptions are none that exist, and a subscription needs a WebSocket.
    assert len(failed) <= 8, failed
    served = server.answer("rpc_modules")
    assert "result" in served


def main():
    print(f"seed {SEED}, {COUNT} requests", flush=True)
    generator = random.Random(SEED)
    with servers.appliance() as server:
        receipt = set_up(server)
        own = seeds.requests(receipt["transactionHash"], receipt["blockHash"])
        check_seeds(server, own)
        published = seeds.published()
        methods = {method for method, _ in own}
        requests = own * max(1, len(published) // len(own)) + [each for each in published if each[0] in methods]
        balance = server.result("eth_getBalance", seeds.RICH, "latest")
        client = Client(server, generator, requests, methods)
        ways = [(client.plain, 50), (client.framed, 12), (client.pipelined, 6), (client.broken, 14), (client.socket, 10), (client.broken_socket, 8)]
        before, files = server.memory_kib(), server.descriptors()
        for number in range(COUNT):
            state = generator.getstate()
            way = generator.choices([way for way, _ in ways], [weight for _, weight in ways])[0]
            try:
                way()
            except Exception as error:
                generator.setstate(state)
                print(f"request {number}, {way.__name__}: {type(error).__name__}: {error}")
                generator.choices([1], [1])
                print("body:", client.body()[:3000])
                raise
            if number % GOOD_EVERY == 0:
                assert server.result("eth_chainId") == "0x7a69"
                assert server.result("eth_getBalance", seeds.RICH, "latest") == balance
                assert int(server.result("eth_call", {"to": seeds.CONTRACT}, "latest"), 16) == 1
        print(", ".join(f"{rule}: {count}" for rule, count in client.rules.most_common()))
        most = server.memory_kib("VmHWM")
        print(f"memory: {before} KiB before, {server.memory_kib()} KiB after, {most} KiB at most; slowest answer {client.slowest[0]:.2f} s: {client.slowest[1]}")
        assert most - before < GROWTH_KIB, "KiB more than before"
        server.await_descriptors(files + FILES_MORE)
        for rule in ("parse", "refused", "call", "batch", "notification", "unsure"):
            assert client.rules[rule] > 0 or COUNT < 1000, f"nothing of {rule}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
