# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces joined by veth, and a server on a DPDK port in one of them. Needs root and ip(8)."""
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import time

COMMAND = os.environ["SWITCHYARD_COMMAND"]
CLIENT_IP, SERVER_IP = "10.77.0.1", "10.77.0.2"
SERVER_NS, CLIENT_NS = f"sw-server-{os.getpid()}", f"sw-client-{os.getpid()}"
SERVER_PORT = 30345
AF_PACKET = "net_af_packet0,iface=sw-s,blocksz=1048576,framesz=2048,framecnt=65536"
CHAIN = 1337


def run(*arguments, check=True):
    return subprocess.run(list(map(str, arguments)), check=check, capture_output=True, text=True)


def inside(namespace, *arguments):
    return ["ip", "netns", "exec", namespace, *map(str, arguments)]


def missing():
    """Why namespaces cannot be had here, or None."""
    if os.geteuid() != 0 or subprocess.run(["which", "ip"], capture_output=True, check=False).returncode != 0:
        return "needs root and ip(8)"
    return None


class Namespaces:
    def __enter__(self):
        try:
            for name in (SERVER_NS, CLIENT_NS):
                run("ip", "netns", "add", name)
                # The kernel's own IPv6 chatter would be counted with what the tests send.
                run(*inside(name, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"), check=False)
            run("ip", "link", "add", "sw-s", "netns", SERVER_NS, "type", "veth", "peer", "name", "sw-c", "netns", CLIENT_NS)
            for name, interface in ((SERVER_NS, "sw-s"), (CLIENT_NS, "sw-c")):
                run("ip", "-n", name, "link", "set", "lo", "up")
                run("ip", "-n", name, "link", "set", interface, "up")
            # The server's address is not the kernel's there: the port itself answers ARP.
            run("ip", "-n", CLIENT_NS, "addr", "add", CLIENT_IP + "/24", "dev", "sw-c")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in (SERVER_NS, CLIENT_NS):
            run("ip", "netns", "del", name, check=False)


class Server:
    """`switchyard port test` in the server's namespace: it gives the verdict of each transaction's encoding, chain and signature."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            inside(SERVER_NS, COMMAND, "port", "test", AF_PACKET, "--listen", SERVER_IP, "--chain-id", CHAIN, "--json", *options),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_until_open(self):
        """Until the port's packet socket is bound; frames before that are nobody's."""
        for _ in range(300):
            # sk RefCnt Type Proto Iface R Rmem User Inode; R is 1 when it is bound.
            lines = run(*inside(SERVER_NS, "cat", "/proc/net/packet")).stdout.splitlines()[1:]
            if any(line.split()[5] == "1" for line in lines):
                time.sleep(0.3)
                return
            time.sleep(0.1)
        raise AssertionError("the server's port did not open within 30 seconds")

    def ring_statistics(self):
        """Frames that the kernel had for the port since the last call, and those of them for which its ring had no room: PACKET_STATISTICS
        of the server's own sockets (packet(7)), borrowed by pidfd_getfd(2)."""
        libc = ctypes.CDLL(None, use_errno=True)
        inodes = [line.split()[8] for line in run(*inside(SERVER_NS, "cat", "/proc/net/packet")).stdout.splitlines()[1:]]
        pidfd = os.pidfd_open(self.process.pid)
        frames = dropped = 0
        try:
            for name in os.listdir(f"/proc/{self.process.pid}/fd"):
                target = os.readlink(f"/proc/{self.process.pid}/fd/{name}")
                if target.removeprefix("socket:[").removesuffix("]") not in inodes:
                    continue
                copy = libc.syscall(438, pidfd, int(name), 0)
                assert copy >= 0, os.strerror(ctypes.get_errno())
                with socket.socket(fileno=copy) as port:
                    of_socket = struct.unpack("II", port.getsockopt(263, 6, 8))
                frames += of_socket[0]
                dropped += of_socket[1]
        finally:
            os.close(pidfd)
        return frames, dropped

    def resident_bytes(self):
        # `ip netns exec` became the command itself.
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return json.loads(out)
