# SPDX-License-Identifier: Apache-2.0
"""Changes JSON texts by a seeded generator: values, types, sizes and depth of their structure, and their bytes."""
import copy
import json

HEX = ("0x", "0x0", "0x00", "0x1", "0xg", "0X1", "1", "-0x1", "0x-1", "0x" + "f" * 16, "0x1" + "0" * 16, "0x" + "f" * 64, "0x1" + "f" * 64,
       "0x" + "ab" * 20, "0x" + "cd" * 31, "0x" + "ef" * 33, "latest", "earliest", "pending", "safe", "finalized", "Latest", "")
OTHERS = (None, True, False, 0, -1, 1.5, 2**31, 2**53, 2**63 - 1, -2**63, 1e300, "", "x", "\u0000", "ü\U0001f600", [], {}, [[]], {"": {}})
BYTES = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\u0000", b"\\ud800", b"0x", b"null", b"\x00", b"\xff", b"\xc3", b"\xef\xbb\xbf", b"1e999",
         b"-", b"99999999999999999999", b"\r\n", b" ", b"/*", b"NaN")


class Mutator:
    def __init__(self, generator):
        self.random = generator

    def value(self):
        kind = self.random.randrange(6)
        if kind < 2:
            return self.random.choice(HEX)
        if kind < 4:
            return copy.deepcopy(self.random.choice(OTHERS))
        if kind == 4:
            return "0x" + "5b" * self.random.choice((1, 32, 1000, 30_000, 200_000))
        size = self.random.choice((2, 100, 3000))
        return [copy.deepcopy(self.random.choice(OTHERS + HEX)) for _ in range(size)]

    def _places(self, value, out, depth=0):
        """(container, key) of everything below `value`."""
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, member in list(items):
            out.append((value, key))
            if depth < 50 and len(out) < 5000:
                self._places(member, out, depth + 1)
        return out

    def _change(self, request):
        places = self._places(request, [])
        if not places:
            return
        container, key = self.random.choice(places)
        kind = self.random.randrange(8)
        if kind < 3:
            container[key] = self.value()
        elif kind == 3:
            del container[key]
        elif kind == 4 and isinstance(container, dict):
            container[self.random.choice(("", "x", "data", "input", "jsonrpc", "id", "params", "blockHash", "gasPrice", "maxFeePerGas"))] = self.value()
        elif kind == 4:
            container.insert(key, self.value())
        elif kind == 5:
            other, where = self.random.choice(places)
            container[key] = copy.deepcopy(other.get(where) if isinstance(other, dict) else other[where] if where < len(other) else None)
        elif kind == 6:
            member = container[key]
            for _ in range(self.random.choice((1, 3, 40))):
                member = [member] if self.random.random() < 0.5 else {"a": member}
            container[key] = member
        elif isinstance(container[key], str) and container[key]:
            text, at = container[key], self.random.randrange(len(container[key]))
            container[key] = self.random.choice((text[:at], text + text, text[:at] + self.random.choice("0fgxZ\n") + text[at + 1:], text[:at] + text[at + 1:]))
        else:
            container[key] = self.random.choice(HEX)

    def structure(self, request):
        """A request changed here and there, or a batch of such, as text."""
        request = copy.deepcopy(request)
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3, 8))):
            self._change(request)
        return request

    def deep(self):
        depth = self.random.choice((10, 60, 500, 5000, 100_000))
        opening, closing = self.random.choice((("[", "]"), ('{"a":', "}")))
        inner = opening * depth + "1" + closing * depth * self.random.randrange(2)
        return self.random.choice((inner, '{"jsonrpc":"2.0","id":1,"method":"eth_call","params":' + inner + "}", "[" + inner + "]")).encode()

    def bytes_of(self, text):
        """`text` with a few bytes changed, taken out, doubled, put in, or cut off."""
        data = bytearray(text)
        for _ in range(self.random.choice((1, 1, 2, 5, 30))):
            at = self.random.randrange(len(data) or 1)
            kind = self.random.randrange(4)
            if kind == 0:
                data[at:at + 1] = bytes([self.random.randrange(256)])
            elif kind == 1:
                del data[at:at + self.random.randrange(1, 20)]
            elif kind == 2:
                data[at:at] = data[at:at + self.random.randrange(1, 100)]
            else:
                data[at:at] = self.random.choice(BYTES)
        return bytes(data[:self.random.choice((len(data), len(data), self.random.randrange(len(data) + 1)))])

    def body(self, requests):
        """The bytes of one request or batch; `requests` are (method, params)."""
        one = lambda: {"jsonrpc": "2.0", "id": self.random.choice((1, 0, "a", None, -5, 2**53, 1.5)), **dict(zip(("method", "params"), self.random.choice(requests)))}
        kind = self.random.randrange(20)
        if kind == 0:
            return self.deep()
        if kind == 1:
            count = self.random.choice((0, 1000, 1001, None, None, None))
            batch = [self.value() for _ in range(5)] if count is None else [{"jsonrpc": "2.0", "id": n, "method": "eth_chainId"} for n in range(count)]
            return json.dumps(batch).encode()
        if kind < 5:
            return json.dumps([self.structure(one()) for _ in range(self.random.randrange(1, 6))], ensure_ascii=False).encode("utf-8", "surrogatepass")
        text = json.dumps(self.structure(one()), ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        return self.bytes_of(text) if kind < 10 else text
