"""Who may do what: three roles, in terms of the operations' names.

X-Ray's own managed policies are the pattern: `write` is what daemons and SDKs may do
(AWSXRayDaemonWriteAccess), `read` is every read (AWSXrayReadOnlyAccess), `admin` is
everything.
"""

from dataclasses import dataclass

ROLES = ("read", "write", "admin")

WRITES = frozenset(
    {
        "PutTraceSegments",
        "PutTelemetryRecords",
        "GetSamplingRules",
        "GetSamplingTargets",
        "GetSamplingStatisticSummaries",
    }
)
"""What a key of the role `write` may do."""

ADMIN_READS = frozenset({"ListKeys", "ListChanges"})
"""Reads that tell about people rather than traces."""

_READ_PREFIXES = ("Get", "BatchGet", "List", "Search")
_RETRIEVALS = frozenset({"StartTraceRetrieval", "CancelTraceRetrieval"})


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. `access_key_id` is empty for one who signed nothing."""

    name: str
    role: str
    access_key_id: str = ""

    def arn(self, account: str) -> str:
        """Return the ARN that answers and the audit log name."""
        return f"arn:aws:iam::{account}:user/{self.name}"


def allows(role: str, operation: str) -> bool:
    """Tell whether a role may call an operation; an unknown role may do nothing."""
    if role == "admin":
        return True
    if role == "write":
        return operation in WRITES
    if role == "read":
        is_read = operation.startswith(_READ_PREFIXES) or operation in _RETRIEVALS
        return is_read and operation not in ADMIN_READS
    return False
