"""Expressions that SQLite and PostgreSQL spell differently."""

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Integer, SQLColumnExpression, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Spelled(FunctionElement[Any]):
    """An expression by its spelling: `{0}` and `{1}` are its arguments, `{all}` all of them."""

    postgresql: ClassVar[str]
    sqlite: ClassVar[str]


@compiles(_Spelled, "postgresql")
def _on_postgresql(element: _Spelled, compiler: SQLCompiler, **options: Any) -> str:
    return _filled(element.postgresql, element, compiler, **options)


@compiles(_Spelled, "sqlite")
def _on_sqlite(element: _Spelled, compiler: SQLCompiler, **options: Any) -> str:
    return _filled(element.sqlite, element, compiler, **options)


def _filled(spelling: str, element: _Spelled, compiler: SQLCompiler, **options: Any) -> str:
    arguments = [compiler.process(clause, **options) for clause in element.clauses]
    return spelling.format(*arguments, all=", ".join(arguments))


class JsonObject(_Spelled):
    """A JSON object of the named values: columns, or JSON themselves."""

    postgresql, sqlite = "json_build_object({all})", "json_object({all})"
    type = JSON()
    inherit_cache = True

    def __init__(self, **values: SQLColumnExpression[Any]) -> None:
        super().__init__(*(part for name, value in values.items() for part in (literal(name), value)))


class JsonArray(_Spelled):
    """A JSON array of the values."""

    postgresql, sqlite = "json_build_array({all})", "json_array({all})"
    type = JSON()
    inherit_cache = True


class JsonFlag(_Spelled):
    """A condition as JSON's true or false."""

    postgresql, sqlite = "({0})", "json(CASE WHEN {0} THEN 'true' ELSE 'false' END)"
    type = JSON()
    inherit_cache = True


class WholeNumberAt(_Spelled):
    """The whole number in a JSON array at a place, counted from 0; NULL beyond its end."""

    postgresql, sqlite = "CAST({0} ->> ({1}) AS BIGINT)", "json_extract({0}, '$[' || ({1}) || ']')"
    type = BigInteger()
    inherit_cache = True


class IsoText(_Spelled):
    """A date written as `2026-11-05`."""

    postgresql, sqlite = "to_char({0}, 'YYYY-MM-DD')", "{0}"
    type = String()
    inherit_cache = True


class DaysBetween(_Spelled):
    """Days from the first date to the second."""

    postgresql, sqlite = "({1} - {0})", "CAST(julianday({1}) - julianday({0}) AS INTEGER)"
    type = Integer()
    inherit_cache = True
