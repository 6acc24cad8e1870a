"""The parser of filter expressions: by precedence, by hand, in linear time.

`!` binds strongest, then AND (written or implied by standing side by side), then OR.
Depth and number of terms are bounded.
"""

import json
import re
from difflib import get_close_matches
from typing import NoReturn

from fluoro.filters.keywords import (
    ALIASES,
    ANNOTATIONS,
    CAUSE_SCOPES,
    COMPLEX,
    EQUALITY,
    FOREIGN,
    KEYWORDS,
    OPERATORS,
    ORDER,
    TEXT,
    Keyword,
    Scope,
    Type,
    allowed,
    place,
)
from fluoro.filters.lexer import Kind, Token, tokenize
from fluoro.filters.pattern import check_pattern
from fluoro.filters.syntax import (
    And,
    Cause,
    CauseJson,
    Compare,
    Constant,
    Edge,
    Expression,
    FilterError,
    Group,
    Ident,
    Not,
    Or,
    Service,
    Value,
)
from fluoro.model.limits import (
    FILTER_DEPTH_MAX,
    FILTER_TERMS_MAX,
    SELECTOR_LENGTH_MAX,
)

_ALL_OPERATORS = OPERATORS[Type.ANY]
_CONNECTIVES = ("and", "or")
_ID_PARTS = {"name": "name", "type": "type", "account.id": "account_id"}
_BOOLEANS = {"true": True, "false": False}
_TERM = ("a keyword", "'('", "'!'")
_BEFORE_TERM = ("AND", "OR", "NOT", "!", "(", "{")
_OTHER_QUOTES = "'\u201c\u201d\u2018\u2019"
_REST_OF_KEY = re.compile(r"""[^\s=<>!(){}\[\],"&|~]+""")


def parse(text: str) -> Expression:
    """Return the expression; an empty one is true. Raises FilterError."""
    return Parser(text).whole()


def parse_selector(text: str) -> Service | Edge:
    """Return `service(...)` or `edge(..., ...)`, X-Ray's entity selector.

    Braces and anything beside the selector are refused (recorded). Raises FilterError.
    """
    if len(text) > SELECTOR_LENGTH_MAX:
        raise FilterError(
            text,
            SELECTOR_LENGTH_MAX,
            f"the selector has {len(text):,} characters,"
            f" the limit is {SELECTOR_LENGTH_MAX}",
        )
    return Parser(text).selector_only()


