# SPDX-License-Identifier: Apache-2.0
"""HTTP and WebSocket byte by byte, right and wrong, for a client that must be free to break them."""
import base64
import socket
import struct

SECONDS = 60
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def connect(server):
    return socket.create_connection((server.host, server.port), SECONDS)


def head(length, extra=b"", method=b"POST", version=b"1.1", target=b"/"):
    return (b"%s %s HTTP/%s\r\nHost: localhost\r\nContent-Type: application/json\r\n" % (method, target, version) + extra
            + (b"Content-Length: %d\r\n" % length if length is not None else b"") + b"\r\n")


def chunked(body, sizes):
    """`body` in chunks of `sizes` (bytes; the last one takes the rest), some with an extension, with a trailer."""
    out, at = b"", 0
    for number, size in enumerate(sizes):
        piece = body[at:at + size] if number + 1 < len(sizes) else body[at:]
        at += len(piece)
        if piece:
            out += b"%x%s\r\n%s\r\n" % (len(piece), b";a=b" if number % 3 == 1 else b"", piece)
    return out + b"0\r\nX-Trailer: y\r\n\r\n"


def receive(client):
    """All that comes until the other side ends; None when it was reset."""
    out = b""
    try:
        while piece := client.recv(65536):
            out += piece
    except ConnectionError:
        pass
    return out


def responses(data):
    """[(status, body)] of what a server sent on one connection. Raises AssertionError for what is no HTTP."""
    out = []
    while data:
        assert data.startswith(b"HTTP/1."), data[:60]
        start, separator, rest = data.partition(b"\r\n\r\n")
        assert separator, f"a header without an end: {data[:200]}"
        lines = start.split(b"\r\n")
        status = int(lines[0].split(b" ")[1])
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        if status == 100:
            data = rest
            continue
        if fields.get(b"transfer-encoding") == b"chunked":
            body = b""
            while True:
                size, _, rest = rest.partition(b"\r\n")
                count = int(size, 16)
                body, rest = body + rest[:count], rest[count + 2:]
                if count == 0:
                    break
        else:
            count = int(fields.get(b"content-length", b"0"))
            assert len(rest) >= count, f"{len(rest)} of {count} bytes of a body"
            body, rest = rest[:count], rest[count:]
        out.append((status, body))
        data = rest
    return out


def frame(payload, opcode=TEXT, final=True, masked=True, reserved=0, length=None, length_bytes=None, mask=b"\x37\xfa\x21\x3d"):
    """One WebSocket frame of a client (RFC 6455, section 5.2). `length` is what it claims, if that is not its payload's, in `length_bytes`
    bytes of their own (2, 8), if those are not the fewest."""
    length = len(payload) if length is None else length
    out = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    mask_bit = 0x80 if masked else 0
    if length_bytes is None:
        length_bytes = 0 if length < 126 else 2 if length < 1 << 16 else 8
    if length_bytes == 0:
        out += bytes([mask_bit | length])
    elif length_bytes == 2:
        out += bytes([mask_bit | 126]) + struct.pack(">H", length)
    else:
        out += bytes([mask_bit | 127]) + struct.pack(">Q", length)
    if not masked:
        return out + payload
    whole = mask * (len(payload) // 4 + 1)
    return out + mask + bytes(a ^ b for a, b in zip(payload, whole))


class WebSocket:
    def __init__(self, server):
        self.socket = connect(server)
        self.socket.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
                            + base64.b64encode(b"0123456789abcdef") + b"\r\nSec-WebSocket-Version: 13\r\n\r\n")
        self.read = b""
        while b"\r\n\r\n" not in self.read:
            piece = self.socket.recv(4096)
            assert piece, "no answer to an upgrade"
            self.read += piece
        answer, _, self.read = self.read.partition(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101"), answer[:100]

    def _take(self, count):
        while len(self.read) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionResetError
            self.read += piece
        out, self.read = self.read[:count], self.read[count:]
        return out

    def receive(self):
        """(opcode, payload) of the next message. ConnectionError when there is none."""
        whole, kind = b"", None
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                length = struct.unpack(">H", self._take(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._take(8))[0]
            assert second & 0x80 == 0 and first & 0x70 == 0, "a server's frame is masked or has reserved bits"
            payload = self._take(length)
            opcode = first & 0x0F
            if opcode >= 8:
                return opcode, payload
            kind = opcode or kind
            whole += payload
            if first & 0x80:
                return kind, whole

    def close(self, abruptly=False):
        if abruptly:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
