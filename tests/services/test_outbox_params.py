"""What a message may name, kept as JSON until it is sent."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messages.message_params import MessageParam, Said, decode_params, encode_params
from services.money import Money
from services.wording import Label, LocalizedText, Percent

plain: st.SearchStrategy[MessageParam] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.builds(Money.from_minor, st.integers(-(10**12), 10**12), st.sampled_from(["CNY", "JPY", "KWD"])),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.decimals(-1000, 1000, places=4).map(Percent),
    st.text().map(Label),
    st.dictionaries(st.text(), st.text(), min_size=1).map(LocalizedText),
    st.integers(1).map(Said),
)
params = st.dictionaries(st.text(), st.one_of(plain, st.lists(plain).map(tuple)))


@given(params)
def test_every_value_comes_back_as_it_was(given_params: dict[str, MessageParam]) -> None:
    stored = json.loads(json.dumps(encode_params(given_params)))
    assert decode_params(stored) == given_params


def test_types_are_told_apart() -> None:
    mixed = {"on": date(2025, 6, 1), "at": datetime(2025, 6, 1, tzinfo=UTC), "yes": True, "one": 1, "text": "1"}
    back = decode_params(encode_params(mixed))
    assert [type(value) for value in back.values()] == [date, datetime, bool, int, str]


def test_amounts_are_kept_to_the_last_digit() -> None:
    assert encode_params({"amount": Money.of("0.10", "CNY")}) == {"amount": {"money": ["0.10", "CNY"]}}
    assert encode_params({"rate": Percent(Decimal("10.80"))}) == {"rate": {"percent": "10.80"}}


def test_an_amount_that_the_database_wrote_is_in_minor_units() -> None:
    assert decode_params({"amount": {"minor": [1250, "CNY"]}}) == {"amount": Money.of("12.50", "CNY")}


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), {"a": 1}, datetime(2025, 6, 1), object()])  # noqa: DTZ001 - refused for that
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode_params({"value": value})


@pytest.mark.parametrize("stored", [{"money": [1, "CNY"]}, {"colour": "red"}, {}, 1.5])
def test_json_of_another_form_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="not a message parameter"):
        decode_params({"value": stored})
