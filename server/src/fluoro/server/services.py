"""What the handlers of a server work with."""

import time
from dataclasses import dataclass

from fluoro.control.group_counts import GroupCounts
from fluoro.control.keys import Keyring
from fluoro.control.targets import Targets
from fluoro.control.usage import Meter
from fluoro.ingest.intake import Intake
from fluoro.ingest.ledger import Ledger
from fluoro.ingest.mover import Mover
from fluoro.server.access import Access
from fluoro.server.forward import Forwarder
from fluoro.server.settings import Settings
from fluoro.server.udp import DatagramServer
from fluoro.store.engine import Engine
from fluoro.store.masterkey import LocalKey
from fluoro.store.records import Records


@dataclass(frozen=True)
class Configuration:
    """What people configure, and what follows from it in this server."""

    records: Records
    local_key: LocalKey
    keyring: Keyring
    access: Access
    targets: Targets
    meter: Meter
    group_counts: GroupCounts


@dataclass(frozen=True)
class Services:
    """The parts of one running server."""

    settings: Settings
    engine: Engine
    ledger: Ledger
    intake: Intake
    mover: Mover
    datagrams: DatagramServer
    configuration: Configuration
    forwarder: Forwarder | None = None

    def now(self) -> float:
        """Return the time in epoch seconds."""
        return time.time()
