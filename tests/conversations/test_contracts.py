"""The list of signed contracts, and the check of a fingerprint."""

from services.origination.signed_contracts import SignedContract
from tests.conversations.applicants import with_papers_to_send
from tests.conversations.debtors import Debtor, debtor
from tests.conversations.town import Town


async def signed_by(town: Town, owing: Debtor) -> SignedContract:
    (signed,) = await town.services.signed_contracts.list(owing.borrower_id)
    return signed


async def test_signed_contracts_are_listed_and_sent_again_with_their_fingerprint(town: Town) -> None:
    owing = await debtor(town)
    signed = await signed_by(town, owing)
    await owing.person.say("/contracts")
    listed = (await owing.person.expect("Your signed contracts"))["text"]
    assert f"{signed.contract.reference}, signed Mon 2 Mar" in listed
    assert f"¥5,000.00, loan {owing.loan.reference}" in listed
    await owing.person.press(signed.contract.reference)
    sent = await owing.person.expect_media("document")
    assert signed.fingerprint[:8].upper() in sent["text"]
    paper = await owing.person.download(sent)
    assert paper == await town.services.contracts.read(owing.borrower_id, signed.contract.id)
    await owing.person.press("Back to contracts")
    await owing.person.expect("Your signed contracts")
    await town.restart()
    await owing.person.say(signed.contract.reference)
    await owing.person.expect_media("document")


async def test_a_fingerprint_or_the_paper_itself_is_checked(town: Town) -> None:
    owing = await debtor(town)
    tom, signed = owing.person, await signed_by(town, owing)
    await tom.say("my contracts")
    await tom.press("Check a fingerprint")
    await tom.expect("its first 8 digits will do")
    await tom.say("hello")
    await tom.expect("That is no fingerprint")
    await tom.say(f"{signed.fingerprint[:4].upper()} {signed.fingerprint[4:8].upper()}")
    found = await tom.expect("Yes, this is the signed copy of your contract")
    assert signed.contract.reference in found["text"]
    await tom.say(signed.contract.sha256)
    await tom.expect("as you read it before signing")
    await tom.say("0" * 64)
    await tom.expect("This is none of your signed contracts")
    await tom.send_document(await town.services.contracts.read(owing.borrower_id, signed.contract.id), "contract.pdf")
    await tom.expect("Yes, this is the signed copy of your contract")
    await tom.press("Send the contract")
    await tom.expect_media("document")
    await tom.press("Back to contracts")
    await tom.press("Check a fingerprint")
    await tom.send_document(b"%PDF a forgery", "contract.pdf")
    await tom.expect("This is none of your signed contracts")
    await tom.press("Back")
    await tom.expect("Your signed contracts")


async def test_settings_lead_to_the_contracts_in_chinese(town: Town) -> None:
    owing = await debtor(town, "zh_Hans")
    signed = await signed_by(town, owing)
    await owing.person.say("/settings")
    await owing.person.press("我的合同")
    listed = (await owing.person.expect("您签署的合同"))["text"]
    assert f"¥5,000.00，贷款 {owing.loan.reference}" in listed
    await owing.person.say("核对指纹")
    await owing.person.say(signed.fingerprint)
    await owing.person.expect("是的，这是您合同的签署版")


async def test_who_signed_nothing_is_told_so_and_gets_nobody_elses(town: Town) -> None:
    owing, stranger = await debtor(town), await with_papers_to_send(town)
    signed = await signed_by(town, owing)
    await stranger.say("/contracts")
    await stranger.expect("You haven't signed a contract yet")
    assert signed.contract.reference not in stranger.transcript()
