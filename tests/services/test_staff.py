"""Officers and what their roles permit."""

from pathlib import Path

import pytest

from services.configuration.reading import ConfigurationError
from services.configuration.staff import NotPermitted, NotStaff, Permission
from services.configuration.staff_file import load_staff
from tests.services.desk import CASHIER, CONFIG, MANAGER, OPERATOR, STRANGER, staff

SAMPLE = """
[desk]
chat_id = -100200
forum = true
language = "en"

[roles]
operator = ["claim", "answer_borrower"]
cashier = ["claim", "pay_out"]

[[staff]]
telegram_id = 7
name = "Chen"
roles = ["operator", "cashier"]
"""


def folder_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "staff.toml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("permission", list(Permission))
def test_a_manager_may_do_everything(permission: Permission) -> None:
    assert staff().require(MANAGER, permission).name == "王经理"


@pytest.mark.parametrize("permission", [Permission.DECIDE, Permission.PAY_OUT, Permission.CONFIRM_RECEIPTS])
def test_an_operator_neither_decides_nor_moves_money(permission: Permission) -> None:
    with pytest.raises(NotPermitted) as refused:
        staff().require(OPERATOR, permission)
    assert refused.value.params["permission"] == permission.label


@pytest.mark.parametrize("permission", list(Permission))
def test_somebody_from_the_street_may_do_nothing(permission: Permission) -> None:
    assert not staff().is_staff(STRANGER)
    assert not staff().may(STRANGER, permission)
    with pytest.raises(NotStaff):
        staff().require(STRANGER, permission)


def test_an_officer_who_left_is_named_by_the_bare_id() -> None:
    assert staff().name_of(CASHIER) == "李出纳"
    assert staff().name_of(404) == "404"


def test_an_officer_of_two_roles_may_do_what_either_permits(tmp_path: Path) -> None:
    [chen] = load_staff(folder_with(tmp_path, SAMPLE)).officers
    assert chen.permissions == {Permission.CLAIM, Permission.ANSWER_BORROWER, Permission.PAY_OUT}


def test_the_desk_is_read_from_the_file(tmp_path: Path) -> None:
    desk = load_staff(folder_with(tmp_path, SAMPLE)).desk
    assert desk is not None
    assert (desk.chat_id, desk.forum, desk.language) == (-100200, True, "en")


def test_chat_id_nought_means_no_desk(tmp_path: Path) -> None:
    assert load_staff(folder_with(tmp_path, SAMPLE.replace("-100200", "0"))).desk is None


def test_a_desk_made_at_the_start_takes_the_place_of_the_files(tmp_path: Path) -> None:
    desk = load_staff(folder_with(tmp_path, SAMPLE), desk_chat_id=-5).desk
    assert desk is not None
    assert desk.chat_id == -5


@pytest.mark.parametrize("folder", [CONFIG, CONFIG / "demo"])
def test_the_sample_files_can_be_read(folder: Path) -> None:
    assert load_staff(folder)


@pytest.mark.parametrize(
    ("written", "instead", "named"),
    [
        ('"pay_out"', '"pay_outs"', "roles.cashier"),
        ('"operator", "cashier"', '"auditor"', "auditor"),
        ("telegram_id = 7", 'telegram_id = "seven"', "staff.1.telegram_id"),
        ('name = "Chen"', 'name = "Chen"\ncolour = "red"', "staff.1.colour"),
        ('name = "Chen"', "", "staff.1.name"),
        ("[desk]", "[desk", "staff.toml"),
    ],
)
def test_a_mistake_in_the_file_is_refused_in_a_sentence_that_names_it(
    tmp_path: Path, written: str, instead: str, named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_staff(folder_with(tmp_path, SAMPLE.replace(written, instead)))


def test_an_officer_stands_in_the_file_once(tmp_path: Path) -> None:
    twice = SAMPLE + SAMPLE[SAMPLE.index("[[staff]]") :]
    with pytest.raises(ConfigurationError, match="once"):
        load_staff(folder_with(tmp_path, twice))


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"staff\.toml"):
        load_staff(tmp_path)
