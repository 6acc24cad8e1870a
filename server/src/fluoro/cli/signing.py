"""Signatures for servers that ask for one, with the keys AWS's own tools use.

AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY name a key of the server; the region is
AWS_REGION's or AWS_DEFAULT_REGION's.
"""

import os

from fluoro.cli.failure import Failure

SERVICE = "xray"
REGION = "us-east-1"


def has_key() -> bool:
    """Whether the environment names a key."""
    return bool(
        os.environ.get("AWS_ACCESS_KEY_ID") and os.environ.get("AWS_SECRET_ACCESS_KEY")
    )


def signed(
    method: str, url: str, body: bytes | None, headers: dict[str, str]
) -> dict[str, str]:
    """Return the headers with Signature Version 4 added; raises Failure."""
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        raise Failure(
            "the server asks for a signature",
            why="botocore, which signs, is not installed",
            do="pip install 'fluoro[auth]'",
        ) from None
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    credentials = Credentials(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ.get("AWS_SESSION_TOKEN"),
    )
    request = AWSRequest(method, url, data=body or b"", headers=dict(headers))
    SigV4Auth(credentials, SERVICE, region or REGION).add_auth(request)
    return dict(request.headers.items())
