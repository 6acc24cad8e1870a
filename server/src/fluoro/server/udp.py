"""UDP 2000: a thread that reads datagrams as fast as they come.

A plain loop on a thread of its own with a large socket buffer; what waits is taken in
sweeps, so that a burst costs one spool entry and not thousands. What the kernel had to
drop is read from the socket (SO_MEMINFO) and counted like everything else.
"""

import contextlib
import select
import socket
import struct
import threading

from fluoro.ingest.intake import Intake
from fluoro.ingest.ledger import Ledger
from fluoro.model.limits import DATAGRAM_BYTES_MAX, DATAGRAM_RECEIVE_BUFFER_BYTES
from fluoro.wire.datagram import RejectedDatagramError, split_datagram

SWEEP_MAX = 512
_WAKE_SECONDS = 0.2
_SO_RCVBUFFORCE = 33
_SO_MEMINFO = 55
_MEMINFO_WORDS = 9
_MEMINFO_DROPS = 8


class DatagramServer:
    """Receives on `(host, port)` until `stop`; `port` 0 picks a free one."""

    def __init__(self, host: str, port: int, intake: Intake, ledger: Ledger) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        _enlarge(self._socket)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self._socket.setblocking(False)
        self._intake = intake
        self._ledger = ledger
        self._kernel_drops = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="udp", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._socket.getsockname()[1])

    @property
    def receive_buffer_bytes(self) -> int:
        """The size the kernel granted (it reports twice what it was asked)."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self) -> None:
        """Take in what has arrived, then close."""
        self._stopping = True
        self._thread.join()
        self.count_kernel_drops()
        self._socket.close()

    def count_kernel_drops(self) -> None:
        """Bring the kernel's count of dropped datagrams into the ledger."""
        with contextlib.suppress(OSError):
            words = self._socket.getsockopt(
                socket.SOL_SOCKET, _SO_MEMINFO, 4 * _MEMINFO_WORDS
            )
            drops = struct.unpack(f"{_MEMINFO_WORDS}I", words)[_MEMINFO_DROPS]
            new = (drops - self._kernel_drops) % 2**32
            self._kernel_drops = drops
            if new:
                self._ledger.count("udp", "received", new)
                self._ledger.count("udp", "dropped", new, "kernel_buffer_full")

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while True:
            bodies = self._sweep()
            if bodies:
                self._intake.put_datagrams(bodies)
            elif self._stopping:
                return
            else:
                poll.poll(_WAKE_SECONDS * 1000)

    def _sweep(self) -> list[bytes]:
        """Return the documents of the datagrams that wait, at most 512."""
        receive = self._socket.recv
        bodies = []
        for _ in range(SWEEP_MAX):
            try:
                data = receive(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier send; nothing is lost
                continue
            try:
                bodies.append(split_datagram(data))
            except RejectedDatagramError as rejected:
                self._ledger.count("udp", "received")
                self._ledger.count("udp", "rejected", 1, rejected.reason)
        return bodies


def _enlarge(listener: socket.socket) -> None:
    """Ask for a large receive buffer, past rmem_max where we may."""
    try:
        listener.setsockopt(
            socket.SOL_SOCKET, _SO_RCVBUFFORCE, DATAGRAM_RECEIVE_BUFFER_BYTES
        )
    except OSError:
        listener.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, DATAGRAM_RECEIVE_BUFFER_BYTES
        )
