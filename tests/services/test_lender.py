"""The sample lender as the services see it."""

from datetime import time

import pytest
from pydantic import ValidationError

from services.configuration.contact_policy import ContactWindow
from services.configuration.lender import load_lender
from tests.services.desk import CONFIG

lender = load_lender(CONFIG)


def test_the_ladder_of_overdue_notices_rises_in_days_and_tone() -> None:
    assert [step.days for step in lender.overdue_steps] == [1, 3, 7, 15, 30, 60, 90]
    tones = ["kind", "firm", "final"]
    ranks = [tones.index(step.tone) for step in lender.overdue_steps]
    assert ranks == sorted(ranks)


def test_reminders_come_seven_three_one_and_no_days_before() -> None:
    assert lender.reminder_days == [7, 3, 1, 0]
    assert lender.default_reminder_hour in lender.reminder_hours


def test_reminder_hours_lie_within_the_hours_of_contact() -> None:
    assert lender.contact_window == ContactWindow(time(8), time(22))
    assert all(lender.contact_window.allows(time(hour)) for hour in lender.reminder_hours)


def test_papers_name_the_lender_with_licence_and_complaint_phone() -> None:
    identity = lender.identity
    assert (identity.name, identity.licence, identity.complaint_phone) == (
        lender.name,
        lender.licence,
        lender.complaint_phone,
    )


def test_every_language_has_a_phrase_to_sign_with() -> None:
    assert set(lender.languages) <= lender.signing_phrases.keys()


def test_what_was_read_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        lender.time_zone = "UTC"  # type: ignore[misc]  # read-only is what the test is about
