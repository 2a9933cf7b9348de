#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A WebSocket client that breaks its frames, by a seed that it prints, against an appliance in development mode: close codes, pongs and answers
must be what RFC 6455 and JSON-RPC ask for, whatever came before; a good client beside it must notice nothing; nothing grows.

SWITCHYARD_MUTATIONS: how many connections (600); SWITCHYARD_SEED: the generator's seed.
"""
import base64
import collections
import json
import os
import pathlib
import random
import select
import socket
import sys
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "clients"))
import judge
import mutator
import rfc6455
import servers
import wire

COUNT = int(os.environ.get("SWITCHYARD_MUTATIONS", "600"))
SEED = int(os.environ.get("SWITCHYARD_SEED", "20261127"))
GOOD_EVERY = 10
GROWTH_KIB = 128 * 1024
#: The appliance's for a message (host/node/http/port_config.hpp).
MESSAGE_MAX = 32 * 1024 * 1024
PATIENCE_SECONDS = 60
FLOOD_BYTES = 512 * 1024 * 1024
METHODS = {"eth_chainId", "web3_sha3"}
BAD_UTF8 = (b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80", b"\xc3(")
CODES = (0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1011, 1012, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65535)


class Writer:
    """Makes what one connection sends."""

    def __init__(self, generator):
        self.random = generator
        self.mutator = mutator.Mutator(generator)
        self.number = 0

    def body(self):
        """A JSON-RPC call, or what is none, of one message."""
        self.number += 1
        kind = self.random.randrange(10)
        call = {"jsonrpc": "2.0", "id": self.number, "method": "eth_chainId", "params": []}
        if kind < 5:
            return json.dumps(call).encode()
        if kind == 5:
            return json.dumps([call, {**call, "id": f"ü{self.number}"}], ensure_ascii=False).encode()
        if kind == 6:
            del call["id"]
            return json.dumps(call).encode()
        if kind == 7:
            data = "0x" + "5b" * self.random.choice((0, 40, 70, 40_000))
            return json.dumps({**call, "method": "web3_sha3", "params": [data]}).encode()
        if kind == 8:
            return self.mutator.bytes_of(json.dumps(call).encode())
        return self.random.choice((b"", b"x", b"[]", b'"\xc3\xbc"', b"{}"))

    def frame(self, payload, opcode, final=True, **faults):
        return wire.frame(payload, opcode, final, mask=self.random.randbytes(4), **faults)

    def message(self, body, opcode=wire.TEXT):
        cuts = sorted(self.random.randrange(len(body) + 1) for _ in range(self.random.choice((0, 0, 0, 1, 2, 6))))
        out = b""
        for number, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(body)])):
            out += self.frame(body[a:b], opcode if number == 0 else 0, number == len(cuts))
            if number < len(cuts) and self.random.random() < 0.3:
                out += self.ping()
        return out

    def ping(self):
        return self.frame(self.random.randbytes(self.random.choice((0, 1, 4, 125))), self.random.choice((wire.PING, wire.PING, wire.PONG)))

    def good(self):
        kind = self.random.randrange(8)
        if kind < 6:
            return self.message(self.body(), self.random.choice((wire.TEXT, wire.TEXT, wire.BINARY)))
        return b"".join(self.ping() for _ in range(self.random.choice((1, 3, 1000)) if kind == 7 else 1))

    def close(self):
        reason = self.random.choice((b"", b"bye", "tschüß".encode(), b"x" * 123, *BAD_UTF8))
        return self.frame(self.random.choice((b"", b"\x03", self.random.choice(CODES).to_bytes(2, "big") + reason)), wire.CLOSE)

    def bad(self):
        kind = self.random.randrange(9)
        opcode = self.random.choice((0, wire.TEXT, wire.BINARY, wire.CLOSE, wire.PING, wire.PONG))
        if kind == 0:
            return self.frame(b"x", self.random.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)))
        if kind == 1:
            return self.frame(b"x" * 20, opcode, reserved=self.random.randrange(1, 8))
        if kind == 2:
            return self.frame(b"hello", opcode, masked=False)
        if kind == 3:
            return self.frame(b"hi", self.random.choice((wire.CLOSE, wire.PING, wire.PONG)), final=False)
        if kind == 4:
            return self.frame(b"y" * self.random.choice((126, 70_000)), self.random.choice((wire.CLOSE, wire.PING, wire.PONG)))
        if kind == 5:
            return self.frame(b"a", 0) if self.random.random() < 0.5 else self.frame(b"a", wire.TEXT, final=False) + self.frame(b"b", wire.TEXT)
        if kind == 6:
            body = b'["' + b"z" * self.random.choice((0, 1, 7, 100)) + self.random.choice(BAD_UTF8)
            return self.message(body + b'"]' if self.random.random() < 0.5 else body)
        if kind == 7:
            # A length in more bytes than it needs.
            wide = self.random.choice((2, 8))
            return self.frame(b"w" * 5, opcode, length_bytes=wide)
        start = self.frame(b"[" * 1000, wire.TEXT, final=False)
        return start + self.frame(b"1", 0, length=self.random.choice((MESSAGE_MAX - 999, 2**32, 2**62, 2**63, 2**64 - 1)))

    def conversation(self):
        """Everything that is sent on one connection."""
        out = b"".join(self.good() for _ in range(self.random.randrange(6)))
        kind = self.random.randrange(10)
        if kind < 3:
            out += self.bad()
        elif kind < 5:
            out += self.close()
        elif kind == 5:
            out = self.mutator.bytes_of(out) if out else out
        elif kind == 6:
            out = out[:self.random.randrange(len(out) + 1)]
        if kind < 6:
            out += b"".join(self.good() for _ in range(self.random.choice((0, 0, 1, 3))))
        return out


class Conversation:
    """One connection: sends while it reads, so that neither side waits for the other."""

    def __init__(self, server):
        self.client = wire.WebSocket(server)
        self.socket = self.client.socket
        self.received = rfc6455.Received()
        self.open = True
        rfc6455.read_answers(self.client.read, self.received)

    def step(self, data, until):
        """Sends some of `data`, if the other side takes it, and reads what is there. Returns what is left to send."""
        seconds = until - time.monotonic()
        readable, writable, _ = select.select([self.socket], [self.socket] if data else [], [], max(seconds, 0))
        assert readable or writable, f"nothing within {PATIENCE_SECONDS} s; so far {self.received}"[:2000]
        if writable:
            try:
                data = data[self.socket.send(data[:65536]):]
            except ConnectionError:
                data = b""  # it has ended before it has read all; what it said is still to be read
        if readable:
            try:
                piece = self.socket.recv(65536)
            except ConnectionError:
                piece = b""
            self.open = piece != b""
            rfc6455.read_answers(piece, self.received)
        return data

    def send(self, data):
        self.socket.setblocking(False)
        until = time.monotonic() + PATIENCE_SECONDS
        while data and self.open:
            data = self.step(data, until)

    def read_until(self, condition):
        until = time.monotonic() + PATIENCE_SECONDS
        while self.open and not condition():
            self.step(b"", until)


def unanswered(messages, texts):
    """Messages that must have an answer and have none, and answers that belong to no message. Answers may overtake each other."""
    left, missing, unsure = list(texts), [], False
    for message in messages:
        if may_have_any(message):
            unsure = True
            continue
        for place, text in enumerate([*left, b""]):
            try:
                judge.judge(message, text, METHODS)
            except (AssertionError, ValueError):
                continue
            if text:
                del left[place]
            break
        else:
            missing.append(message)
    return missing, [] if unsure else left


def may_have_any(message):
    """Whether JSON readers differ about it: an answer or none, and any."""
    try:
        return judge.judge(message, b"", METHODS) == "unsure"
    except (AssertionError, ValueError):
        return False


def converse(server, data, generator):
    """Sends `data` and judges all that comes back. Returns how it ended."""
    wanted = rfc6455.read(data, MESSAGE_MAX)
    talk = Conversation(server)
    received = talk.received
    try:
        at = generator.randrange(len(data) + 1) if generator.random() < 0.3 else len(data)
        talk.send(data[:at])
        talk.send(data[at:])
        complete = not wanted.ends() and not wanted.cut
        if complete:
            talk.read_until(lambda: received.closed or not unanswered(wanted.messages, received.texts)[0]
                            and (not wanted.pings or received.pongs[-1:] == wanted.pings[-1:]))
            talk.send(wire.frame((1000).to_bytes(2, "big"), wire.CLOSE))
        elif not wanted.certain:
            try:
                talk.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has ended it already
        # A server closes first (section 7.1.1).
        talk.read_until(lambda: False)
        if complete:
            assert received.closed and received.code == rfc6455.NORMAL, f"a close was answered with {received.code}"
        else:
            rfc6455.check_close(wanted, received)
        rfc6455.check_pongs(wanted, received, complete)
        missing, strange = unanswered(wanted.messages, received.texts)
        assert not strange, f"answers to nothing: {strange[:3]}"
        assert not complete or not missing, f"no answer to {missing[:3]}"
    finally:
        talk.client.close(generator.random() < 0.2)
    if complete:
        return "whole"
    return "cut" if not wanted.ends() else f"closed with {received.code}" if received.closed else "ended"


def shake_hands(server, generator):
    """An opening handshake, right or wrong (RFC 6455, section 4.2), on a connection that goes on if it was wrong."""
    key = b"Sec-WebSocket-Key: " + base64.b64encode(generator.randbytes(16)) + b"\r\n"
    version = b"Sec-WebSocket-Version: 13\r\n"
    good_key, good_version = generator.random() < 0.5, generator.random() < 0.5
    if not good_key:
        key = generator.choice((b"", key + key, b"Sec-WebSocket-Key: \r\n", key.replace(b"==", b"="),
                                b"Sec-WebSocket-Key: " + base64.b64encode(generator.randbytes(generator.choice((0, 1, 15, 17, 60)))) + b"\r\n"))
    if not good_version:
        version = generator.choice((b"", version + version, b"Sec-WebSocket-Version: 12\r\n", b"Sec-WebSocket-Version: 13, 8\r\n"))
    fields = [b"Host: localhost\r\n", b"Upgrade: websocket\r\n", b"Connection: keep-alive, Upgrade\r\n", key, version]
    generator.shuffle(fields)
    request = b"GET / HTTP/1.1\r\n" + b"".join(fields) + b"\r\n"
    with wire.connect(server) as client:
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = client.recv(65536)
            assert piece, f"no answer to {request!r}"
            answer += piece
    status = int(answer[9:12])
    wanted = {101} if good_key and good_version else {400} if good_version else {426} if good_key else {400, 426}
    assert status in wanted, f"{status} for {request!r}"
    if status == 426:
        assert b"\r\nUpgrade: websocket\r\n" in answer and b"\r\nSec-WebSocket-Version: 13\r\n" in answer, answer


class GoodClient:
    """Stays connected all the time."""

    def __init__(self, server):
        self.client, self.number = wire.WebSocket(server), 0

    def ask(self):
        self.number += 1
        self.client.socket.sendall(wire.frame(json.dumps({"jsonrpc": "2.0", "id": self.number, "method": "eth_chainId"}).encode()))
        kind, answer = self.client.receive()
        assert kind == wire.TEXT and json.loads(answer) == {"jsonrpc": "2.0", "id": self.number, "result": "0x7a69"}, answer


def flood(server):
    """Pings for as long as they are taken, from a client that does not read: the server must stop taking them, and not keep them."""
    client = wire.WebSocket(server)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.socket.setblocking(False)
    data, sent = wire.frame(b"p" * 125, wire.PING) * 500, 0
    while select.select([], [client.socket], [], 1)[1] and sent < FLOOD_BYTES:
        sent += client.socket.send(data[sent % len(data):])
    assert sent < FLOOD_BYTES, "pings are taken though no pong is"
    client.close(abruptly=True)
    return sent


def main():
    print(f"seed {SEED}, {COUNT} connections", flush=True)
    generator = random.Random(SEED)
    ends = collections.Counter()
    with servers.appliance() as server:
        good = GoodClient(server)
        good.ask()
        before, files = server.memory_kib(), server.descriptors()
        writer = Writer(generator)
        for number in range(COUNT):
            data = writer.conversation()
            try:
                ends[converse(server, data, generator)] += 1
            except Exception as error:
                print(f"connection {number}: {type(error).__name__}: {error}\nit sent {data[:3000]!r}")
                raise
            if number % GOOD_EVERY == 0:
                shake_hands(server, generator)
                good.ask()
        taken = flood(server)
        good.ask()
        print(", ".join(f"{end}: {count}" for end, count in ends.most_common()))
        most = server.memory_kib("VmHWM")
        print(f"memory: {before} KiB before, {server.memory_kib()} KiB after, {most} KiB at most; {taken} bytes of pings taken from who does not read")
        assert most - before < GROWTH_KIB, "KiB more than before"
        server.await_descriptors(files + 1)
        for end in ("whole", "cut", "closed with 1000", "closed with 1002", "closed with 1007", "closed with 1009"):
            assert ends[end] > 0 or COUNT < 500, f"no connection is {end}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
