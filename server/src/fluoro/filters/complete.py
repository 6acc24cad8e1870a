"""What may stand at a position of an expression that is being written.

The text before the position is parsed without the word that is begun; where the parser
stops, what it expected says what fits. Values that were really observed are not known
here: `observe` says which ones to look up.
"""

import json
import re
import string
from dataclasses import dataclass, replace

from fluoro.filters.keywords import (
    ALIASES,
    ANNOTATIONS,
    COMPLEX,
    KEYWORDS,
    OPERATORS,
    Scope,
    Type,
    allowed,
)
from fluoro.filters.lexer import Kind, Token, tokenize
from fluoro.filters.parser import EXPECTED, Parser
from fluoro.filters.syntax import FilterError

_WORD_CHARACTERS = string.ascii_letters + string.digits + "_.+-"
# A quote closes the string that is begun if it leaves those behind it in pairs.
_STRING_OR_KEY = re.compile(
    r'"(?:[^"\\]|\\.)*+"(?=(?:[^"]|"(?:[^"\\]|\\.)*+")*+\Z)'
    r'|[a-z.]*annotation\s*\[\s*"?[^][\n"]*"?\s*\]',
    re.IGNORECASE | re.DOTALL,
)
_ANNOTATION = re.compile(
    r'((?:source\.|destination\.)?annotation)(?:(\.)|\s*\[\s*"?)([^]"]*)',
    re.IGNORECASE,
)
_PLACES = {
    "http.url": "http_url",
    "http.method": "http_method",
    "http.useragent": "user_agent",
    "http.clientip": "client_ip",
    "http.status": "http_status",
    "user": "user",
    "availabilityzone": "availability_zone",
    "instance.id": "instance_id",
    "resource.arn": "resource_arn",
    "account.id": "account_id",
    "name": "node_name",
    "type": "node_type",
    "message": "exception message",
    "group.name": "group name",
    "group.arn": "group ARN",
}
"""The field that has a keyword's values."""

_NAMES = {Scope.CAUSE_ENTITY: "name", Scope.CAUSE_EXCEPTION: "exception name"}
"""The field of `name`, where that is not a node's."""

