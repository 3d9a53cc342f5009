"""The services' papers, worded by the catalogues and typeset by typst."""

from bot.papers.contract_clauses import Conduct
from bot.papers.contract_content import contract_content
from bot.papers.extension_content import extension_content
from bot.papers.press import Press
from bot.papers.statement_content import certificate_content, statement_content
from bot.papers.wording import PaperWords
from bot.wording.i18n import Catalogues
from services.gateways import CertificatePaper, ContractPaper, ExtensionPaper, Signature, StatementPaper


class TypstPapers:
    """Implements `services.gateways.Papers`. A paper depends on its input, the catalogues, the templates and the font,
    and on nothing else: not on the clock, nor on the reader's time zone."""

    def __init__(self, catalogues: Catalogues, press: Press, conduct: Conduct | None = None) -> None:
        self._catalogues = catalogues
        self._press = press
        self._conduct = conduct or Conduct()

    async def contract(self, paper: ContractPaper, language: str) -> bytes:
        """The contract to be signed, as PDF. Raises ValueError for a contract without installments."""
        return await self._contract(paper, None, language)

    async def signed_contract(self, paper: ContractPaper, signature: Signature, language: str) -> bytes:
        """The same contract with its signature page, as PDF."""
        return await self._contract(paper, signature, language)

    async def statement(self, paper: StatementPaper, language: str) -> bytes:
        """The loan's account, as PDF."""
        return await self._press.pdf("statement", statement_content(self._words(language), paper), paper.as_of)

    async def certificate(self, paper: CertificatePaper, language: str) -> bytes:
        """The settlement certificate, as PDF."""
        return await self._press.pdf("certificate", certificate_content(self._words(language), paper), paper.issued_on)

    async def extension(self, paper: ExtensionPaper, language: str) -> bytes:
        """The signed extension agreement, as PDF."""
        return await self._press.pdf("extension", extension_content(self._words(language), paper), paper.effective_on)

    async def _contract(self, paper: ContractPaper, signature: Signature | None, language: str) -> bytes:
        if not paper.rows:
            raise ValueError("a contract without installments cannot be drawn up")
        content = contract_content(self._words(language), paper, self._conduct, signature)
        return await self._press.pdf("contract", content, paper.issued_on)

    def _words(self, language: str) -> PaperWords:
        return PaperWords(self._catalogues.translator(language))
