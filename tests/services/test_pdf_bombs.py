"""PDFs made to take the bot down: refused with a sentence, within bounds of time and memory."""

import resource
import sys
from collections.abc import Callable

import pytest

from services.documents.file_errors import FileDamaged, FileRefused, FileTooComplex
from services.documents.file_inspection import inspect
from services.documents.pdf_apart import clean_pdf_apart
from tests.sample_files import pdf
from tests.services import pdf_bombs


@pytest.mark.parametrize(
    ("bomb", "refusal"),
    [
        (pdf_bombs.a_million_pages_by_six_shared_nodes, FileDamaged),
        (pdf_bombs.a_page_below_a_hundred_thousand_nodes, FileDamaged),
        (pdf_bombs.a_million_arrays_in_one_another, FileDamaged),
        (pdf_bombs.a_million_times_the_same_page, FileTooComplex),
        (pdf_bombs.three_million_empty_arrays, FileTooComplex),
        (pdf_bombs.locked_with_no_password_and_unpacking_to_a_gigabyte, FileTooComplex),
    ],
)
def test_a_bomb_is_refused_and_only_its_own_process_feels_it(
    bomb: Callable[[], bytes], refusal: type[FileRefused]
) -> None:
    data = bomb()
    before = _most_memory(resource.RUSAGE_SELF)
    with pytest.raises(refusal):
        inspect(data, max_mb=20, max_pages=20)
    assert _most_memory(resource.RUSAGE_SELF) - before < 8 * len(data) + 32 * 1024 * 1024


def _most_memory(whose: int) -> int:
    peak = resource.getrusage(whose).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def test_a_pdf_that_takes_too_long_is_too_complex() -> None:
    with pytest.raises(FileTooComplex):
        clean_pdf_apart(pdf(), 20, patience=0)


def test_a_worker_that_cannot_start_is_a_mistake_of_ours_and_not_of_the_file() -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        clean_pdf_apart(pdf(), 20, worker="services.documents.no_such_module")
