# SPDX-License-Identifier: Apache-2.0
"""Recursive length prefix (Yellow Paper, appendix B), written here so that a test does not rest on the code that it judges."""


def encode(item):
    """Bytes, or a list of items."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(0x80, len(item)) + item
    return list_of(map(encode, item))


def list_of(encodings):
    """The encoding of a list whose members are encoded."""
    payload = b"".join(encodings)
    return _prefix(0xC0, len(payload)) + payload


def encodings(data):
    """The members of an encoded list, each as it is encoded."""
    content, length, is_list = _header(data, 0)
    assert is_list
    end, out, at = content + length, [], content
    while at < end:
        content, length, _ = _header(data, at)
        out.append(data[at:content + length])
        at = content + length
    return out


def _prefix(base, length):
    if length < 56:
        return bytes([base + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size


def _header(data, at):
    """Where the content begins, its length, and whether it is a list's."""
    first = data[at]
    if first < 0x80:
        return at, 1, False
    base = 0xC0 if first >= 0xC0 else 0x80
    if first < base + 56:
        return at + 1, first - base, base == 0xC0
    size = first - base - 55
    return at + 1 + size, int.from_bytes(data[at + 1:at + 1 + size], "big"), base == 0xC0
