# SPDX-License-Identifier: Apache-2.0
"""What JSON-RPC 2.0 asks of the answer to any bytes at all, worked out from Python's JSON reader."""
import json

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603
BATCH_MAX = 1000
DEPTH_SURE = 40
ANY = object()
#: Over HTTP these two are methods that do not exist there, with go-ethereum's code for it.
OF_WEBSOCKET = ("eth_subscribe", "eth_unsubscribe")


class Unsure(Exception):
    """JSON readers differ about this text: duplicate names, numbers beyond 64 bits, lone surrogates, much depth, a byte order mark."""


def _pairs(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise Unsure
    return dict(pairs)


def _integer(text):
    value = int(text) if len(text) < 30 else 2**64
    if not -2**63 <= value < 2**63:
        raise Unsure
    return value


def _float(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Unsure
    return value


def _constant(text):
    raise ValueError(text)


def _check(value, depth=0):
    if depth > DEPTH_SURE:
        raise Unsure
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise Unsure
    for member in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(member, depth + 1)


def _read(body):
    if body.startswith(b"\xef\xbb\xbf"):
        raise Unsure
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float, parse_constant=_constant)
    except RecursionError as error:
        raise Unsure from error
    _check(value)
    return value


def _entry(entry, methods):
    """None for a notification, else (the id of the answer, codes that its error may have)."""
    if not isinstance(entry, dict):
        return None, {INVALID_REQUEST}
    number = entry.get("id")
    fits = not isinstance(number, (dict, list))
    method = entry.get("method")
    if entry.get("jsonrpc") != "2.0" or not fits or not isinstance(method, str) or method == "":
        return number if fits else None, {INVALID_REQUEST}
    if "id" not in entry:
        return None
    if method not in methods:
        return number, {METHOD_NOT_FOUND}
    if entry.get("params") is not None and not isinstance(entry["params"], list):
        return number, {INVALID_PARAMS}
    return number, ANY if method not in OF_WEBSOCKET else None


def _same(left, right):
    return type(left) is type(right) and left == right


def _check_answer(answer, wanted):
    assert isinstance(answer, dict) and answer.get("jsonrpc") == "2.0" and "id" in answer, "not a response"
    assert ("result" in answer) != ("error" in answer), "neither or both of result and error"
    code = 0
    if "error" in answer:
        error = answer["error"]
        assert isinstance(error, dict) and isinstance(error.get("code"), int) and isinstance(error.get("message"), str), "not an error object"
        code = error["code"]
        # Of a method: of the server's own range, of eth_simulateV1's, of a revert, of what was pruned (EIP-4444). go-ethereum's eth_simulateV1 has
        # an internal error for what it has no code for; a handler that was left by an exception says something else.
        assert code != INTERNAL or error["message"].startswith("err: "), error["message"]
        assert code == INTERNAL or -32099 <= code <= -32000 or code in (PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, 3, 4444) or -38999 <= code <= -38000, \
            f"error code {code}: {error['message']}"
    if wanted is None:
        return
    number, codes = wanted
    assert _same(answer["id"], number), f"id {answer['id']!r} instead of {number!r}"
    if codes is None:
        assert code not in (PARSE_ERROR, INVALID_REQUEST), f"error code {code} of a subscription"
    elif codes is ANY:
        assert code not in (PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND), f"error code {code} of a method that was called"
    else:
        assert code in codes, f"error code {code} instead of {codes}"


def judge(body, answer, methods):
    """Asserts that `answer` (bytes) is what `body` deserves. Returns which rule applied."""
    try:
        value = _read(body)
    except Unsure:
        if answer:
            read = json.loads(answer)
            for each in read if isinstance(read, list) else [read]:
                _check_answer(each, None)
        return "unsure"
    except ValueError:
        _check_answer(json.loads(answer), (None, {PARSE_ERROR}))
        return "parse"
    if not isinstance(value, list):
        wanted = _entry(value, methods)
        if wanted is None:
            assert answer == b"", "an answer to a notification"
            return "notification"
        _check_answer(json.loads(answer), wanted)
        return "refused" if isinstance(wanted[1], set) else "call"
    if not value:
        _check_answer(json.loads(answer), (None, {INVALID_REQUEST}))
        return "empty batch"
    if len(value) > BATCH_MAX:
        read = json.loads(answer)
        assert len(read) == 1 and read[0]["error"]["code"] == INVALID_REQUEST, "a batch that is too large"
        return "large batch"
    wanted = [each for each in (_entry(entry, methods) for entry in value) if each is not None]
    if not wanted:
        assert answer == b"", "an answer to notifications"
        return "notification"
    read = json.loads(answer)
    assert isinstance(read, list) and len(read) == len(wanted), f"{len(read)} answers to {len(wanted)} calls"
    for each, want in zip(read, wanted):
        _check_answer(each, want)
    return "batch"
