"""Whether every contract that the products lead to has words: asked at start, not when a borrower waits for one."""

from datetime import date
from pathlib import Path

from bot.papers.contract_conditions import NoWording, require_wording
from services.configuration.products import FOLDER, Products
from services.configuration.reading import ConfigurationError


def check_contracts(folder: Path, products: Products, on: date) -> None:
    """Hold what each product's loans would agree on that day against the contract's wording.

    Raises ConfigurationError naming the product and the key of terms or policy that the clauses cannot tell.
    """
    for product in products.all():
        if not product.self_service:
            continue
        for method in product.methods:
            terms = products.terms(product, product.minimum, product.term.choices[0], method, on)
            try:
                require_wording(terms, products.policy(product), products.rate_link(product, on))
            except NoWording as error:
                key = f"{product.code}.{error.key}"
                raise ConfigurationError(folder / FOLDER, key, "a condition that the contract has words for") from error
