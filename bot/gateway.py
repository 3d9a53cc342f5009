"""Telegram's own payments as the gateway: an invoice in the chat, collected by the provider behind the token."""

from services.errors import Unavailable
from services.gateways import Checkout, PaymentRequest


class TelegramInvoices:
    """A `PaymentGateway`. Without a provider's token nothing can be collected, and borrowers pay by transfer."""

    def __init__(self, provider_token: str | None) -> None:
        self._provider_token = provider_token

    @property
    def available(self) -> bool:
        """Whether borrowers can pay in the chat."""
        return self._provider_token is not None

    async def checkout(self, request: PaymentRequest) -> Checkout:
        """Raises Unavailable without a provider."""
        if self._provider_token is None:
            raise Unavailable
        return Checkout("invoice", request.reference, request.amount, provider_token=self._provider_token)
