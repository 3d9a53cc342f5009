"""Drawn examples of how a paper is photographed well, and how not: for those who find a hint hard to read."""

from datetime import date
from typing import Final

from bot.papers.press import Json, Press
from bot.papers.wording import PaperWords
from bot.wording.i18n import Translator
from services.documents.examples import Example

_UNDATED: Final = date(2000, 1, 1)
"""Nothing on the picture depends on a day, but the press asks for one."""


class ExamplePictures:
    """Each picture is drawn once for each language, when it is first wanted."""

    def __init__(self, press: Press) -> None:
        self._press = press
        self._drawn: dict[tuple[Example, str], bytes] = {}

    async def picture(self, example: Example, t: Translator) -> bytes:
        """The example as PNG, 720 pixels wide, in the translator's language."""
        wanted = (example, t.language)
        if wanted not in self._drawn:
            content = picture_content(example, PaperWords(t))
            self._drawn[wanted] = await self._press.picture("example_picture", content, _UNDATED)
        return self._drawn[wanted]


def picture_content(example: Example, words: PaperWords) -> dict[str, Json]:
    """What stands on the picture."""
    return words.setting() | {
        "subject": example.value,
        "good": words.say("papers.example_good"),
        "good_note": words.say("papers.example_good_note"),
        "bad": words.say("papers.example_bad"),
        "cut_off": words.say("papers.example_cut_off"),
        "flash": words.say("papers.example_flash"),
        "blurred": words.say("papers.example_blurred"),
    }
