"""Comparing an answer with what a source prints, to the last digit that both show."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any


def unlike(printed: Any, found: Any, cut: bool = False, path: str = "") -> list[str]:
    """Where the answer differs from the printed figures; what is not printed is not compared.

    A source with fewer digits than the answer has the answer rounded to its digits (half up; cut off where `cut`), one
    with more digits than the answer is rounded itself.
    """
    if isinstance(printed, dict):
        lines = []
        for key, value in printed.items():
            lines += unlike(value, found.get(key) if isinstance(found, dict) else None, cut, f"{path}.{key}")
        return lines
    if isinstance(printed, list):
        if not isinstance(found, list) or len(found) != len(printed):
            return [f"{path}: {found!r} has not {len(printed)} items"]
        pairs = enumerate(zip(printed, found, strict=True))
        return [line for index, (one, other) in pairs for line in unlike(one, other, cut, f"{path}[{index}]")]
    return [] if _same(printed, found, cut) else [f"{path}: printed {printed!r}, found {found!r}"]


def _same(printed: object, found: object, cut: bool) -> bool:
    if printed == found:
        return True
    one, other = _number(printed), _number(found)
    if one is None or other is None:
        return False
    places = max(one.as_tuple().exponent, other.as_tuple().exponent)
    assert isinstance(places, int)
    unit = Decimal(1).scaleb(places)
    mode = ROUND_DOWN if cut else ROUND_HALF_UP
    return one.quantize(unit, ROUND_HALF_UP) == other.quantize(unit, mode)


def _number(value: object) -> Decimal | None:
    if not isinstance(value, str):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def with_rows_by_number(answer: Any, printed: Any) -> Any:
    """The answer with what tables print: rows by their number, sums over rows (`"13-24"`), the count of rows."""
    if not isinstance(answer, dict) or "rows" not in answer:
        return answer
    rows = answer["rows"]
    return answer | {
        "rows": {str(row["n"]): row for row in rows},
        "sums": {span: _sums(rows, span) for span in printed.get("sums", {})},
        "row_count": str(len([row for row in rows if row["n"]])),
    }


def _sums(rows: list[Any], span: str) -> dict[str, str]:
    first, last = map(int, span.split("-"))
    within = [row for row in rows if first <= row["n"] <= last]
    return {
        column: str(sum(Decimal(row[column]) for row in within))
        for column in ("principal", "interest", "fees", "total")
    }