_CLIENT = '"client"'
_TAKES_A_PLACE = ("keyword", "value", "function")


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be written: its text, kind and meaning."""

    text: str
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observe:
    """Values to look up.

    `field` is a column, `annotation key`, `annotation value`, `exception name`,
    `exception message`, `group name` or `group ARN`. `key` is the annotation's key and
    `types` what its value may be. `form` is the text to write with `{}` for the value.
    """

    field: str
    key: str = ""
    types: tuple[Type, ...] = ()
    form: str = "{}"
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Completions:
    """Replaces the text from `start` to `end`, which begins with `prefix`.

    `prefix` is what it means: without quotes and escapes.
    """

    start: int
    end: int
    prefix: str
    options: tuple[Option, ...]
    observe: Observe | None = None


def complete(text: str, position: int) -> Completions:
    """Return what may stand at `position` (characters from 0); never raises.

    What is replaced ends with the word, string or key that the position is in.
    """
    position = max(0, min(position, len(text)))
    start = _start(text[:position])
    begun, end = text[start:position], _end(text, start, position)
    annotation = _ANNOTATION.fullmatch(begun)
    if annotation:
        keyword, dot, prefix = annotation.groups()
        form = f"{keyword}.{{}}" if dot else f"{keyword}[{{}}]"
        observe = Observe("annotation key", form=form, quoted=False)
        return Completions(start, end, prefix, (), observe)
    options, wanted = _options(text[:start])
    if begun.startswith('"'):
        options = [o for o in options if o.text.startswith('"')]
    elif start == position < end:
        options = [o for o in options if o.kind in _TAKES_A_PLACE]
    prefix = _meant(begun)
    fitting = [
        o for o in options if o.text.lstrip('"').lower().startswith(prefix.lower())
    ]
    beside = tuple(_beside(fitting, text[end:].lstrip()[:1]))
    return Completions(start, end, prefix, beside, wanted)


def _start(head: str) -> int:
    """Return where the word, string or key starts that the text ends in."""
    word = len(head.rstrip(_WORD_CHARACTERS))
    try:
        tokenize(head)
    except FilterError as error:
        if head.startswith('"', error.offset):
            return error.offset
        if head.startswith("[", error.offset):
            return len(head[: error.offset].rstrip().rstrip(_WORD_CHARACTERS))
    return word


def _end(text: str, start: int, position: int) -> int:
    """Return where the word, string or key ends that starts before the position."""
    whole = _STRING_OR_KEY.match(text, start)
    if whole:
        return max(whole.end(), position)
    return len(text) - len(text[position:].lstrip(_WORD_CHARACTERS))


def _meant(begun: str) -> str:
    """Return the begun word, or what a begun string says."""
    if not begun.startswith('"'):
        return begun
    try:
        meant = str(json.loads(f'{begun}"', strict=False))
        meant.encode()
    except ValueError:  # it ends inside of an escape, or of a surrogate pair
        return begun[1:]
    return meant


def _beside(options: list[Option], following: str) -> list[Option]:
    """Leave away the symbols that stand behind the position already."""
    if following not in set("(){}:,"):
        return options
    shortened = [replace(o, text=o.text.removesuffix(following)) for o in options]
    return [option for option in shortened if option.text]


def _options(head: str) -> tuple[list[Option], Observe | None]:
    try:
        tokens = tokenize(head)[:-1]
    except FilterError:
        return [], None
    parser = Parser(head)
    try:
        parser.whole()
    except FilterError as error:
        if error.offset < len(head.rstrip()):
            return [], None
        return _expected(parser, tokens, error.expected)
    going_on = (*parser.further, "AND", "OR") if tokens else ()
    return _named(going_on) + _terms(parser), None


def _expected(
    parser: Parser, tokens: list[Token], expected: tuple[str, ...]
) -> tuple[list[Option], Observe | None]:
    """Return what stands for the parser's words of what it expected."""
    if "a keyword" in expected:
        return _terms(parser), None
    if any(item.startswith("a name") for item in expected):
        identity = Option("id(", "function", "by name, type or account")
        return [identity], Observe("node_name")
    if any(item.startswith(("a string", "a number", "true")) for item in expected):
        return _values(parser, tokens, expected)
    if any("annotation" in item for item in expected):
        return [], Observe("annotation key", form="[{}]", quoted=False)
    if "AND" in expected:
        return _named((*parser.further, *expected)) + _terms(parser), None
    return _named(expected), None


def _named(expected: tuple[str, ...]) -> list[Option]:
    """Return the operators, connectives and symbols among what is expected."""
    options = []
    for item in expected:
        if item in ("AND", "OR"):
            options.append(Option(item, "connective"))
        elif len(item) == 3 and item[0] == item[-1] == "'":
            options.append(Option(item[1], "symbol"))
        elif item.endswith(":") or item in OPERATORS[Type.ANY]:
            options.append(Option(item, "operator"))
    return options


def _values(
    parser: Parser, tokens: list[Token], expected: tuple[str, ...]
) -> tuple[list[Option], Observe | None]:
    types = tuple(kind for kind, words in EXPECTED.items() if words in expected)
    options = [
        Option(word, "value") for word in ("true", "false") if Type.BOOLEAN in types
    ]
    before = tokens[-2]
    annotation = _ANNOTATION.fullmatch(before.text)
    if before.kind is Kind.KEY or annotation:
        key = annotation[3] if annotation else str(before.value)
        return options, Observe("annotation value", key, types, quoted=False)
    word = before.text.lower()
    field = _PLACES.get(ALIASES.get(word, word))
    if field is None:
        return options, None
    if word == "name":
        field = _NAMES.get(parser.scope, field)
    if word == "type" and parser.scope is not Scope.CAUSE_SERVICE:
        options.append(Option(_CLIENT, "value", "who calls an entry point"))
    return options, Observe(field, quoted=Type.NUMBER not in types)


def _terms(parser: Parser) -> list[Option]:
    names = allowed(parser.scope, parser.kind)
    options = []
    for name in names:
        meaning = COMPLEX.get(name) or KEYWORDS[name].help
        shown = f"{name}." if name in ANNOTATIONS else name
        options.append(Option(shown, "keyword", meaning))
    return [
        *options,
        Option("NOT", "connective", "what the next term does not select"),
        Option("!", "symbol", "the same as NOT"),
        Option("(", "symbol"),
    ]
