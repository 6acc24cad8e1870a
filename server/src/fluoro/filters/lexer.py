"""From the text of an expression to its tokens, in one pass.

Words are keywords and operators in any case; `annotation[...]` takes its key as it
stands between the brackets; `#[...]` is a JSON array.
"""

import json
import re
from enum import StrEnum
from typing import Any, NamedTuple

from fluoro.filters.syntax import FilterError
from fluoro.model.limits import FILTER_LENGTH_MAX


class Kind(StrEnum):
    """What a token is; none of kind OTHER fits anywhere."""

    WORD = "word"
    STRING = "string"
    NUMBER = "number"
    SYMBOL = "symbol"
    KEY = "key"
    JSON = "json"
    OTHER = "other"
    END = "end"


class Token(NamedTuple):
    """A token, its text as written, its value, and where it starts (from 0)."""

    kind: Kind
    text: str
    value: Any
    offset: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.offset + len(self.text)


_PATTERN = re.compile(
    r"""(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<symbol><=|>=|!=|=(?!=)|[<>!(){},:])
      | (?P<other>==|&&|\|\||['\u2018\u2019][^'\u2018\u2019]*['\u2018\u2019]
            |[\u201c\u201d][^\u201c\u201d]*[\u201c\u201d]|[^"])""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = re.compile(r"\s*")
_KEY = re.compile(r"\s*\[([^\]\n]*)\]")
_WORD_OR_DIGIT = re.compile(r"[A-Za-z0-9_.]")
_BEFORE_JSON = ("=", "!=")
_HALF = "half a surrogate pair"
_json_decoder = json.JSONDecoder()


def tokenize(text: str) -> list[Token]:
    """Return the tokens, the last of kind END; raise FilterError.

    Time is linear in the length, which is bounded.
    """
    if len(text) > FILTER_LENGTH_MAX:
        raise FilterError(
            text,
            FILTER_LENGTH_MAX,
            f"the expression has {len(text):,} characters,"
            f" the limit is {FILTER_LENGTH_MAX:,}",
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FilterError(text, error.start, _HALF) from None
    tokens: list[Token] = []
    offset = _end(_SPACE, text, 0)
    while offset < len(text):
        if text[offset] == "[" and tokens and _takes_key(tokens[-1]):
            token = _key(text, offset)
        elif text[offset] == "#" and tokens and tokens[-1].text in _BEFORE_JSON:
            token = _json(text, offset)
        else:
            token = _plain(text, offset)
        tokens.append(token)
        offset = _end(_SPACE, text, token.end)
    tokens.append(Token(Kind.END, "", None, len(text)))
    return tokens


def _end(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return match.end() if match else offset


def _takes_key(token: Token) -> bool:
    return token.kind is Kind.WORD and token.text.lower().endswith("annotation")


def _key(text: str, offset: int) -> Token:
    match = _KEY.match(text, offset)
    if match is None:
        raise FilterError(
            text, offset, "Invalid input symbol: '['", expected=("a key and ']'",)
        )
    key = match[1].strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key:
        raise FilterError(text, offset, "the annotation's key is empty")
    return Token(Kind.KEY, match[0], key, offset)


def _json(text: str, offset: int) -> Token:
    try:
        value, end = _json_decoder.raw_decode(text, offset + 1)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise FilterError(text, offset, _HALF) from None
    except (ValueError, RecursionError) as error:
        at = getattr(error, "pos", offset)
        raise FilterError(
            text, min(at, len(text)), "Invalid JSON", expected=("a JSON array",)
        ) from None
    if not isinstance(value, list):
        raise FilterError(text, offset + 1, "Invalid JSON", expected=("'['",))
    return Token(Kind.JSON, text[offset:end], value, offset)


def _plain(text: str, offset: int) -> Token:
    match = _PATTERN.match(text, offset)
    if match is None:
        raise FilterError(
            text,
            offset,
            "Unterminated string",
            length=len(text) - offset,
            expected=("'\"' at its end",),
        )
    kind = Kind(str(match.lastgroup))
    if kind is Kind.STRING:
        return Token(kind, match[0], _unescape(text, match), offset)
    if kind is Kind.NUMBER:
        return Token(kind, match[0], _number(text, match), offset)
    return Token(kind, match[0], match[0], offset)


def _unescape(text: str, match: re.Match[str]) -> str:
    """Escapes are JSON's; control characters may stand for themselves."""
    try:
        value = str(json.loads(match[0], strict=False))
        value.encode()
    except UnicodeEncodeError:
        raise FilterError(text, match.start(), _HALF, length=len(match[0])) from None
    except json.JSONDecodeError as error:
        raise FilterError(
            text,
            match.start() + error.pos,
            "Invalid escape",
            length=2,
            expected=(r"\", \\, \n, \t, \r, \b, \f, \/", r"\uXXXX"),
        ) from None
    return value


def _number(text: str, match: re.Match[str]) -> float:
    value = float(match[0])
    if abs(value) == float("inf"):
        raise FilterError(
            text, match.start(), "the number is too large", length=len(match[0])
        )
    if _WORD_OR_DIGIT.match(text, match.end()):
        raise FilterError(
            text,
            match.end(),
            f"Invalid input symbol: {text[match.end()]!r}",
            expected=("a number that ends here",),
        )
    return value
