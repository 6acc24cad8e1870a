"""What an X-Ray operation answers when it refuses a whole request.

Bodies are `{"Message": ...}` with the code in the header `x-amzn-errortype`; only the
framework's own validation writes a lower-case `message` (recorded).
"""


class ApiError(Exception):
    """A refused request: `code` is the shape's name, `status` the HTTP status.

    `extra` holds further members of the body, such as `ResourceName`.
    """

    code = "InternalFailure"
    status = 500
    message_member = "Message"

    def __init__(self, message: str, **extra: str) -> None:
        super().__init__(message)
        self.message = message
        self.extra = extra


class InvalidRequestError(ApiError):
    """A business rule says no."""

    code, status = "InvalidRequestException", 400


class ValidationError(ApiError):
    """A constraint of the operation's model is broken."""

    code, status, message_member = "ValidationException", 400, "message"


class SerializationError(ApiError):
    """A member has the wrong JSON type, or the body is no JSON."""

    code, status = "SerializationException", 400


class ThrottledError(ApiError):
    """Fluoro has more to do than it can take in; try again."""

    code, status = "ThrottledException", 429


class ResourceNotFoundError(ApiError):
    """Tag and retrieval operations; pass `ResourceName` as an extra."""

    code, status = "ResourceNotFoundException", 404


class NotBuiltYetError(ApiError):
    """The operation is X-Ray's, and this Fluoro does not answer it yet."""

    code, status = "NotImplementedException", 501
