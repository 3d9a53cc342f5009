"""Putting the services together. Each owns one noun; `build_services` hands each the collaborators it needs."""

from dataclasses import dataclass

from services.application_review import ApplicationReview
from services.applications import Applications
from services.borrowers import Borrowers
from services.clock import Clock
from services.contract_papers import ContractPapers
from services.contracts import Contracts
from services.db import Database
from services.decisions import Decisions
from services.desk_messages import DeskMessages
from services.documents import Documents
from services.due_dates import DueDates
from services.gateways import DocumentStore, Papers, PaymentGateway
from services.handoff_cards import HandoffCards
from services.handoffs import Handoffs
from services.lender import Lender
from services.loan_papers import LoanPapers
from services.loan_presentation import LoanPresentation
from services.loans import Loans
from services.notices import Notices
from services.offers import Offers
from services.outbox_delivery import Outbox
from services.overview import Overviews
from services.products import Products
from services.rate_cap import RateCap
from services.reference_rates import ReferenceRates
from services.repayments import Repayments
from services.staff import Staff
from services.steps import ConversationSteps
from services.transfers import Transfers
from services.vault import Vault


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the operator's files say."""

    lender: Lender
    rates: ReferenceRates
    products: Products
    staff: Staff


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the services need from outside."""

    database: Database
    clock: Clock
    vault: Vault
    store: DocumentStore
    papers: Papers
    gateway: PaymentGateway


@dataclass(frozen=True, slots=True)
class Services:
    """Every service, as handlers and jobs reach them."""

    clock: Clock
    lender: Lender
    products: Products
    staff: Staff
    borrowers: Borrowers
    applications: Applications
    review: ApplicationReview
    documents: Documents
    decisions: Decisions
    offers: Offers
    contracts: Contracts
    loans: Loans
    due_dates: DueDates
    repayments: Repayments
    transfers: Transfers
    handoffs: Handoffs
    desk_messages: DeskMessages
    outbox: Outbox
    notices: Notices
    overview: Overviews
    steps: ConversationSteps


def build_services(configuration: Configuration, around: Surroundings) -> Services:
    """Put the services together. Nothing is read or written yet."""
    lender, products, staff = configuration.lender, configuration.products, configuration.staff
    database, clock, vault, store = around.database, around.clock, around.vault, around.store
    rate_cap = RateCap(configuration.rates)
    borrowers = Borrowers(database, clock, vault, lender)
    applications = Applications(database, clock, vault, lender, products)
    documents = Documents(database, clock, lender, products, staff, store)
    offers = Offers(database, clock, products)
    contract_papers = ContractPapers(lender, products, vault, around.papers)
    loan_papers = LoanPapers(lender, products, vault, store, around.papers)
    loans = Loans(database, clock, lender, products, staff, LoanPresentation(products, vault), loan_papers)
    transfers = Transfers(database, clock, lender, documents, staff)
    cards = HandoffCards(database, vault, staff, applications, loans)
    handoffs = Handoffs(database, clock, vault, lender, products, staff, cards)
    return Services(
        clock=clock,
        lender=lender,
        products=products,
        staff=staff,
        borrowers=borrowers,
        applications=applications,
        review=ApplicationReview(database, clock, vault, lender, products, staff),
        documents=documents,
        decisions=Decisions(database, clock, lender, products, rate_cap, staff),
        offers=offers,
        contracts=Contracts(database, clock, lender, contract_papers, store, vault, rate_cap),
        loans=loans,
        due_dates=DueDates(database),
        repayments=Repayments(database, clock, lender, around.gateway, transfers, staff),
        transfers=transfers,
        handoffs=handoffs,
        desk_messages=DeskMessages(database, staff),
        outbox=Outbox(database, clock, vault, staff, lender),
        notices=Notices(database, clock, lender),
        overview=Overviews(borrowers, applications, offers, loans, handoffs),
        steps=ConversationSteps(database),
    )
