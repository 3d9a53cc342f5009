"""Reading a paper as a person would: a PDF page by page, a contract clause by clause."""

from functools import cache

import pypdfium2

from bot.papers.contract_clauses import CLAUSES, Conduct
from bot.papers.contract_content import contract_content
from bot.papers.wording import PaperWords
from services.gateways import ContractPaper
from tests.papers.samples import catalogues


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    texts = []
    for page in document:
        text_page = page.get_textpage()
        texts.append(text_page.get_text_bounded())
        text_page.close()
        page.close()
    document.close()
    return texts


def text_of(pdf: bytes) -> str:
    """All text without line ends, so that a sentence is found wherever it was broken."""
    return "".join(pages_of(pdf)).replace("\r", "").replace("\n", "")


def squeezed(text: str) -> str:
    """Without spaces: a break between words of a Latin sentence leaves none behind."""
    return "".join(text.split())


@cache
def words_in(language: str) -> PaperWords:
    return PaperWords(catalogues().translator(language))


def clause_text(paper: ContractPaper, name: str, language: str = "en", conduct: Conduct | None = None) -> str:
    """The paragraphs of a clause in one."""
    content = contract_content(words_in(language), paper, conduct or Conduct(), None)
    place = [clause.name for clause in CLAUSES].index(name)
    paragraphs = content["clauses"][place]["paragraphs"]  # type: ignore[index,call-overload] # JSON of known shape
    return " ".join("".join(run["text"] for run in paragraph["runs"]) for paragraph in paragraphs)


def key_facts(paper: ContractPaper, language: str = "en") -> str:
    """The lines below the large figures of the first page."""
    content = contract_content(words_in(language), paper, Conduct(), None)
    return "\n".join(fact["value"] for fact in content["key_facts"]["small"])  # type: ignore[index,call-overload] # JSON of known shape
