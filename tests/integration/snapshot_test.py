#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Saves, damages, restores and checks a store that Python's sqlite3 wrote from the schema's description; reads the shards with a decoder of its own."""
import functools
import json
import os
import pathlib
import random
import sqlite3
import struct
import subprocess
import tempfile
import unittest
import zlib

COMMAND = os.environ["SWITCHYARD_COMMAND"]
SHARDS = 4
BLOCK = 1234567


def run(*arguments, code=0):
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != code:
        raise AssertionError(f"{arguments}: exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    return done


def run_json(*arguments, code=0):
    return json.loads(run(*arguments, "--json", code=code).stdout)


@functools.cache
def keccak256(message):
    """As in the Keccak reference 3.0, word by word."""
    mask = (1 << 64) - 1
    rotate = lambda word, by: (word << by | word >> (64 - by)) & mask if by else word
    state = [[0] * 5 for _ in range(5)]
    padded = bytearray(message) + b"\x01" + bytes(-(len(message) + 1) % 136)
    padded[-1] |= 0x80
    for at in range(0, len(padded), 136):
        for i in range(17):
            state[i % 5][i // 5] ^= int.from_bytes(padded[at + 8 * i:at + 8 * i + 8], "little")
        lfsr = 1
        for _ in range(24):
            c = [a[0] ^ a[1] ^ a[2] ^ a[3] ^ a[4] for a in state]
            d = [c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1) for x in range(5)]
            state = [[state[x][y] ^ d[x] for y in range(5)] for x in range(5)]
            x, y, current = 1, 0, state[1][0]
            for t in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                current, state[x][y] = state[x][y], rotate(current, (t + 1) * (t + 2) // 2 % 64)
            state = [[state[x][y] ^ (~state[(x + 1) % 5][y] & mask & state[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
            for j in range(7):
                if lfsr & 1:
                    state[0][0] ^= 1 << ((1 << j) - 1)
                lfsr = lfsr << 1 ^ (0x171 if lfsr & 0x80 else 0)
    return b"".join(state[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def short(number):
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def random_state():
    """{address: (nonce, balance, code, {slot: value})}"""
    source = random.Random(7)
    state = {}
    for n in range(400):
        slots = {source.randrange(2**source.choice((8, 256))): source.randrange(1, 2**source.choice((8, 256)))
                 for _ in range(source.choice((0, 0, 3, 3000 if n == 0 else 10)))}
        code = source.randbytes(24576 if n < 4 else source.choice((1, 100, 300))) if slots else b""
        state[source.randbytes(20)] = (source.randrange(1, 2**60), source.randrange(2**100), code, slots)
    shared = next(code for _, _, code, _ in state.values() if code)
    state[b"\0" * 20] = (1, 0, shared, {})
    return state


def root_of(state):
    """By t8n, which builds the trie in memory."""
    alloc = {"0x" + address.hex(): {"nonce": hex(nonce), "balance": hex(balance), "code": "0x" + code.hex(),
                                    "storage": {hex(key): hex(value) for key, value in slots.items()}}
             for address, (nonce, balance, code, slots) in state.items()}
    env = {"currentCoinbase": "0x" + "00" * 20, "currentGasLimit": "0x1000000", "currentNumber": "0x1", "currentTimestamp": "0x1",
           "currentRandom": "0x00", "currentBaseFee": "0x7", "withdrawals": [], "blockHashes": {}}
    done = subprocess.run([COMMAND, "t8n", "--input.alloc", "stdin", "--input.env", "stdin", "--input.txs", "stdin", "--output.alloc", "stdout",
                           "--output.result", "stdout", "--state.fork", "Shanghai", "--state.reward", "-1"],
                          input=json.dumps({"alloc": alloc, "env": env, "txs": []}), capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return bytes.fromhex(json.loads(done.stdout)["result"]["stateRoot"][2:])


def write_store(folder, state, root):
    """The databases, from the comment of host/state/sqlite/sharded_store.hpp."""
    flat = folder / "flat"
    flat.mkdir(parents=True)
    store_id = bytes(range(16))

    def database(name, script):
        out = sqlite3.connect(flat / name)
        out.executescript("PRAGMA journal_mode = WAL; PRAGMA application_id = 0x53575944; PRAGMA user_version = 2;" + script)
        return out

    main = database("main.db", """
        CREATE TABLE store(shards INTEGER NOT NULL, store_id BLOB NOT NULL) STRICT;
        CREATE TABLE blocks(number INTEGER PRIMARY KEY NOT NULL, hash BLOB NOT NULL, state_root BLOB NOT NULL) STRICT;
        CREATE TABLE code(code_hash BLOB UNIQUE NOT NULL, code BLOB NOT NULL) STRICT;
        CREATE TABLE undo(block INTEGER PRIMARY KEY NOT NULL, changes BLOB NOT NULL) STRICT""")
    main.execute("INSERT INTO store VALUES(?, ?)", (SHARDS, store_id))
    main.execute("INSERT INTO blocks VALUES(?, ?, ?)", (BLOCK, b"\x11" * 32, root))
    main.execute("INSERT INTO code VALUES(?, ?)", (keccak256(b"unused"), b"unused"))
    codes = {code for _, _, code, _ in state.values() if code}
    main.executemany("INSERT INTO code VALUES(?, ?)", [(keccak256(code), code) for code in codes])
    main.commit()
    main.close()
    shards = []
    for number in range(SHARDS):
        shard = database(f"state-{number:02}.db", """
            CREATE TABLE accounts(address BLOB PRIMARY KEY NOT NULL, nonce INTEGER NOT NULL, balance BLOB NOT NULL, code_hash BLOB) STRICT, WITHOUT ROWID;
            CREATE TABLE storage(address BLOB NOT NULL, slot BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY(address, slot)) STRICT, WITHOUT ROWID;
            CREATE TABLE shard(number INTEGER PRIMARY KEY NOT NULL, shards INTEGER NOT NULL, store_id BLOB NOT NULL, block INTEGER) STRICT""")
        shard.execute("INSERT INTO shard VALUES(?, ?, ?, ?)", (number, SHARDS, store_id, BLOCK))
        shards.append(shard)
    for address, (nonce, balance, code, slots) in state.items():
        shards[address[19] % SHARDS].execute("INSERT INTO accounts VALUES(?, ?, ?, ?)",
                                             (address, nonce, short(balance), keccak256(code) if code else None))
        for key, value in slots.items():
            slot = key.to_bytes(32, "big")
            shards[(address[19] ^ slot[31]) % SHARDS].execute("INSERT INTO storage VALUES(?, ?, ?)", (address, slot, short(value)))
    for shard in shards:
        shard.commit()
        shard.close()


def read_store(folder):
    """The state in a store's databases."""
    flat, state, codes = folder / "flat", {}, {None: b""}
    connect = lambda name: sqlite3.connect(f"file:{flat / name}?mode=ro", uri=True)
    main = connect("main.db")
    codes.update(main.execute("SELECT code_hash, code FROM code"))
    shards = main.execute("SELECT shards FROM store").fetchone()[0]
    for number in range(shards):
        for address, nonce, balance, code_hash in connect(f"state-{number:02}.db").execute("SELECT * FROM accounts"):
            state[address] = (nonce, int.from_bytes(balance, "big"), codes[code_hash], {})
    for number in range(shards):
        for address, slot, value in connect(f"state-{number:02}.db").execute("SELECT * FROM storage"):
            state[address][3][int.from_bytes(slot, "big")] = int.from_bytes(value, "big")
    return state


def read_data_shards(folder):
    """The state in a snapshot, by host/state/snapshot/format.hpp and row_codec.hpp, without parity."""
    files = [path.read_bytes() for path in sorted(folder.glob("*.snap"))]
    header = files[0][:176]
    data_shards, stripes = struct.unpack_from("<H", header, 12)[0], struct.unpack_from("<Q", header, 136)[0]
    at, rows = 176, b""
    for stripe in range(stripes):
        number, length, compressed, raw = struct.unpack_from("<IIII", files[0], at)
        assert number == stripe
        packed = b"".join(file[at + 24:at + 24 + length] for file in files[:data_shards])
        assert not any(packed[compressed:])
        piece = zlib.decompress(packed[:compressed], wbits=-15)
        assert len(piece) == raw
        rows += piece
        at += 24 + length
    assert all(len(file) == at + 176 and file[at:] == file[:176] for file in files)
    return read_rows(rows), header


def read_rows(rows):
    at = 0

    def take(size):
        nonlocal at
        at += size
        return rows[at - size:at]

    def number():
        return int.from_bytes(take(take(1)[0]), "big")

    def varint():
        value = shift = 0
        while True:
            byte = take(1)[0]
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    state, hashes, codes, slots = {}, {}, {}, 0
    while True:
        kind = take(1)[0]
        if kind in (1, 2):
            address = take(20)
            state[address] = (number(), number(), b"", {})
            hashes[address] = take(32) if kind == 2 else None
        elif kind == 3:
            key = number()
            state[address][3][key] = number()
            slots += 1
        elif kind == 4:
            code_hash = take(32)
            codes[code_hash] = take(varint())
        else:
            assert kind == 0 and (varint(), varint(), varint()) == (len(state), slots, len(codes)) and at == len(rows)
            assert list(state) == sorted(state) and list(codes) == sorted(codes) and set(codes) == set(hashes.values()) - {None}
            return {address: (nonce, balance, codes.get(hashes[address], b""), held) for address, (nonce, balance, _, held) in state.items()}


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.base = pathlib.Path(cls.temporary.name)
        cls.state = random_state()
        cls.root = root_of(cls.state)
        cls.store = cls.base / "store"
        write_store(cls.store, cls.state, cls.root)
        cls.snapshot = cls.base / "snapshot"
        cls.created = run_json("snapshot", "create", cls.store, cls.snapshot)

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def setUp(self):
        self.folder = self.base / self.id().split(".")[-1]
        self.folder.mkdir()

    def copy(self):
        out = self.folder / "snapshot"
        subprocess.run(["cp", "-r", self.snapshot, out], check=True)
        return out

    def test_keccak(self):
        self.assertEqual(keccak256(b"").hex(), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")

    def test_info_and_verify_of_a_store(self):
        info = run_json("state", "info", self.store)
        self.assertEqual((info["block"], info["state_root"], info["shards"]), (BLOCK, "0x" + self.root.hex(), SHARDS))
        self.assertGreater(info["store_bytes"], 100_000)
        verified = run_json("state", "verify", self.store)
        self.assertTrue(verified["equal"])
        self.assertEqual(verified["computed_root"], "0x" + self.root.hex())
        self.assertEqual(verified["accounts"], len(self.state))
        self.assertEqual(run("state", "verify", self.store, "--memory", 16).stdout.splitlines()[-1], "equal")
        self.assertIn("1,234,567", run("state", "info", self.store).stdout)

    def test_one_changed_value_is_found(self):
        store = self.folder / "store"
        changed = dict(self.state)
        address = max(changed)
        changed[address] = (changed[address][0] + 1, *changed[address][1:])
        write_store(store, changed, self.root)
        self.assertFalse(run_json("state", "verify", store, code=1)["equal"])
        self.assertIn("differ", run("state", "verify", store, code=1).stdout)
        run("snapshot", "create", store, self.folder / "snapshot")
        run("snapshot", "verify", self.folder / "snapshot")
        self.assertIn("not restorable", run("snapshot", "verify", self.folder / "snapshot", "--deep", code=1).stdout)
        self.assertIn("state root", run("snapshot", "restore", self.folder / "snapshot", self.folder / "new", code=1).stderr)
        self.assertFalse((self.folder / "new").exists())

    def test_the_shards_are_what_the_format_says(self):
        state, header = read_data_shards(self.snapshot)
        self.assertEqual(state, self.state)
        self.assertEqual(header[:8], b"SWSNAPSH")
        self.assertEqual(struct.unpack_from("<Q", header, 40)[0], BLOCK)
        self.assertEqual((header[48:80], header[80:112]), (b"\x11" * 32, self.root))
        counts = struct.unpack_from("<QQQ", header, 112)
        self.assertEqual(counts, (self.created["accounts"], self.created["slots"], self.created["codes"]))
        self.assertEqual(counts[0], len(self.state))
        small = self.folder / "other"
        run("snapshot", "create", self.store, small, "--data", 3, "--parity", 4)
        self.assertEqual(len(list(small.glob("shard-*.snap"))), 7)
        self.assertEqual(read_data_shards(small)[0], self.state)

    def test_two_lost_shards_do_not_matter(self):
        folder = self.copy()
        (folder / "shard-03.snap").unlink()
        damaged = bytearray((folder / "shard-08.snap").read_bytes())
        damaged[len(damaged) // 2] ^= 1
        (folder / "shard-08.snap").write_bytes(damaged)
        report = run_json("snapshot", "verify", folder, "--deep", code=1)
        self.assertTrue(report["restorable"] and report["deep"] and not report["sound"])
        states = {shard["file"]: shard["state"] for shard in report["shards"]}
        self.assertEqual({file for file, state in states.items() if state != "ok"}, {"shard-03.snap", "shard-08.snap"})
        text = run("snapshot", "verify", folder, code=1).stdout
        self.assertRegex(text, r"shard-03.snap +missing")
        self.assertRegex(text, r"shard-08.snap +damaged")
        self.assertIn("repair", text)
        store = self.folder / "store"
        restored = run("snapshot", "restore", folder, store, "--shards", 8).stdout
        self.assertIn("the state root is right", restored)
        self.assertEqual(read_store(store), self.state)
        self.assertTrue((store / "trie.db").exists())
        self.assertTrue(run_json("state", "verify", store)["equal"])
        self.assertEqual(run_json("snapshot", "repair", folder)["written"], ["shard-03.snap", "shard-08.snap"])
        self.assertIn("sound", run("snapshot", "verify", folder).stdout)
        self.assertEqual(read_data_shards(folder)[0], self.state)

    def test_three_lost_shards_do(self):
        folder = self.copy()
        for number in (0, 4, 9):
            (folder / f"shard-0{number}.snap").unlink()
        report = run_json("snapshot", "verify", folder, code=1)
        self.assertFalse(report["restorable"])
        self.assertIn("7 of 10 chunks are sound and 8 are needed", report["error"])
        done = run("snapshot", "restore", folder, self.folder / "store", code=1)
        self.assertRegex(done.stderr, r"^switchyard: .*lost: shard-00.snap \(missing\), shard-04.snap \(missing\), shard-09.snap \(missing\)\n$")
        self.assertFalse((self.folder / "store").exists())
        run("snapshot", "repair", folder, code=1)

    def test_nothing_is_overwritten(self):
        self.assertIn("exists", run("snapshot", "create", self.store, self.snapshot, code=2).stderr)
        self.assertIn("exists", run("snapshot", "restore", self.snapshot, self.store, code=2).stderr)
        self.assertEqual(read_store(self.store), self.state)

    def test_what_is_not_there(self):
        for arguments in (("state", "info", self.folder), ("state", "verify", self.folder / "none"),
                          ("snapshot", "create", self.folder, self.folder / "s"), ("snapshot", "verify", self.folder),
                          ("snapshot", "restore", self.folder / "none", self.folder / "s"), ("snapshot", "repair", self.folder),
                          ("snapshot",), ("state",), ("snapshot", "create", self.store), ("snapshot", "verify", self.snapshot, "--memory", 1)):
            with self.subTest(arguments=arguments):
                done = run(*arguments, code=2)
                self.assertNotEqual(done.stderr + done.stdout, "")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_help_teaches(self):
        for arguments in (("snapshot", "create"), ("snapshot", "verify"), ("snapshot", "restore"), ("snapshot", "repair"), ("state", "info"),
                          ("state", "verify")):
            self.assertIn("Example", run(*arguments, "--help").stdout, arguments)


if __name__ == "__main__":
    unittest.main()