class Parser:
    """One pass over the tokens of one text.

    Afterwards `scope`, `kind` and `token` say where it stands, and `further` what may
    go on with a term that could end there: completion asks for these.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokenize(text)
        self._next = 0
        self._depth = 0
        self._terms = 0
        self.further: tuple[str, ...] = ()
        self.scope = Scope.TRACE
        self.kind: str | None = None

    @property
    def token(self) -> Token:
        """The token looked at."""
        return self._tokens[self._next]

    @property
    def _before(self) -> Token:
        return self._tokens[self._next - 1]

    def whole(self) -> Expression:
        """Return the whole text as one expression."""
        if self._at(Kind.END):
            return Constant(True)
        expression = self._or()
        if not self._at(Kind.END):
            self._fail(*self._after_term(), "the end")
        return expression

    def selector_only(self) -> Service | Edge:
        """Return the whole text as an entity selector without braces."""
        word = self.token.text.lower()
        if not self._at(Kind.WORD) or word not in ("service", "edge"):
            self._fail("service(...)", "edge(..., ...)")
        self._take()
        found = self._service() if word == "service" else self._edge()
        if not self._at(Kind.END):
            self._fail("the end")
        return found

    def _or(self) -> Expression:
        items = [self._and()]
        while self._word("or"):
            self._take()
            items.append(self._and())
        return items[0] if len(items) == 1 else Or(tuple(items))

    def _and(self) -> Expression:
        items = [self._unary()]
        while self._word("and") or self._starts_term():
            if self._word("and"):
                self._take()
            items.append(self._unary())
        return items[0] if len(items) == 1 else And(tuple(items))

    def _starts_term(self) -> bool:
        token = self.token
        if token.kind is Kind.WORD:
            word = token.text.lower()
            return word not in _CONNECTIVES and word.upper() not in TEXT
        return token.text in ("(", "!")

    def _unary(self) -> Expression:
        token = self.token
        if token.text == "!" or self._word("not"):
            self._take()
            self._deeper(token)
            item = self._unary()
            self._depth -= 1
            return Not(item)
        if token.text == "(":
            self._take()
            self._deeper(token)
            item = self._or()
            self._depth -= 1
            self._expect(")", *self._after_term())
            return item
        return self._primary()

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > FILTER_DEPTH_MAX:
            raise FilterError(
                self.text,
                token.offset,
                f"the expression nests deeper than {FILTER_DEPTH_MAX}",
            )

    def _primary(self) -> Expression:
        token = self.token
        if token.kind is not Kind.WORD:
            self._fail(*_TERM)
        self._terms += 1
        if self._terms > FILTER_TERMS_MAX:
            raise FilterError(
                self.text,
                token.offset,
                f"the expression has more than {FILTER_TERMS_MAX} terms",
            )
        name = ALIASES.get(token.text.lower(), token.text.lower())
        prefix, key = _annotation_parts(token.text)
        if prefix is not None:
            name = prefix
        if name not in allowed(self.scope, self.kind):
            self._unknown(name)
        self._take()
        if prefix is not None:
            return self._annotation(KEYWORDS[prefix], key)
        if name in COMPLEX:
            return self._complex(name)
        return self._comparison(KEYWORDS[name])

    def _unknown(self, name: str) -> NoReturn:
        """Say where a known keyword belongs, or which one is probably meant."""
        if name in KEYWORDS or name in COMPLEX:
            self._fail(why=f"{name} stands {place(name)}")
        expected: tuple[str, ...] = _TERM
        if self._next and self._before.text.upper() not in _BEFORE_TERM:
            expected = (*self._after_term(), *_TERM)
        fitting = {w.lower(): w for w in (*allowed(self.scope, self.kind), *expected)}
        near = get_close_matches(name, fitting, 1, 0.6)
        self._fail(*expected, suggestion=fitting[near[0]] if near else None)

    def _after_term(self) -> tuple[str, ...]:
        """Return what goes on where a term is complete; at the end no operator does."""
        further = () if self._at(Kind.END) else self.further
        return (*further, "AND", "OR")

    def _complex(self, name: str) -> Expression:
        if name == "service":
            return self._service(braces=True)
        if name == "edge":
            return self._edge(braces=True)
        if name.startswith("group."):
            negated, value = self._equality(Kind.STRING, 'a string, as in "name"')
            return Group(name[6:], value.value, negated)
        if name == "rootcause.json":
            negated, value = self._equality(Kind.JSON, "'#[' and a JSON array")
            self._check_pattern(value)
            text = json.dumps(value.value, sort_keys=True, separators=(",", ":"))
            return CauseJson(text, negated)
        _, kind, level = name.split(".")
        if not self._sees("{"):
            self._fail("'{'")
        body = self._body(CAUSE_SCOPES[level], kind)
        return Cause(kind, level, body)

    def _check_pattern(self, token: Token) -> None:
        problem = check_pattern(token.value)
        if problem:
            raise FilterError(self.text, token.offset, problem, length=len(token.text))

    def _equality(self, kind: Kind, what: str) -> tuple[bool, Token]:
        if self.token.text not in EQUALITY:
            self._fail(*EQUALITY)
        negated = self._take().text == "!="
        if not self._at(kind):
            self._fail(what, suggestion=self._quoted())
        return negated, self._take()

    def _service(self, *, braces: bool = False) -> Service:
        ident = Ident()
        if self._sees("("):
            self._take()
            if not self._sees(")"):
                ident = self._ident("')'")
            self._expect(")")
        return Service(ident, self._braces(Scope.SERVICE) if braces else None)

    def _edge(self, *, braces: bool = False) -> Edge:
        source, destination = Ident(), Ident()
        if self._sees("("):
            self._take()
            if not self._sees(")"):
                source = self._ident("')'")
                self._expect(",")
                destination = self._ident()
            self._expect(")")
        body = self._braces(Scope.EDGE) if braces else None
        return Edge(source, destination, body)

    def _braces(self, scope: Scope) -> Expression | None:
        if self._sees("{"):
            return self._body(scope, None)
        self.further = ("'{'",)
        return None

    def _body(self, scope: Scope, kind: str | None) -> Expression:
        token = self._take()
        self._deeper(token)
        self.scope, self.kind = scope, kind
        if self._sees("}"):
            body: Expression = Constant(True)
        else:
            body = self._or()
        self._depth -= 1
        self._expect("}", *self._after_term())
        self.scope, self.kind = Scope.TRACE, None
        return body

    def _ident(self, *closing: str) -> Ident:
        if self._at(Kind.STRING):
            return Ident(name=self._take().value)
        if not self._word("id"):
            name = 'a name, as in "name"'
            self._fail(name, "id(...)", *closing, suggestion=self._quoted())
        self._take()
        self._expect("(")
        parts: dict[str, str] = {}
        left = dict(_ID_PARTS)
        while True:
            part = left.pop(self.token.text.lower(), None)
            if part is None:
                self._fail(*(f"{name}:" for name in left))
            self._take()
            self._expect(":")
            if not self._at(Kind.STRING):
                self._fail('a string, as in "name"', suggestion=self._quoted())
            parts[part] = self._take().value
            if not left or not self._sees(","):
                break
            self._take()
        self._expect(")", *(["','"] if left else []))
        return Ident(**parts)

    def _annotation(self, keyword: Keyword, key: str | None) -> Compare:
        if key is None:
            if not self._at(Kind.KEY):
                self._fail(f"{keyword.name}.key", f"{keyword.name}[key]")
            key = str(self._take().value)
        elif rest := _REST_OF_KEY.match(self.text, self._before.end):
            start = self._before.offset
            written = self.text[start : rest.end()]
            raise FilterError(
                self.text,
                start,
                f"Invalid input symbol: '{written}'",
                length=len(written),
                suggestion=f"{keyword.name}[{key}{rest[0]}]",
            )
        return self._comparison(keyword, key)

    def _comparison(self, keyword: Keyword, key: str | None = None) -> Compare:
        operator = self.token.text.upper()
        if self._at(Kind.STRING, Kind.NUMBER, Kind.JSON):
            self._fail(*OPERATORS[keyword.type])
        if operator not in _ALL_OPERATORS:
            self.further = OPERATORS[keyword.type]
            return Compare(keyword.name, key=key)
        if operator not in OPERATORS[keyword.type]:
            self._fail(*OPERATORS[keyword.type])
        self._take()
        value = self._value(keyword.type, operator)
        return Compare(keyword.name, operator, value, key)

    def _value(self, wanted: Type, operator: str) -> Value:
        """Read a value of the type, which for an annotation the operator narrows."""
        token = self.token
        types = [wanted] if wanted is not Type.ANY else _types_of(operator)
        boolean = _BOOLEANS.get(str(token.value).lower())
        # Boolean keywords take the words as strings too.
        takes = token.kind is Kind.WORD or wanted is Type.BOOLEAN
        if takes and Type.BOOLEAN in types and boolean is not None:
            self._take()
            return boolean
        fits = {Kind.NUMBER: Type.NUMBER, Kind.STRING: Type.STRING}.get(token.kind)
        if fits not in types:
            suggestion = self._quoted() if Type.STRING in types else None
            self._fail(*(EXPECTED[t] for t in types), suggestion=suggestion)
        self._take()
        value: Value = token.value
        return value

    def _quoted(self) -> str | None:
        """Suggest quotes around a bare word or number, or in place of others."""
        if self._at(Kind.WORD, Kind.NUMBER):
            return f'"{self.token.text}"'
        text = self.token.text
        if self._at(Kind.OTHER) and len(text) > 1 and text[0] in _OTHER_QUOTES:
            return json.dumps(text[1:-1], ensure_ascii=False)
        return None

    def _at(self, *kinds: Kind) -> bool:
        return self.token.kind in kinds

    def _sees(self, symbol: str) -> bool:
        return self.token.text == symbol

    def _word(self, word: str) -> bool:
        token = self.token
        return token.kind is Kind.WORD and token.text.lower() == word

    def _take(self) -> Token:
        token = self.token
        self._next += 1
        self.further = ()
        return token

    def _expect(self, symbol: str, *others: str) -> None:
        if not self._sees(symbol):
            self._fail(f"'{symbol}'", *others)
        self._take()

    def _fail(
        self, *expected: str, suggestion: str | None = None, why: str | None = None
    ) -> NoReturn:
        token = self.token
        if token.kind is Kind.END:
            problem = "Unexpected end of the expression"
        else:
            problem = f"Invalid input symbol: '{token.text}'"
        meant = FOREIGN.get(token.text.lower())
        raise FilterError(
            self.text,
            token.offset,
            f"{problem}: {why}" if why else problem,
            length=max(1, len(token.text)),
            expected=expected,
            suggestion=meant if meant in expected else suggestion,
        )


EXPECTED = {
    Type.BOOLEAN: "true or false",
    Type.NUMBER: "a number",
    Type.STRING: 'a string, as in "text"',
}


def _types_of(operator: str) -> list[Type]:
    """Return what an annotation may be compared with by an operator."""
    if operator in TEXT:
        return [Type.STRING]
    if operator in ORDER:
        return [Type.NUMBER]
    return [Type.STRING, Type.NUMBER, Type.BOOLEAN]


def _annotation_parts(word: str) -> tuple[str | None, str | None]:
    """Split `annotation.key` into keyword and key; the key keeps its case."""
    lower = word.lower()
    for name in ANNOTATIONS:
        if lower == name:
            return name, None
        if lower.startswith(f"{name}."):
            return name, word[len(name) + 1 :]
    return None, None
