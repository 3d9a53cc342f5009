"""Stand-ins for what lies outside the services."""

from datetime import datetime
from secrets import token_hex

from services.clock import Clock
from services.errors import Unavailable
from services.gateways import (
    CertificatePaper,
    Checkout,
    ContractPaper,
    ExtensionPaper,
    PaymentRequest,
    Signature,
    StatementPaper,
)


class MemoryStore:
    """A document store in memory."""

    def __init__(self, clock: Clock) -> None:
        self.files: dict[str, bytes] = {}
        self._clock = clock
        self._stored_at: dict[str, datetime] = {}

    async def put(self, data: bytes) -> str:
        key = token_hex(16)
        self.files[key], self._stored_at[key] = data, self._clock.now()
        return key

    async def get(self, key: str) -> bytes:
        try:
            return self.files[key]
        except KeyError:
            raise Unavailable from None

    async def delete(self, key: str) -> None:
        self.files.pop(key, None)

    async def stored_before(self, instant: datetime) -> list[str]:
        return [key for key in self.files if self._stored_at[key] < instant]


class PlainPapers:
    """Papers whose bytes are what they name."""

    async def contract(self, paper: ContractPaper, language: str) -> bytes:
        return f"{language} {paper}".encode()

    async def signed_contract(self, paper: ContractPaper, signature: Signature, language: str) -> bytes:
        return f"{language} {paper} {signature}".encode()

    async def statement(self, paper: StatementPaper, language: str) -> bytes:
        return f"{language} {paper}".encode()

    async def certificate(self, paper: CertificatePaper, language: str) -> bytes:
        return f"{language} {paper}".encode()

    async def extension(self, paper: ExtensionPaper, language: str) -> bytes:
        return f"{language} {paper}".encode()


class InvoiceGateway:
    """A gateway that sends invoices into the chat."""

    available = True

    async def checkout(self, request: PaymentRequest) -> Checkout:
        return Checkout("invoice", request.reference, request.amount, provider_token="token")


class ReceiptTray:
    """Remembers the receipts that were sent."""

    def __init__(self) -> None:
        self.received: list[tuple[int, bytes]] = []

    async def add_receipt(self, borrower_id: int, payment_id: int, data: bytes) -> None:
        self.received.append((payment_id, data))
