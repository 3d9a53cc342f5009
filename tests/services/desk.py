"""Officers, a desk and a vault for tests."""

from pathlib import Path

from services.clock import Clock
from services.configuration.lender import Lender, load_lender
from services.configuration.product_definitions import Product
from services.configuration.products import Products
from services.configuration.reading import load
from services.configuration.staff import Desk, Officer, Permission, Staff
from services.vault import Vault

CONFIG = Path(__file__).resolve().parents[2] / "config"
MANAGER, OPERATOR, CASHIER, STRANGER = 9001, 9002, 9003, 5555
DESK = Desk(chat_id=-100900, forum=False, language="zh_Hans")

_OPERATOR = frozenset(
    {Permission.CLAIM, Permission.VIEW_DOCUMENTS, Permission.ASK_INFORMATION, Permission.ANSWER_BORROWER}
)
_CASHIER = frozenset({Permission.CLAIM, Permission.PAY_OUT, Permission.CONFIRM_RECEIPTS})


def staff(desk: Desk | None = DESK, *, four_eyes: bool = False) -> Staff:
    """A manager, an operator and a cashier, with `desk` as their chat."""
    return Staff(
        [
            Officer(MANAGER, "王经理", ("manager",), frozenset(Permission)),
            Officer(OPERATOR, "陈专员", ("operator",), _OPERATOR),
            Officer(CASHIER, "李出纳", ("cashier",), _CASHIER),
        ],
        desk,
        four_eyes=four_eyes,
    )


def lender() -> Lender:
    """The sample lender: contact from 08:00 to 22:00."""
    return load_lender(CONFIG)


def products(clock: Clock) -> Products:
    """The sample lender's revolving line, which only officers arrange."""
    return Products([load(Product, CONFIG / "products" / "line.toml")], clock, lender())


def vault() -> Vault:
    return Vault({"k1": bytes(range(32))})
