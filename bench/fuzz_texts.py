"""Random texts for the fuzzer: expressions by the grammar, then broken ones."""

import json
import random

from fluoro.filters.keywords import (
    ALIASES,
    CAUSE_SCOPES,
    COMPLEX,
    KEYWORDS,
    OPERATORS,
    ORDER,
    TEXT,
    Scope,
    Type,
    allowed,
)

GROUPS = {
    "faults": "fault or error",
    "every": None,
    "round": 'group.name = "trip"',
    "trip": 'group.name = "round" or ok',
    "broken": "no such",
}
"""Groups that expressions name: good ones, a cycle, and one that does not parse."""

STRINGS = (
    "",
    "front",
    "api",
    "carts",
    "client",
    "remote",
    "AWS::DynamoDB::Table",
    "E",
    "a",
    'q"uo\\te\n\t',
    "%_'`{f0:String} -- ; /* ? \\N",
    "é🙂\u2028\x00\x7f",
    "^.*[(",
)
NUMBERS = (
    *("0", "-0", "1", "+2", ".5", "3.", "404", "500", "-2.5e3", "1e308", "-1e308"),
    *("1e-320", "0.1", "9007199254740993", "18446744073709551616", "007"),
)
KEYS = ("k", "a.b", "é", "with space", "k'`{", "0", "K" * 40)

WORDS = (
    *KEYWORDS,
    *COMPLEX,
    *ALIASES,
    *OPERATORS[Type.ANY],
    *("AND", "OR", "NOT", "!", "(", ")", "{", "}", ",", ":", "[", "]", "#", '"', "id"),
    *("annotation.k", "annotation[a.b]", "source.annotation.x", "true", "false"),
    *("name:", "account.id:", '"a"', '""', "1", "-2.5e3", '#[{"Services":[]}]', "#[]"),
    *("\n", "\t", " ", "\u2028", "\\", "\x00", "\ud7ff", "\ud800", "\udfff", "\ufeff"),
    *("'", "`", ";", "--", "/*", "{f0:String}", "%s", "%(a)s", "$1", "\U0001f642"),
)


