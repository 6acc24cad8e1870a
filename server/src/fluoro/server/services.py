"""What the handlers of a server work with."""

import time
from dataclasses import dataclass

from fluoro.ingest.intake import Intake
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.mover import Mover
from fluoro.server.forward import Forwarder
from fluoro.server.settings import Settings
from fluoro.server.udp import DatagramServer
from fluoro.store.engine import Engine


@dataclass(frozen=True)
class Services:
    """The parts of one running server."""

    settings: Settings
    engine: Engine
    ledger: Ledger
    intake: Intake
    mover: Mover
    datagrams: DatagramServer
    forwarder: Forwarder | None = None

    def now(self) -> float:
        """Return the time in epoch seconds."""
        return time.time()
