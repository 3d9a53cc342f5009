"""Collecting repayments by invoices in the chat, through the payment provider that the lender set up with Telegram."""

from services.errors import Unavailable
from services.gateways import Checkout, PaymentRequest


class TelegramInvoices:
    """Implements `services.gateways.PaymentGateway`. The provider's token comes from BotFather; without one nothing can
    be collected this way and only transfers remain."""

    def __init__(self, provider_token: str | None) -> None:
        self._provider_token = provider_token

    @property
    def available(self) -> bool:
        """Whether there is a provider to collect through."""
        return bool(self._provider_token)

    async def checkout(self, request: PaymentRequest) -> Checkout:
        """An invoice whose payload is the payment's reference. Raises Unavailable without a provider."""
        if not self._provider_token:
            raise Unavailable
        return Checkout("invoice", request.reference, request.amount, provider_token=self._provider_token)