class Grammar:
    """Expressions of every keyword, operator and scope, as people may write them."""

    def __init__(self, source: random.Random) -> None:
        self._source = source

    def expression(self, depth=3, scope=Scope.TRACE, kind=None):
        """Return a formula whose parts nest at most `depth` deep."""
        pick = self._source.random()
        if depth == 0 or pick < 0.4:
            return self._term(scope, kind)
        inner = self.expression(depth - 1, scope, kind)
        if pick < 0.55:
            return f"{self._source.choice(('!', 'NOT ', '!!'))}({inner})"
        if pick < 0.6:
            return f"({inner})"
        other = self.expression(depth - 1, scope, kind)
        return f"{inner}{self._source.choice((' AND ', ' or ', ' ', chr(10)))}{other}"

    def _term(self, scope, kind):
        name = self._source.choice(allowed(scope, kind))
        if name in COMPLEX:
            return self._complex(name)
        keyword = KEYWORDS[name]
        if name.endswith("annotation"):
            key = self._source.choice(KEYS)
            plain = key.isidentifier() and key.isascii()
            name += f".{key}" if plain else f"[{key}]"
        name = (
            "".join(
                c.upper() if self._source.random() < 0.1 and c not in KEYS else c
                for c in name
            )
            if "annotation" not in name
            else name
        )
        if self._source.random() < 0.25:
            return name
        operator = self._source.choice(OPERATORS[keyword.type])
        return f"{name} {operator} {self._value(keyword.type, operator)}"

    def _value(self, of, operator):
        if of is Type.ANY:
            fitting = (Type.BOOLEAN, Type.NUMBER, Type.STRING)
            if operator in TEXT:
                fitting = (Type.STRING,)
            elif operator in ORDER:
                fitting = (Type.NUMBER,)
            of = self._source.choice(fitting)
        if of is Type.BOOLEAN:
            return self._source.choice(("true", "FALSE", "true", "false"))
        if of is Type.NUMBER:
            return self._source.choice(NUMBERS)
        return self._string()

    def _string(self):
        return json.dumps(
            self._source.choice(STRINGS), ensure_ascii=self._source.random() < 0.5
        )

    def _complex(self, name):
        if name == "service":
            ident = self._ident() if self._source.random() < 0.7 else ""
            return f"service({ident})" + self._braces(Scope.SERVICE)
        if name == "edge":
            ends = f"{self._ident()}, {self._ident()}"
            ends = ends if self._source.random() < 0.7 else ""
            return f"edge({ends})" + self._braces(Scope.EDGE)
        if name.startswith("group."):
            group = self._source.choice((*GROUPS, "nobody"))
            return f"{name} {self._source.choice(('=', '!='))} {json.dumps(group)}"
        if name == "rootcause.json":
            causes = [self._cause() for _ in range(self._source.randrange(3))]
            operator = self._source.choice(("=", "!="))
            return f"{name} {operator} #{json.dumps(causes)}"
        _, kind, level = name.split(".")
        return f"{name} {{ {self.expression(2, CAUSE_SCOPES[level], kind)} }}"

    def _number(self):
        return self._source.choice((1, 0.5, -1e308, 10**400, float("nan")))

    def _braces(self, scope):
        if self._source.random() < 0.3:
            return ""
        return f" {{ {self.expression(2, scope)} }}"

    def _ident(self):
        if self._source.random() < 0.5:
            return self._string()
        parts = self._source.sample(("name", "type", "account.id"), k=2)
        parts = parts[: self._source.randrange(1, 3)]
        return f"id({', '.join(f'{part}: {self._string()}' for part in parts)})"

    def _cause(self):
        """Return a part of a root cause; each member is there or not."""
        text = lambda: self._source.choice((*STRINGS, None))  # noqa: E731
        flag = lambda: self._source.random() < 0.5  # noqa: E731

        def exceptions():
            return [some(Name=text, Message=text) for _ in range(2)]

        def some(**members):
            return {name: make() for name, make in members.items() if flag()}

        def entities():
            made = some(Name=text, Remote=flag, Coverage=self._number)
            return [made | some(Exceptions=exceptions)]

        def services():
            made = some(Name=text, Type=text, AccountId=text, Inferred=flag)
            return [made | some(Names=lambda: [text()], EntityPath=entities)]

        return some(ClientImpacting=flag, Services=services)


class Texts:
    """Random texts, most of them nearly valid."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)
        self._grammar = Grammar(self._source)
        self._ways = (self._valid, self._valid, self._changed, self._bytes)
        self._ways += (self._words, self._characters, self._spliced)

    def make(self):
        """Return the next text."""
        return self._source.choice(self._ways)()

    def _valid(self):
        return self._grammar.expression(self._source.randrange(5))

    def _changed(self):
        """Cut, repeat, move and insert pieces of an expression."""
        text = self._valid()
        for _ in range(self._source.randrange(1, 4)):
            at = self._source.randrange(len(text) + 1)
            to = min(len(text), at + self._source.randrange(1, 9))
            middle = self._source.choice(
                ("", text[at:to] * 2, text[at:to][::-1], self._source.choice(WORDS))
            )
            text = text[:at] + middle + text[to:]
        return text

    def _bytes(self):
        """Flip bits and bytes; what is no UTF-8 comes back as half surrogates."""
        raw = bytearray(self._valid().encode("utf-8", "surrogatepass"))
        for _ in range(self._source.randrange(1, 5)):
            at = self._source.randrange(len(raw))
            raw[at] = self._source.choice(
                (raw[at] ^ 1 << self._source.randrange(8), self._source.randrange(256))
            )
        errors = self._source.choice(("replace", "surrogateescape", "ignore"))
        return bytes(raw).decode("utf-8", errors)

    def _words(self):
        glue = self._source.choice((" ", "", "\n"))
        return glue.join(self._source.choices(WORDS, k=self._source.randrange(1, 25)))

    def _characters(self):
        return "".join(
            chr(self._source.choice((self._source.randrange(128), top)))
            for top in self._source.choices(range(0x110000), k=20)
        )

    def _spliced(self):
        first, second = self._valid(), self._valid()
        return (
            first[: self._source.randrange(len(first) + 1)]
            + second[self._source.randrange(len(second) + 1) :]
        )
