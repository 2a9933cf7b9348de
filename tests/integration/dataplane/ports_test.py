#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traffic through every kind of port: a server (`switchyard port test`) on the port, a client on the other side of it, in two
network namespaces of the test's own. Every transaction must be answered once and accepted, and the server's counters add up.

usage: ports_test.py [--transactions N] [--only KIND ...]      needs root and ip(8); exit code 77 without them
What this kernel or this build does not have is skipped, with the reason that it gave.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import time

COMMAND = os.environ["SWITCHYARD_COMMAND"]
SERVER_NS, CLIENT_NS = f"sw-ps-{os.getpid()}", f"sw-pc-{os.getpid()}"
SERVER, CLIENT, OTHER_CLIENT = "10.79.0.2", "10.79.0.1", "10.79.0.3"
SERVER6, CLIENT6, OTHER_CLIENT6 = "2001:db8:79::2", "2001:db8:79::1", "2001:db8:79::3"
RING = "blocksz=1048576,framesz=2048,framecnt=65536"
CHAIN = 1337


class Skipped(Exception):
    pass


def run(*arguments, check=True):
    return subprocess.run(list(map(str, arguments)), check=check, capture_output=True, text=True)


def inside(namespace, *arguments):
    return ["ip", "netns", "exec", namespace, *map(str, arguments)]


class Namespaces:
    def __enter__(self):
        try:
            for name in (SERVER_NS, CLIENT_NS):
                run("ip", "netns", "add", name)
            run("ip", "link", "add", "sw-s", "netns", SERVER_NS, "type", "veth", "peer", "name", "sw-c", "netns", CLIENT_NS)
            for name, interface in ((SERVER_NS, "sw-s"), (CLIENT_NS, "sw-c")):
                run("ip", "-n", name, "link", "set", "lo", "up")
                run("ip", "-n", name, "link", "set", interface, "up")
            run("ip", "-n", CLIENT_NS, "addr", "add", CLIENT + "/24", "dev", "sw-c")
            run("ip", "-n", CLIENT_NS, "addr", "add", CLIENT6 + "/64", "dev", "sw-c", "nodad")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in (SERVER_NS, CLIENT_NS):
            run("ip", "netns", "del", name, check=False)


