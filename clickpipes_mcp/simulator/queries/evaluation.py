"""What a select answers over the rows of a table."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from clickpipes_mcp.simulator.queries.functions import (
    AGGREGATES,
    COMPARISONS,
    SCALARS,
    Row,
    Value,
    aggregated,
    combined,
    compared,
    interval,
    resembles,
)
from clickpipes_mcp.simulator.queries.statement import (
    Call,
    Column,
    Expression,
    Interval,
    Item,
    Literal,
    Select,
    SqlError,
)
from clickpipes_mcp.simulator.queries.tables import Table, default_of


@dataclass(frozen=True)
class Answer:
    """Rows with the names and types of their columns, in order."""

    columns: Mapping[str, str]
    rows: Sequence[Row]


def answer(select: Select, table: Table, now: datetime) -> Answer:
    """The rows of a select. Raises SqlError."""
    evaluator = _Evaluator(table, now)
    items = [one for item in select.items for one in _spread(item, table)]
    keys = [_meant(one, items, table) for one in select.group]
    aliases = frozenset(item.name for item in items)
    _require_columns([*(item.expression for item in items), *keys, select.where], table.columns)
    _require_columns([one for one, _ in select.order], {*table.columns, *aliases})
    rows = [row for row in table.rows() if evaluator.holds(select.where, row)]
    groups: list[list[Row]]
    if select.group:
        groups = evaluator.grouped(keys, rows)
    elif any(_is_aggregate(item.expression) for item in items):
        groups = [rows]
    else:
        groups = [[row] for row in rows]
    total = table.total if select.where is None and not select.group else None
    found = [
        (group, {item.name: evaluator.value(item.expression, group, total) for item in items})
        for group in groups
    ]
    for expression, is_descending in reversed(select.order):
        keyed = _position(expression, items)
        ranks = [_Ordered(evaluator.value(keyed, group, total, row)) for group, row in found]
        places = sorted(range(len(found)), key=ranks.__getitem__, reverse=is_descending)
        found = [found[place] for place in places]
    end = None if select.limit is None else select.offset + select.limit
    shown = [row for _, row in found[select.offset : end]]
    columns = {item.name: _type(item.expression, table, shown, item.name) for item in items}
    return Answer(columns, shown)


def _spread(item: Item, table: Table) -> list[Item]:
    if item.name != "*":
        return [item]
    return [Item(Column(name), name) for name in table.columns]


def _meant(expression: Expression, items: Sequence[Item], table: Table) -> Expression:
    """What a key of `GROUP BY` stands for: a column, an output column by name or by place."""
    if isinstance(expression, Column) and expression.name not in table.columns:
        named = (item.expression for item in items if item.name == expression.name)
        return next(named, expression)
    return _position(expression, items)


def _require_columns(expressions: Iterable[Expression | None], known: Container[str]) -> None:
    for expression in expressions:
        if isinstance(expression, Column) and expression.name not in known:
            text = f"Unknown expression identifier `{expression.name}` in scope SELECT"
            raise SqlError(47, text, "UNKNOWN_IDENTIFIER")
        if isinstance(expression, Call):
            _require_columns(expression.arguments, known)


def _position(expression: Expression, items: Sequence[Item]) -> Expression:
    """`ORDER BY 1` means the first output column."""
    if isinstance(expression, Literal) and isinstance(expression.value, int):
        if not 1 <= expression.value <= len(items):
            raise SqlError(48, "ORDER BY position is out of bounds", "NOT_IMPLEMENTED")
        return items[expression.value - 1].expression
    return expression


@dataclass(frozen=True)
class _Ordered:
    value: Value

    def __lt__(self, other: "_Ordered") -> bool:
        return bool(compared("<", self.value, other.value))


def _is_aggregate(expression: Expression) -> bool:
    if not isinstance(expression, Call):
        return False
    is_one = expression.name.lower() in AGGREGATES
    return is_one or any(_is_aggregate(inner) for inner in expression.arguments)


def _type(expression: Expression, table: Table, rows: Sequence[Row], name: str) -> str:
    if isinstance(expression, Column):
        return table.columns.get(expression.name, "String")
    value = rows[0][name] if rows else 0
    if isinstance(value, datetime):
        return "DateTime64(6)"
    if isinstance(value, float):
        return "Float64"
    return "UInt64" if isinstance(value, int) else "String"


class _Evaluator:
    def __init__(self, table: Table, now: datetime) -> None:
        self._table = table
        self._now = now

    def holds(self, condition: Expression | None, row: Row) -> bool:
        return condition is None or bool(self.value(condition, [row]))

    def grouped(self, keys: Sequence[Expression], rows: Sequence[Row]) -> list[list[Row]]:
        groups: dict[tuple[Value, ...], list[Row]] = {}
        for row in rows:
            key = tuple(self.value(expression, [row]) for expression in keys)
            groups.setdefault(key, []).append(row)
        return list(groups.values())

    def value(
        self,
        expression: Expression,
        group: Sequence[Row],
        total: int | None = None,
        aliases: Row | None = None,
    ) -> Value:
        """What an expression is for a group of rows; `total` is the whole table's size."""
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Interval):
            return interval(self.value(expression.amount, group), expression.unit)
        if isinstance(expression, Column):
            return self._column(expression.name, group, aliases or {})
        name = expression.name.lower()
        if name in AGGREGATES:
            return self._aggregate(name, expression.arguments, group, total)
        values = [self.value(one, group, total, aliases) for one in expression.arguments]
        return self._call(expression.name, values)

    def _column(self, name: str, group: Sequence[Row], aliases: Row) -> Value:
        if name in aliases:
            return aliases[name]
        return group[0].get(name) if group else None

    def _aggregate(
        self, name: str, arguments: Sequence[Expression], group: Sequence[Row], total: int | None
    ) -> Value:
        if name == "count":
            return len(group) if total is None else total
        if not arguments:
            raise SqlError(42, f"{name} needs an argument", "NUMBER_OF_ARGUMENTS_DOESNT_MATCH")
        values = [self.value(arguments[0], [row]) for row in group]
        if name == "countif":
            return sum(bool(value) for value in values)
        found = aggregated(name, values)
        only = arguments[0]
        if found is None and isinstance(only, Column):
            return default_of(self._table.columns.get(only.name, ""))
        return found

    def _call(self, name: str, values: Sequence[Value]) -> Value:
        lowered = name.lower()
        if lowered in ("now", "now64", "today"):
            return self._now.astimezone(UTC)
        if lowered in COMPARISONS:
            return compared(lowered, *values)
        if lowered in ("+", "-", "*", "/"):
            return combined(lowered, *values)
        if lowered in _LOGIC:
            return _LOGIC[lowered](values)
        if lowered not in SCALARS:
            raise SqlError(46, f"Unknown function {name}", "UNKNOWN_FUNCTION")
        try:
            return SCALARS[lowered](*values)
        except (TypeError, ValueError) as error:
            text = f"Illegal arguments of function {name}"
            raise SqlError(43, text, "ILLEGAL_TYPE_OF_ARGUMENT") from error


_LOGIC = {
    "and": lambda values: int(all(values)),
    "or": lambda values: int(any(values)),
    "not": lambda values: int(not values[0]),
    "in": lambda values: int(any(compared("=", values[0], one) for one in values[1:])),
    "like": lambda values: resembles(*values, ignore_case=False),
    "ilike": lambda values: resembles(*values, ignore_case=True),
}
