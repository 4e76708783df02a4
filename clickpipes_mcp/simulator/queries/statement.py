"""The statements the query endpoint understands, from text to data."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

Part = TypeVar("Part")

_TOKEN: Final = re.compile(
    r"\s+|(?P<comment>--[^\n]*|/\*(?:(?!\*/).)*+(?:\*/|\Z))"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|'(?P<text>(?:[^'\\]|\\.|'')*)'"
    r"|[`\"](?P<quoted>[^`\"]+)[`\"]"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign><=|>=|!=|<>|==|[-+*/%<>=(),.;])",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)|''")
_COMPARISONS: Final = frozenset({"=", "==", "!=", "<>", "<", "<=", ">", ">="})
_NO_ALIAS: Final = frozenset(
    {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "FORMAT", "SETTINGS", "AND", "OR",
     "ASC", "DESC", "NOT", "LIKE", "ILIKE", "IN", "BETWEEN", "IS", "HAVING", "UNION", "JOIN",
     "FINAL", "AS"}
)  # fmt: skip


class SqlError(Exception):
    """What the database says of a statement, by its code and name."""

    def __init__(self, code: int, text: str, name: str) -> None:
        super().__init__(f"Code: {code}. DB::Exception: {text} ({name})")


@dataclass(frozen=True)
class Column:
    """A column or an alias."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A number, a text, or null."""

    value: str | int | float | None


@dataclass(frozen=True)
class Interval:
    """A length of time, its amount in units such as `HOUR`."""

    amount: "Expression"
    unit: str


@dataclass(frozen=True)
class Call:
    """A function of its arguments; operators are calls of their sign."""

    name: str
    arguments: tuple["Expression", ...]


Expression: TypeAlias = Column | Literal | Interval | Call


@dataclass(frozen=True)
class Item:
    """One output column; `*` is the column of that name."""

    expression: Expression
    name: str


@dataclass(frozen=True)
class Select:
    """A select over at most one table."""

    items: tuple[Item, ...]
    table: str = ""
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    order: tuple[tuple[Expression, bool], ...] = ()
    limit: int | None = None
    offset: int = 0
    form: str = ""


@dataclass(frozen=True)
class Inquiry:
    """`DESCRIBE`, `EXISTS` or `SHOW TABLES`."""

    verb: str
    table: str
    form: str = ""


Statement: TypeAlias = Select | Inquiry


def parse(sql: str) -> Statement:
    """The statement of a text. Raises SqlError."""
    return _Parser(sql).statement()


