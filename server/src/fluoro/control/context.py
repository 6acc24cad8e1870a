"""What every operation of this room is given beside its request."""

import re
from dataclasses import dataclass

from fluoro.model.errors import InvalidRequestError
from fluoro.model.limits import GROUPS_MAX, SAMPLING_RULES_MAX
from fluoro.store.records import Records

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
_ARN = re.compile(r"arn:[\w-]+:xray:[\w-]*:\d*:(group|sampling-rule)/(.+)")


@dataclass(frozen=True, slots=True)
class Context:
    """One call: when it is made, by whom, and for which account and region."""

    records: Records
    now: float
    account: str = "000000000000"
    region: str = "us-east-1"
    caller: str = "arn:aws:iam::000000000000:root"
    sampling_rules_max: int = SAMPLING_RULES_MAX
    groups_max: int = GROUPS_MAX

    def arn(self, resource: str, service: str = "xray") -> str:
        """Return the ARN of `group/...` or `sampling-rule/...`."""
        partition = next(
            (name for start, name in _PARTITIONS if self.region.startswith(start)),
            "aws",
        )
        return f"arn:{partition}:{service}:{self.region}:{self.account}:{resource}"


def parse_arn(arn: str) -> tuple[str, str]:
    """Return (`group` or `sampling-rule`, what follows it); ("", "") for another.

    Account and region are not compared: a Fluoro has one of each resource, and the
    ARN it prints follows the region that the client signs for.
    """
    matched = _ARN.fullmatch(arn)
    return (matched[1], matched[2]) if matched else ("", "")


def refuse_token(text: str | None, message: str) -> None:
    """Refuse a NextToken where the operation has one page only."""
    if text is not None:
        raise InvalidRequestError(message)
