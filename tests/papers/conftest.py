import pytest

from bot.papers.press import Press
from bot.papers.typst_papers import TypstPapers
from bot.wording.i18n import Catalogues
from tests.papers.samples import catalogues


@pytest.fixture(scope="session")
def press() -> Press:
    return Press()


@pytest.fixture(scope="session")
def words() -> Catalogues:
    return catalogues()


@pytest.fixture(scope="session")
def papers(press: Press, words: Catalogues) -> TypstPapers:
    return TypstPapers(words, press)
