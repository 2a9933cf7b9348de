# SPDX-License-Identifier: Apache-2.0
"""What RFC 6455 asks of a server for any bytes behind the handshake, and whether what came back is that."""
import codecs
import dataclasses

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
NORMAL, PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1000, 1002, 1007, 1009
#: Must not be in a close frame (section 7.4.1); below 1000 are none (7.4.2).
NEVER_SENT = (1005, 1006, 1015)
#: Of 7.4.1, and those of libraries and of private use (7.4.2). What is in neither may be registered one day: echoed or refused.
CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, *range(3000, 5000)}


@dataclasses.dataclass
class Wanted:
    """`codes`: of the close frame that the server must send, or may if not `certain`; None: the connection stays open."""
    messages: list = dataclasses.field(default_factory=list)  #: whole ones, before anything was wrong
    pings: list = dataclasses.field(default_factory=list)
    codes: set | None = None
    certain: bool = False
    cut: bool = False  #: the last frame is not whole

    def ends(self):
        return self.codes is not None


def _is_utf8(payload):
    try:
        payload.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def _codes_of_close(payload):
    if not payload:
        return {NORMAL, None}
    if len(payload) == 1:
        return {PROTOCOL_ERROR}
    code = int.from_bytes(payload[:2], "big")
    if code < 1000 or code in NEVER_SENT:
        return {PROTOCOL_ERROR}
    codes = {code} if code in CODES else {code, PROTOCOL_ERROR}
    return codes if _is_utf8(payload[2:]) else {NOT_UTF8, PROTOCOL_ERROR}


class _Reader:
    def __init__(self, data, limit):
        self.data, self.limit, self.at = data, limit, 0
        self.wanted = Wanted()
        self.kind, self.message, self.utf8 = None, b"", None
        self.not_utf8 = False  #: may be said at once, or when the message ends

    def end(self, codes, certain=True):
        self.wanted.codes = codes | ({NOT_UTF8} if self.not_utf8 else set())
        self.wanted.certain = certain
        return False

    def end_of_data(self):
        self.wanted.cut = True
        return self.end(set(), False) if self.not_utf8 else False

    def head_faults(self, first, second):
        """Whether the first two bytes are wrong."""
        opcode, final, length = first & 0x0F, first & 0x80, second & 0x7F
        return (first & 0x70 or second & 0x80 == 0 or opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG)
                or (opcode >= 8 and (not final or length > 125))
                or (opcode == 0 and self.kind is None) or (opcode in (TEXT, BINARY) and self.kind is not None))

    def frame(self):
        """Reads one; False when nothing after it counts."""
        head = self.data[self.at:self.at + 2]
        if len(head) < 2:
            self.wanted.cut = len(head) > 0
            return self.end(set(), False) if self.not_utf8 else False
        first, second = head
        opcode, short = first & 0x0F, second & 0x7F
        extended = {126: 2, 127: 8}.get(short, 0)
        start = self.at + 2 + extended + (4 if second & 0x80 else 0)
        whole_head = len(self.data) >= start
        codes = {PROTOCOL_ERROR} if self.head_faults(first, second) else set()
        if not whole_head:
            self.wanted.cut = True
            return self.end(codes, False) if codes else self.end_of_data()
        length = int.from_bytes(self.data[self.at + 2:self.at + 2 + extended], "big") if extended else short
        if (extended == 2 and length < 126) or (extended == 8 and (length < 1 << 16 or length >= 1 << 63)):
            codes.add(PROTOCOL_ERROR)
        if opcode < 8 and len(self.message) + length > self.limit:
            codes.add(TOO_BIG)
        payload = self.data[start:start + length] if length < 1 << 62 else self.data[start:]
        if codes:
            # Whoever says it only once the whole control frame is there may be still waiting for it.
            return self.end(codes, opcode < 8 or len(payload) == length)
        mask = self.data[start - 4:start]
        payload = (int.from_bytes(payload, "little") ^ int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "little")).to_bytes(len(payload), "little")
        self.at = start + length
        if opcode >= 8:
            return self.control(opcode, payload) if len(payload) == length else self.end_of_data()
        return self.piece(opcode, payload, bool(first & 0x80) and len(payload) == length, len(payload) == length)

    def control(self, opcode, payload):
        if opcode == CLOSE:
            return self.end(_codes_of_close(payload))
        if opcode == PING:
            self.wanted.pings.append(payload)
        return True

    def piece(self, opcode, payload, final, whole):
        if opcode:
            self.kind, self.message = opcode, b""
            self.utf8 = codecs.getincrementaldecoder("utf-8")() if opcode == TEXT else None
        self.message += payload
        if self.utf8 and not self.not_utf8:
            try:
                self.utf8.decode(payload, final)
            except UnicodeDecodeError:
                self.not_utf8 = True
        if not whole:
            return self.end_of_data()
        if final:
            if self.not_utf8:
                return self.end({NOT_UTF8})
            self.wanted.messages.append(self.message)
            self.kind = None
        return True


def read(data, limit):
    """What `data` (everything that a client sends behind its handshake) asks for; messages of at most `limit` bytes."""
    reader = _Reader(data, limit)
    while reader.frame():
        pass
    return reader.wanted


@dataclasses.dataclass
class Received:
    texts: list = dataclasses.field(default_factory=list)
    pongs: list = dataclasses.field(default_factory=list)
    closed: bool = False
    code: int | None = None  #: of the close frame; None if it has none
    rest: bytes = b""  #: of a frame that has not come whole


def read_answers(data, received):
    """Adds a server's bytes to `received`. Raises AssertionError for what a server must not send."""
    data = received.rest + data
    while len(data) >= 2:
        first, second = data[0], data[1]
        assert first & 0x70 == 0 and second & 0x80 == 0, "a server's frame is masked or has reserved bits"
        extended = {126: 2, 127: 8}.get(second & 0x7F, 0)
        if len(data) < 2 + extended:
            break
        length = int.from_bytes(data[2:2 + extended], "big") if extended else second
        if len(data) < 2 + extended + length:
            break
        payload, data = data[2 + extended:2 + extended + length], data[2 + extended + length:]
        assert not received.closed, "a frame behind the close frame"
        opcode = first & 0x0F
        assert first & 0x80 and opcode in (TEXT, CLOSE, PING, PONG), f"a frame of kind {first:#x}"
        assert opcode < 8 or length <= 125, "a long control frame"
        if opcode == TEXT:
            received.texts.append(payload)
        elif opcode == PONG:
            received.pongs.append(payload)
        elif opcode == CLOSE:
            received.closed = True
            assert length != 1, "a close frame of one byte"
            received.code = int.from_bytes(payload[:2], "big") if payload else None
            payload[2:].decode("utf-8")
    received.rest = data


def check_pongs(wanted, received, complete):
    """Each answers a ping, in order; the last one must be answered, those before it may be left out (section 5.5.3)."""
    pings = iter(wanted.pings)
    for pong in received.pongs:
        assert any(ping == pong for ping in pings), f"a pong {pong!r} that answers no ping"
    if complete and wanted.pings:
        assert received.pongs and received.pongs[-1] == wanted.pings[-1], "the last ping is not answered"


def check_close(wanted, received):
    if wanted.codes is None:
        assert not received.closed, f"closed with {received.code}, for nothing"
        return
    assert received.closed or not wanted.certain, f"no close frame instead of one with {wanted.codes}"
    if received.closed:
        assert received.code in wanted.codes, f"closed with {received.code} instead of {wanted.codes}"
