import io

import pytest
from PIL import Image

from bot.papers.example_picture import ExamplePictures
from bot.papers.press import Press
from bot.wording.i18n import Catalogues
from services.documents.examples import Example


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
@pytest.mark.parametrize("example", Example)
async def test_each_example_is_drawn_for_a_phone(
    press: Press, words: Catalogues, example: Example, language: str
) -> None:
    png = await ExamplePictures(press).picture(example, words.translator(language))
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.format == "PNG"
        assert picture.width == 720
        assert 500 < picture.height < 1000
    assert len(png) < 100_000


async def test_examples_differ_by_paper_and_language_and_each_is_drawn_once(press: Press, words: Catalogues) -> None:
    examples, english, chinese = ExamplePictures(press), words.translator("en"), words.translator("zh_Hans")
    first = await examples.picture(Example.PAPER, english)
    assert await examples.picture(Example.PAPER, english) is first
    assert (
        len({first, await examples.picture(Example.PAPER, chinese), await examples.picture(Example.RECEIPT, english)})
        == 3
    )