def _syntax(near: str) -> SqlError:
    return SqlError(
        62, f"Syntax error near '{near}': the simulator understands single SELECT, DESCRIBE, "
        "EXISTS and SHOW TABLES statements over one table.", "SYNTAX_ERROR",
    )  # fmt: skip


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _tokens(sql: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:
            raise _syntax(sql[position : position + 20])
        position = match.end()
        if match.lastgroup not in (None, "comment"):
            kind = str(match.lastgroup)
            text = match[kind]
            if kind == "text":
                text = _ESCAPED.sub(lambda one: one[1] or "'", text)
            found.append(_Token(kind, text, match.start(), match.end()))
    while found and found[-1].text == ";" and found[-1].kind == "sign":
        found.pop()
    if any(token.kind == "sign" and token.text == ";" for token in found):
        raise SqlError(62, "Syntax error (Multi-statements are not allowed)", "SYNTAX_ERROR")
    return found


class _Parser:
    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = _tokens(sql)
        self._at = 0

    def statement(self) -> Statement:
        statement = self._select() if self._took("SELECT") else self._inquiry()
        if self._at < len(self._tokens):
            raise self._confused()
        return statement

    def _inquiry(self) -> Inquiry:
        if self._took("DESCRIBE") or self._took("DESC"):
            self._took("TABLE")
            return Inquiry("describe", self._table(), self._form())
        if self._took("EXISTS"):
            self._took("TABLE")
            return Inquiry("exists", self._table(), self._form())
        if self._took("SHOW"):
            self._expect("TABLES")
            database = self._name() if self._took("FROM") or self._took("IN") else ""
            return Inquiry("show", database, self._form())
        raise self._confused()

    def _select(self) -> Select:
        items = self._list(self._item)
        table = self._table() if self._took("FROM") else ""
        self._took("FINAL")
        where = self._either() if self._took("WHERE") else None
        group = self._by(self._either) if self._took("GROUP") else []
        order = self._by(self._ordering) if self._took("ORDER") else []
        limit = self._count() if self._took("LIMIT") else None
        offset = self._count() if self._took("OFFSET") else 0
        form = self._form()
        return Select(tuple(items), table, where, tuple(group), tuple(order), limit, offset, form)

    def _form(self) -> str:
        form = ""
        while True:
            if self._took("SETTINGS"):
                self._list(self._either)
            elif self._took("FORMAT"):
                form = self._name()
            else:
                return form

    def _item(self) -> Item:
        if self._took("*"):
            return Item(Column("*"), "*")
        first = self._at
        expression = self._either()
        written = self._sql[self._tokens[first].start : self._tokens[self._at - 1].end]
        name = expression.name if isinstance(expression, Column) else written
        if self._took("AS") or self._is_alias():
            name = self._name()
        return Item(expression, name)

    def _is_alias(self) -> bool:
        return self._peek("word") and self._tokens[self._at].text.upper() not in _NO_ALIAS

    def _ordering(self) -> tuple[Expression, bool]:
        expression = self._either()
        if self._took("DESC"):
            return expression, True
        self._took("ASC")
        return expression, False

    def _either(self) -> Expression:
        left = self._both()
        while self._took("OR"):
            left = Call("or", (left, self._both()))
        return left

    def _both(self) -> Expression:
        left = self._negation()
        while self._took("AND"):
            left = Call("and", (left, self._negation()))
        return left

    def _negation(self) -> Expression:
        if self._took("NOT"):
            return Call("not", (self._negation(),))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        if self._took("IS"):
            is_not = self._took("NOT")
            self._expect("NULL")
            found: Expression = Call("isNull", (left,))
            return Call("not", (found,)) if is_not else found
        is_not = self._took("NOT")
        found = self._relation(left)
        return Call("not", (found,)) if is_not else found

    def _relation(self, left: Expression) -> Expression:
        for word in ("LIKE", "ILIKE"):
            if self._took(word):
                return Call(word.lower(), (left, self._sum()))
        if self._took("BETWEEN"):
            low = self._sum()
            self._expect("AND")
            return Call("and", (Call(">=", (left, low)), Call("<=", (left, self._sum()))))
        if self._took("IN"):
            self._expect("(")
            values = self._list(self._sum)
            self._expect(")")
            return Call("in", (left, *values))
        if self._peek("sign") and self._tokens[self._at].text in _COMPARISONS:
            sign = self._next().text
            return Call({"==": "=", "<>": "!="}.get(sign, sign), (left, self._sum()))
        return left

    def _sum(self) -> Expression:
        left = self._factor()
        while self._peek("sign") and self._tokens[self._at].text in "+-*/":
            sign = self._next().text
            left = Call(sign, (left, self._factor()))
        return left

    def _factor(self) -> Expression:
        if self._took("-"):
            return Call("-", (Literal(0), self._factor()))
        if self._took("("):
            inner = self._either()
            self._expect(")")
            return inner
        token = self._next()
        if token.kind == "number":
            return Literal(float(token.text) if "." in token.text else int(token.text))
        if token.kind == "text":
            return Literal(token.text)
        if token.kind == "quoted":
            return Column(token.text)
        if token.kind == "word":
            return self._named(token)
        raise _syntax(token.text)

    def _named(self, token: _Token) -> Expression:
        word = token.text.upper()
        if word == "NULL":
            return Literal(None)
        if word in ("TRUE", "FALSE"):
            return Literal(int(word == "TRUE"))
        if word == "INTERVAL":
            return Interval(self._factor(), self._name().upper().rstrip("S"))
        if word in _NO_ALIAS:
            raise _syntax(token.text)
        if not self._took("("):
            return Column(token.text)
        if self._took("*"):
            self._expect(")")
            return Call(token.text, ())
        arguments = [] if self._peek_sign(")") else self._list(self._either)
        self._expect(")")
        return Call(token.text, tuple(arguments))

    def _table(self) -> str:
        name = self._name()
        if name.lower() in ("clusterallreplicas", "cluster") and self._took("("):
            self._next()  # every replica of this world is the same
            self._expect(",")
            name = self._table()
            self._expect(")")
        elif self._took("."):
            name = f"{name}.{self._name()}"
        return name

    def _by(self, read: Callable[[], Part]) -> list[Part]:
        self._expect("BY")
        return self._list(read)

    def _list(self, read: Callable[[], Part]) -> list[Part]:
        found = [read()]
        while self._took(","):
            found.append(read())
        return found

    def _count(self) -> int:
        token = self._next()
        if token.kind != "number":
            raise _syntax(token.text)
        return int(float(token.text))

    def _name(self) -> str:
        token = self._next()
        if token.kind not in ("word", "quoted"):
            raise _syntax(token.text)
        return token.text

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            raise _syntax("end of query")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self, kind: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].kind == kind

    def _peek_sign(self, sign: str) -> bool:
        return self._peek("sign") and self._tokens[self._at].text == sign

    def _took(self, word: str) -> bool:
        kind = "word" if word.isalpha() else "sign"
        if not self._peek(kind) or self._tokens[self._at].text.upper() != word:
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._took(word):
            raise self._confused()

    def _confused(self) -> SqlError:
        is_over = self._at >= len(self._tokens)
        return _syntax("end of query" if is_over else self._tokens[self._at].text)
