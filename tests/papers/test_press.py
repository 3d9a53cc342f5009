import asyncio
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot.papers.fonts import NoFontFound, packaged_fonts
from bot.papers.press import Json, Press, PressFailed
from bot.papers.typst_papers import TypstPapers
from tests.papers.samples import certificate_paper, contract_paper

ROOT = Path(__file__).resolve().parents[2]


def test_the_font_is_found_without_loading_matplotlib() -> None:
    program = (
        "import sys\nfrom bot.papers.press import Press\n"
        "print(Press().family, {'mplfonts', 'matplotlib'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "Noto Sans CJK SC set()"


def test_a_configured_font_folder_is_used() -> None:
    folder = packaged_fonts()
    assert folder is not None
    assert Press(folder).family == "Noto Sans CJK SC"


def test_a_missing_font_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoFontFound, match="nowhere does not exist"):
        Press(tmp_path / "nowhere")


def test_a_folder_without_a_chinese_font_says_what_would_do(tmp_path: Path) -> None:
    with pytest.raises(NoFontFound, match=r"no Chinese font.*Noto Sans CJK SC"):
        Press(tmp_path)


async def test_many_papers_at_once_all_come_out(papers: TypstPapers) -> None:
    alone = await papers.certificate(certificate_paper(), "en")
    together = await asyncio.gather(*(papers.certificate(certificate_paper(), "en") for _ in range(8)))
    assert set(together) == {alone}


async def test_the_event_loop_goes_on_while_a_paper_is_set(papers: TypstPapers) -> None:
    setting = asyncio.create_task(papers.contract(contract_paper(term=30, principal=30000), "zh_Hans"))
    turns = 0
    while not setting.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 3


async def test_a_template_that_fails_is_named_without_its_data(press: Press) -> None:
    with pytest.raises(PressFailed, match="certificate") as caught:
        await press.pdf("certificate", {"lender": "secret-name"}, date(2026, 12, 5))
    assert "secret-name" not in str(caught.value)
    assert await press.picture("schedule_picture", _blank(), date(2026, 12, 5))


def _blank() -> dict[str, Json]:
    return {
        "lang": "en",
        "chinese": False,
        "title": "t",
        "loan": "l",
        "as_of": "a",
        "figures": [],
        "rows": [],
        "total": {"label": "", "note": "", "amount": ""},
        "note": "",
    }
