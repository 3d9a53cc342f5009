"""Putting the services together. Each owns one noun; `build_services` hands each the collaborators it needs."""

from dataclasses import dataclass
from datetime import timedelta

from services.audit.audit_chain import AuditChain
from services.clock import Clock
from services.configuration.lender import Lender
from services.configuration.products import Products
from services.configuration.rate_cap import RateCap
from services.configuration.reference_rates import ReferenceRates
from services.configuration.staff import Staff
from services.consistency.consistency_check import ConsistencyCheck
from services.conversations import Conversations
from services.db import Database
from services.desk.desk_messages import DeskMessages
from services.desk.handoff_cards import HandoffCards
from services.desk.handoffs import Handoffs
from services.desk.talks import Talks
from services.documents.documents import Documents
from services.documents.stray_files import StrayFiles
from services.extensions.extension_agreements import ExtensionAgreements
from services.extensions.extension_decisions import ExtensionDecisions
from services.extensions.extension_papers import ExtensionPapers
from services.extensions.extension_requests import Extensions
from services.gateways import DocumentStore, Papers, PaymentGateway
from services.inbox.inbox import LEASE, Inbox
from services.inbox.quarantine import Quarantine
from services.lending.draw_payouts import DrawPayouts
from services.lending.draws import Draws
from services.lending.due_dates import DueDates
from services.lending.loan_papers import LoanPapers
from services.lending.loan_presentation import LoanPresentation
from services.lending.loans import Loans
from services.lending.rate_changes import RateChanges
from services.messages.outbox_delivery import Outbox
from services.origination.application_review import ApplicationReview
from services.origination.applications import Applications
from services.origination.contract_papers import ContractPapers
from services.origination.contracts import Contracts
from services.origination.decisions import Decisions
from services.origination.offers import Offers
from services.origination.signed_contracts import SignedContracts
from services.overview import Overviews
from services.people.allowances import Allowances
from services.people.borrowers import Borrowers
from services.reminders.notices import Notices
from services.repayment.line_endings import LineEndings
from services.repayment.repayments import Repayments
from services.repayment.reversals import Reversals
from services.repayment.transfers import Transfers
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
    takeover: timedelta = LEASE
    """How long a process may be silent before others take over what it was at."""


@dataclass(frozen=True, slots=True)
class Services:
    """Every service, as handlers and jobs reach them."""

    clock: Clock
    lender: Lender
    products: Products
    staff: Staff
    borrowers: Borrowers
    allowances: Allowances
    applications: Applications
    review: ApplicationReview
    documents: Documents
    stray_files: StrayFiles
    decisions: Decisions
    offers: Offers
    contracts: Contracts
    signed_contracts: SignedContracts
    loans: Loans
    rate_changes: RateChanges
    extensions: Extensions
    extension_decisions: ExtensionDecisions
    extension_agreements: ExtensionAgreements
    due_dates: DueDates
    repayments: Repayments
    reversals: Reversals
    transfers: Transfers
    draws: Draws
    draw_payouts: DrawPayouts
    line_endings: LineEndings
    handoffs: Handoffs
    talks: Talks
    desk_messages: DeskMessages
    outbox: Outbox
    notices: Notices
    overview: Overviews
    consistency: ConsistencyCheck
    conversations: Conversations
    inbox: Inbox
    quarantine: Quarantine
    audit_chain: AuditChain


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
    talks = Talks(database, clock, vault, lender, staff)
    return Services(
        clock=clock,
        lender=lender,
        products=products,
        staff=staff,
        borrowers=borrowers,
        allowances=Allowances(database, clock, lender),
        applications=applications,
        review=ApplicationReview(database, clock, vault, lender, products, staff),
        documents=documents,
        stray_files=StrayFiles(database, clock, store),
        decisions=Decisions(database, clock, lender, products, rate_cap, staff),
        offers=offers,
        contracts=Contracts(database, clock, lender, contract_papers, store, vault, rate_cap),
        signed_contracts=SignedContracts(database),
        loans=loans,
        rate_changes=RateChanges(database, clock, lender, configuration.rates, rate_cap),
        extensions=Extensions(database, clock, vault, lender, products, rate_cap),
        extension_decisions=ExtensionDecisions(database, clock, lender, products, rate_cap, staff),
        extension_agreements=ExtensionAgreements(
            database,
            clock,
            vault,
            lender,
            products,
            rate_cap,
            ExtensionPapers(lender, products, vault, store, around.papers),
        ),
        due_dates=DueDates(database),
        repayments=Repayments(database, clock, lender, around.gateway, transfers),
        reversals=Reversals(database, clock, lender, staff),
        transfers=transfers,
        draws=Draws(database, clock, lender, vault),
        draw_payouts=DrawPayouts(database, clock, lender, staff),
        line_endings=LineEndings(database, clock, lender),
        handoffs=handoffs,
        talks=talks,
        desk_messages=DeskMessages(database, staff),
        outbox=Outbox(database, clock, vault, staff, lender, grace=around.takeover),
        notices=Notices(database, clock, lender),
        consistency=ConsistencyCheck(database, clock, lender, staff, store),
        overview=Overviews(borrowers, applications, offers, loans, talks),
        conversations=Conversations(database),
        inbox=Inbox(database, clock, vault, lease=around.takeover),
        quarantine=Quarantine(database, clock),
        audit_chain=AuditChain(database, clock),
    )
