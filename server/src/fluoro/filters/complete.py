"""What may stand at a position of an expression that is being written.

The text before the position is parsed without the word that is begun; where the parser
stops, what it expected says what fits. Values that were really observed are not known
here: `observe` says which ones to look up.
"""

import re
from dataclasses import dataclass

from fluoro.filters.keywords import (
    ALIASES,
    ANNOTATIONS,
    COMPLEX,
    KEYWORDS,
    OPERATORS,
    Type,
    allowed,
)
from fluoro.filters.lexer import Kind, Token, tokenize
from fluoro.filters.parser import Parser
from fluoro.filters.syntax import FilterError

_BEGUN = re.compile(
    r'"(?:[^"\\]|\\.)*\Z'
    r"|[A-Za-z_.]*annotation\[[^\]]*\Z"
    r"|[A-Za-z0-9_.]+\Z",
    re.IGNORECASE,
)
_BEGUN_LENGTH_MAX = 1_000  # the search above tries each start
_ANNOTATION = re.compile(
    r"((?:source\.|destination\.)?annotation)([.\[])(.*)", re.IGNORECASE
)
_PLACES = {
    "http.url": "http_url",
    "http.method": "http_method",
    "http.useragent": "user_agent",
    "http.clientip": "client_ip",
    "user": "user",
    "availabilityzone": "availability_zone",
    "instance.id": "instance_id",
    "resource.arn": "resource_arn",
    "account.id": "account_id",
    "name": "node_name",
    "type": "node_type",
}
"""Where the values of string keywords were observed."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be written: its text, kind and meaning."""

    text: str
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Observe:
    """Values to look up: `field` is a column, `annotation key` or `annotation value`.

    `key` is the annotation's key, `form` the text to write with `{}` for the value.
    """

    field: str
    key: str = ""
    form: str = "{}"
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class Completions:
    """Replaces the text from `start` to `end`, which begins with `prefix`."""

    start: int
    end: int
    prefix: str
    options: tuple[Option, ...]
    observe: Observe | None = None


def complete(text: str, position: int) -> Completions:
    """Return what may stand at `position` (characters from 0); never raises."""
    position = max(0, min(position, len(text)))
    head = text[:position]
    begun = _begun(head)
    start = position - len(begun)
    annotation = _ANNOTATION.fullmatch(begun)
    if annotation:
        keyword, bracket, prefix = annotation.groups()
        form = f"{keyword}[{{}}]" if bracket == "[" else f"{keyword}.{{}}"
        observe = Observe("annotation key", form=form, quoted=False)
        return Completions(start, position, prefix, (), observe)
    options, wanted = _options(head[:start])
    prefix = begun.lstrip('"')
    if begun.startswith('"'):
        options = []
    fitting = [o for o in options if o.text.lower().startswith(prefix.lower())]
    return Completions(start, position, prefix, tuple(fitting), wanted)


def _begun(head: str) -> str:
    """Return the word, string or key that the text ends in the middle of."""
    try:
        tokenize(head)
    except FilterError as error:
        rest = head[error.offset :]
        if rest.startswith('"'):
            return rest
    match = _BEGUN.search(head.rpartition('"')[2][-_BEGUN_LENGTH_MAX:])
    return match[0] if match else ""


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
    if not tokens:
        return _terms(parser), None
    return _after_term(tokens) + _connectives() + _terms(parser), None


def _expected(
    parser: Parser, tokens: list[Token], expected: tuple[str, ...]
) -> tuple[list[Option], Observe | None]:
    """Return what stands for the parser's words of what it expected."""
    if "a keyword" in expected:
        return _terms(parser), None
    if any(
        item.startswith(("a name", "a string", "a number", "true")) for item in expected
    ):
        return _values(tokens, expected)
    options = _after_term(tokens) if "AND" in expected else []
    for item in expected:
        if item in ("AND", "OR"):
            options.append(Option(item, "connective"))
        elif len(item) == 3 and item[0] == item[-1] == "'":
            options.append(Option(item[1], "symbol"))
        elif item.endswith(":") or item in OPERATORS[Type.ANY]:
            options.append(Option(item, "operator"))
    observe = None
    if any("annotation" in item for item in expected):
        form = f"{tokens[-1].text}[{{}}]"
        observe = Observe("annotation key", form=form, quoted=False)
    return options, observe


def _values(
    tokens: list[Token], expected: tuple[str, ...]
) -> tuple[list[Option], Observe | None]:
    options = [
        Option(w, "value") for w in ("true", "false") if "true or false" in expected
    ]
    if any(item.startswith("a name") for item in expected):
        return [Option("id(", "function", "by name, type or account")], Observe(
            "node_name"
        )
    before = tokens[-2] if len(tokens) > 1 else None
    if before is None:
        return options, None
    if before.kind is Kind.KEY:
        return options, Observe("annotation value", key=str(before.value), quoted=False)
    match = _ANNOTATION.fullmatch(before.text)
    if match:
        return options, Observe("annotation value", key=match[3], quoted=False)
    field = _PLACES.get(before.text.lower())
    return options, Observe(field) if field else None


def _terms(parser: Parser) -> list[Option]:
    names = allowed(parser.scope, parser.kind)
    options = []
    for name in names:
        meaning = COMPLEX.get(name) or KEYWORDS[name].help
        shown = f"{name}." if name in ANNOTATIONS else name
        options.append(Option(shown, "keyword", meaning))
    return options


def _after_term(tokens: list[Token]) -> list[Option]:
    """Return the operators that may follow a keyword alone, and braces a selector."""
    last = tokens[-1]
    if last.kind is Kind.KEY or _ANNOTATION.fullmatch(last.text):
        return [Option(op, "operator") for op in OPERATORS[Type.ANY]]
    keyword = KEYWORDS.get(ALIASES.get(last.text.lower(), last.text.lower()))
    if last.kind is Kind.WORD and keyword:
        return [Option(op, "operator") for op in OPERATORS[keyword.type]]
    return [Option("{", "symbol")] if last.text == ")" else []


def _connectives() -> list[Option]:
    return [Option("AND", "connective"), Option("OR", "connective")]
