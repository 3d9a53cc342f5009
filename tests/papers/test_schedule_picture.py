import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import cast

import pytest
from PIL import Image

from bot.papers.press import Press
from bot.papers.schedule_picture import picture_content, schedule_picture
from bot.papers.wording import PaperWords
from bot.wording.i18n import Catalogues
from services.lending.loan_views import LoanView
from tests.papers.samples import loan_view

Rows = list[Mapping[str, str]]


def content(loan: LoanView, words: Catalogues, language: str = "en") -> Mapping[str, object]:
    return picture_content(loan, PaperWords(words.translator(language)))


def rows_of(loan: LoanView, words: Catalogues) -> Rows:
    return cast("Rows", content(loan, words)["rows"])


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
@pytest.mark.parametrize("term", [1, 6, 12, 13, 60])
async def test_the_picture_is_a_png_that_a_phone_can_show(
    press: Press, words: Catalogues, language: str, term: int
) -> None:
    png = await schedule_picture(loan_view(term=term, paid=0), words.translator(language), press)
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.format == "PNG"
        assert picture.width == 720
        assert 300 < picture.height < 2000


async def test_the_same_loan_gives_the_same_picture(press: Press, words: Catalogues) -> None:
    t = words.translator("zh_Hans")
    assert await schedule_picture(loan_view(), t, press) == await schedule_picture(loan_view(), t, press)


def test_each_installment_says_in_words_where_it_stands(words: Catalogues) -> None:
    rows = rows_of(loan_view(), words)
    assert [row["word"] for row in rows] == ["Paid", "Overdue", "To come", "To come", "To come", "To come"]
    assert rows[1]["date"] == "Fri 5 Feb 2027"


def test_what_is_paid_in_part_says_what_is_left(words: Catalogues) -> None:
    assert rows_of(loan_view(partly="300"), words)[1]["partly"] == "300.00 paid, 570.84 left"


@pytest.mark.parametrize("paid", [0, 5, 12, 20, 24])
def test_a_long_schedule_starts_at_the_first_unpaid_and_still_adds_up(words: Catalogues, paid: int) -> None:
    loan = loan_view(term=24, paid=paid, as_of=date(2027, 1, 1))
    rows = rows_of(loan, words)
    shown = [row for row in rows if row["kind"] == "row"]
    assert len(shown) == 12
    assert int(shown[0]["number"]) == min(paid + 1, 13)
    total = cast("Mapping[str, str]", content(loan, words)["total"])
    assert sum(number(row["amount"]) for row in rows) == number(total["amount"])


def figures(loan: LoanView, words: Catalogues) -> list[Mapping[str, object]]:
    return cast("list[Mapping[str, object]]", content(loan, words)["figures"])


def test_the_first_figure_is_what_is_overdue_with_its_penalty(words: Catalogues) -> None:
    first = figures(loan_view(partly="300"), words)[0]
    assert first["label"] == "Overdue now"
    assert first["value"] == "¥572.31"
    assert first["note"] == "4 days late\nincl. penalty ¥1.47"


def test_the_first_figure_is_due_today_then_next_then_settled(words: Catalogues) -> None:
    assert figures(loan_view(as_of=date(2027, 2, 5)), words)[0]["label"] == "Due today"
    coming = figures(loan_view(as_of=date(2027, 2, 1)), words)[0]
    assert (coming["label"], coming["value"], coming["note"]) == ("Next payment", "¥870.84", "Fri 5 Feb 2027")
    assert figures(loan_view(paid=6), words)[0]["value"] == "Settled"