class Server:
    """`switchyard port test` until it is stopped; `ready` says when traffic may begin."""

    def __init__(self, device, *options, ready=None, skip=()):
        self.process = subprocess.Popen(
            inside(SERVER_NS, COMMAND, "port", "test", device, "--listen", SERVER, "--listen", SERVER6, "--chain-id", CHAIN, "--json",
                   "--seconds", 120, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 30
        while ready is not None and not ready() and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        if self.process.poll() is not None:
            error = self.process.stderr.read().strip().splitlines()
            reason = error[-1] if error else "no reason given"
            if any(word in reason for word in skip):
                raise Skipped(reason)
            raise AssertionError(f"the server ended: {reason}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def report(self, transactions):
        """Stops the server; it must have given each transaction one verdict, and know where every frame went."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        report = json.loads(out)
        assert report["verdicts"] == {"accepted": transactions}, report["verdicts"]
        assert report["transactions"] == transactions
        assert report["adds_up"], report
        assert report["port"]["received_frames"] == report["received"]["frames"], report
        return report


def client(*arguments, transactions):
    """`switchyard send` or `generate-load` in the client's namespace; all must be accepted."""
    done = subprocess.run(inside(CLIENT_NS, COMMAND, *arguments, "--transactions", transactions, "--chain-id", CHAIN, "--patience", 20, "--json"),
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout
    outcome = json.loads(done.stdout)
    assert outcome["answered"] == transactions and outcome["verdicts"] == {"accepted": transactions}, outcome
    return outcome


def send(address, transactions, *options):
    return client("send", address, "--generate", "payments", *options, transactions=transactions)


def load(device, transactions, *options, source=OTHER_CLIENT, target=SERVER):
    return client("generate-load", device, "--from", source, "--to", target, "--rate", 0, *options, transactions=transactions)


def packet_socket_open():
    """Whether somebody in the server's namespace listens to every protocol."""
    return len(run("ip", "netns", "exec", SERVER_NS, "cat", "/proc/net/packet").stdout.splitlines()) > 1


# --- the kinds

def af_packet(folder, count):
    with Server(f"net_af_packet0,iface=sw-s,{RING}", "--record", folder / "seen.pcapng", ready=packet_socket_open) as server:
        send(SERVER, count)
        report = server.report(count)
    # Read back by the draft of pcapng, not by code of ours, and replayed.
    frames = read_pcapng((folder / "seen.pcapng").read_bytes())
    assert len(frames) == report["received"]["frames"], (len(frames), report["received"])
    assert sum(len(data) for _, data in frames) == report["received"]["bytes"]
    assert all(a[0] <= b[0] for a, b in zip(frames, frames[1:]))
    for options in ([], ["--timed", "--speed", 1000]):
        replayed = json.loads(run(COMMAND, "port", "replay", folder / "seen.pcapng", "--json", *options).stdout)
        assert replayed["transactions"] == count and replayed["adds_up"], replayed
        assert replayed["received"] == report["received"]
    return "also recorded as pcapng and replayed"


def read_pcapng(data):
    """Time in nanoseconds and bytes of each packet; one interface, little-endian."""
    at, out = 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0 and struct.unpack_from("<I", data, at + length - 4)[0] == length
        if kind == 0x0A0D0D0A:
            assert struct.unpack_from("<IHH", data, at + 8) == (0x1A2B3C4D, 1, 0)
        elif kind == 1:
            assert struct.unpack_from("<H", data, at + 8)[0] == 1
            assert struct.pack("<HHB", 9, 1, 9) in data[at + 16:at + length], "nanoseconds"
        elif kind == 6:
            interface, high, low, captured, original = struct.unpack_from("<IIIII", data, at + 8)
            assert interface == 0 and captured == original
            out.append((high << 32 | low, data[at + 28:at + 28 + captured]))
        at += length
    return out


def af_packet_ipv6(folder, count):
    del folder
    with Server(f"net_af_packet0,iface=sw-s,{RING}", ready=packet_socket_open) as server:
        send(f"[{SERVER6}]:30345", count, "--parity", 2, "--group", 8)
        load(f"net_af_packet0,iface=sw-c,{RING}", count, source=OTHER_CLIENT6, target=SERVER6)
        send(SERVER, count)
        server.report(3 * count)
    return "a socket and a port over IPv6, a socket over IPv4, one server"


def af_xdp(folder, count):
    del folder
    with Server("net_af_xdp0,iface=sw-s", ready=lambda: "xdp" in run("ip", "-n", SERVER_NS, "link", "show", "sw-s").stdout,
                skip=("unavailable",)) as server:
        send(SERVER, count)
        server.report(count)
    return ""


def tap(folder, count, queues=1):
    del folder
    if not os.path.exists("/dev/net/tun"):
        raise Skipped("the kernel has no /dev/net/tun")

    def up():
        return run("ip", "-n", SERVER_NS, "link", "show", "sw-tap", check=False).returncode == 0
    with Server("net_tap0,iface=sw-tap", "--queues", queues, ready=up) as server:
        # The interface is the client's side: it goes to the client, in place of the veth.
        run("ip", "-n", SERVER_NS, "link", "set", "sw-tap", "netns", CLIENT_NS)
        run("ip", "-n", CLIENT_NS, "link", "set", "sw-c", "down")
        run("ip", "-n", CLIENT_NS, "link", "set", "sw-tap", "up")
        run("ip", "-n", CLIENT_NS, "addr", "add", CLIENT + "/24", "dev", "sw-tap")
        run("ip", "-n", CLIENT_NS, "route", "replace", SERVER + "/32", "dev", "sw-tap")
        try:
            several_clients(SERVER, count // 8, 8)
        finally:
            run("ip", "-n", CLIENT_NS, "link", "set", "sw-c", "up")
            # The kernel forgets it when the link goes down.
            run("ip", "-n", CLIENT_NS, "addr", "replace", CLIENT6 + "/64", "dev", "sw-c", "nodad")
        report = server.report(8 * (count // 8))
    return check_queues(report, queues) if queues > 1 else ""


def pcap_interface(folder, count):
    del folder
    with Server("net_pcap0,iface=sw-s", ready=packet_socket_open) as server:
        send(SERVER, count)
        server.report(count)
    return ""


def memif(folder, count):
    socket = folder / "memif.sock"
    arguments = f"socket={socket},socket-abstract=no"
    with Server(f"net_memif0,role=server,{arguments}", ready=socket.exists) as server:
        load(f"net_memif0,role=client,{arguments}", count)
        server.report(count)
    socket.unlink(missing_ok=True)
    # The other way round. Who has the role of the client starts last.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        outcome = pool.submit(load, f"net_memif0,role=server,{arguments}", count)
        end = time.monotonic() + 20
        while not socket.exists() and time.monotonic() < end:
            time.sleep(0.05)
        with Server(f"net_memif0,role=client,{arguments}") as server:
            outcome.result()
            server.report(count)
    return "in both roles"


def virtio_user(folder, count):
    socket = folder / "vhost.sock"
    with Server(f"net_vhost0,iface={socket}", ready=socket.exists) as server:
        load(f"net_virtio_user0,path={socket}", count)
        server.report(count)
    return "with net_vhost in the other process"


def several_clients(target, count, clients, *options):
    """As many sessions from as many ports, at once."""
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(send, target, count, "--seed", seed, *options) for seed in range(clients)]:
            done.result()


def check_queues(report, queues):
    """The queues' counters add up to the whole, and frames that came on another queue than their session's reached it."""
    assert len(report["queues"]) == queues
    for field in ("received", "handed_over", "taken_over"):
        assert sum(one[field]["frames"] for one in report["queues"]) == report[field]["frames"], report["queues"]
    assert sum(one["transactions"] for one in report["queues"]) == report["transactions"]
    assert report["handed_over"] == report["taken_over"], report["queues"]
    assert sum(one["transactions"] > 0 for one in report["queues"]) > 1, "only one queue had sessions"
    assert "other_queue_full" not in report["drops"], report["drops"]
    return (f"{queues} queues, {[one['received']['frames'] for one in report['queues']]} frames received, "
            f"{report['handed_over']['frames']} handed to their session's queue, "
            f"{[one['transactions'] for one in report['queues']]} transactions")


def af_packet_queues(folder, count):
    del folder
    with Server(f"net_af_packet0,iface=sw-s,{RING}", "--queues", 4, ready=packet_socket_open) as server:
        several_clients(SERVER, count // 4, 12)
        several_clients(f"[{SERVER6}]:30345", count // 4, 4)
        report = server.report(16 * (count // 4))
    assert report["sessions_opened"] == 16
    assert sum(one["received"]["frames"] > 0 for one in report["queues"]) > 1, "the kernel used one queue"
    return check_queues(report, 4)


def tap_queues(folder, count):
    return tap(folder, count, queues=2)


def ring(folder, count):
    del folder
    report = json.loads(run(COMMAND, "port", "test", "net_ring0", "--frames", count, "--json").stdout)
    assert report["returned"] == report["frames"] == count, report
    return "a loopback"


def pcap_file(folder, count):
    """DPDK's file port sends into one file and receives from another; libpcap reads both formats."""
    for name in ("file.pcap", "file.pcapng"):
        with Server(f"net_af_packet0,iface=sw-s,{RING}", "--record", folder / name, ready=packet_socket_open) as server:
            send(SERVER, count)
            report = server.report(count)
        read = json.loads(run(COMMAND, "port", "stats", f"net_pcap0,rx_pcap={folder / name}", "--json").stdout)
        assert read["received"] == report["received"], (read["received"], report["received"])
        assert read["transactions"] == count and read["adds_up"], read
    return "pcap and pcapng"


KINDS = {"af_packet": af_packet, "af_packet_ipv6": af_packet_ipv6, "af_xdp": af_xdp, "tap": tap, "pcap_interface": pcap_interface,
         "pcap_file": pcap_file, "memif": memif,
         "af_packet_queues": af_packet_queues, "tap_queues": tap_queues, "virtio_user": virtio_user, "ring": ring}


def errors_help():
    """A port that cannot be opened says what to do next."""
    for device, words in (("net_af_packet0,iface=sw-none", "no interface sw-none"), ("net_none0", "no such driver"),
                          ("net_virtio_user0,path=/nix.sock", "start the other side first"), ("0000:7f:1f.7", "port list")):
        done = run(COMMAND, "port", "test", device, "--listen", SERVER, check=False)
        assert done.returncode != 0 and words in done.stderr, (device, done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--transactions", type=int, default=2000)
    parser.add_argument("--only", nargs="*", choices=list(KINDS), default=list(KINDS))
    arguments = parser.parse_args()
    if os.geteuid() != 0 or run("ip", "-V", check=False).returncode != 0:
        print("needs root and ip(8)")
        return 77
    errors_help()
    with Namespaces():
        for name in arguments.only:
            begin = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    note = KINDS[name](pathlib.Path(folder), arguments.transactions)
                except Skipped as reason:
                    print(f"{name}: SKIPPED: {reason}", flush=True)
                    continue
            print(f"{name}: every transaction answered once and accepted{', ' if note else ''}{note}; {time.monotonic() - begin:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
