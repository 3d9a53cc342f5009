"""The tables, one module for each part of the business."""

from services.models.base import Base
from services.models.credit_lines import CreditLineRow, DrawRow
from services.models.desk import DeskMessageRow, HandoffMessageRow, HandoffRow, StaffActionRow
from services.models.extensions import ExtensionRow
from services.models.inbox import InboxRow, LeaseRow
from services.models.lending import InstallmentRow, LedgerEntryRow, LoanEventRow, LoanRow, PaymentRow
from services.models.messages import OutboxRow
from services.models.origination import (
    ApplicationRow,
    ContractRow,
    DecisionRow,
    DocumentRow,
    DocumentViewRow,
    InformationRequestRow,
    OfferRow,
)
from services.models.people import BorrowerRow, ConversationRow

__all__ = [
    "ApplicationRow",
    "Base",
    "BorrowerRow",
    "ContractRow",
    "ConversationRow",
    "CreditLineRow",
    "DecisionRow",
    "DeskMessageRow",
    "DocumentRow",
    "DocumentViewRow",
    "DrawRow",
    "ExtensionRow",
    "HandoffMessageRow",
    "HandoffRow",
    "InboxRow",
    "InformationRequestRow",
    "InstallmentRow",
    "LeaseRow",
    "LedgerEntryRow",
    "LoanEventRow",
    "LoanRow",
    "OfferRow",
    "OutboxRow",
    "PaymentRow",
    "StaffActionRow",
]
