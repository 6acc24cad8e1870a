"""Why a document is refused, in X-Ray's codes and words.

Recorded from the real service: the message is
`Invalid <segment|subsegment|entity>. ErrorCode: <code>`. Fluoro adds
`, Cause: <what is wrong with which field>`.
"""

from typing import Any


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a failure
    """One document that is not taken in; its siblings are.

    `document_id` is the root document's id as sent, None when there is none.
    """

    def __init__(
        self, code: str, cause: str, *, kind: str = "segment", document_id: Any = None
    ) -> None:
        super().__init__(f"Invalid {kind}. ErrorCode: {code}, Cause: {cause}")
        self.code = code
        self.document_id = document_id if isinstance(document_id, str) else None
