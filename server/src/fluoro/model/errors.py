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

    def __init__(self, message: str | None, **extra: str) -> None:
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


class RuleLimitExceededError(ApiError):
    """CreateSamplingRule beyond the quota."""

    code, status = "RuleLimitExceededException", 400


class TooManyTagsError(ApiError):
    """Modelled for TagResource; X-Ray was recorded raising another one instead."""

    code, status = "TooManyTagsException", 400


class MalformedPolicyDocumentError(ApiError):
    """A resource policy is no JSON (then without a text) or no policy."""

    code, status = "MalformedPolicyDocumentException", 400


class LockoutPreventionError(ApiError):
    """A resource policy would deny its author the next change."""

    code, status = "LockoutPreventionException", 400


class InvalidPolicyRevisionIdError(ApiError):
    """Somebody else has changed the resource policy meanwhile."""

    code, status = "InvalidPolicyRevisionIdException", 400


class PolicySizeLimitExceededError(ApiError):
    """A resource policy is longer than 5 KB."""

    code, status = "PolicySizeLimitExceededException", 400


class PolicyCountLimitExceededError(ApiError):
    """More resource policies than the quota."""

    code, status = "PolicyCountLimitExceededException", 400


class AccessDeniedError(ApiError):
    """The caller is not known, or may not do this."""

    code, status = "AccessDeniedException", 403


class MissingTokenError(AccessDeniedError):
    """The request is not signed, and who sent it has to be known."""

    code = "MissingAuthenticationTokenException"


class UnrecognizedClientError(AccessDeniedError):
    """The key is unknown or the signature is not its own; which, is not told."""

    code = "UnrecognizedClientException"


class IncompleteSignatureError(AccessDeniedError):
    """What should be a signature lacks a part, or has one twice."""

    code = "IncompleteSignatureException"


class SignatureExpiredError(AccessDeniedError):
    """Signed too long ago, or too far ahead of the server's clock."""

    code = "InvalidSignatureException"
