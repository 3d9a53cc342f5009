"""A drawn example beside the question for a paper; its caption says the same in words."""

from telegram import InlineKeyboardMarkup, Update
from telegram.constants import ChatAction

from bot.context import LoanlineContext
from bot.replies import answer, send_photo, typing
from services.documents.examples import Example
from services.wording import Label, LocalizedText


async def send(
    example: Example,
    name: LocalizedText | Label,
    keyboard: InlineKeyboardMarkup,
    update: Update,
    context: LoanlineContext,
) -> None:
    """`name` is that of the paper; `keyboard` leads back to the question for it."""
    await answer(update, context)
    await typing(update, context, ChatAction.UPLOAD_PHOTO)
    t = context.t
    content = await context.runtime.examples.picture(example, t)
    file_name = t.plain("upload.example_file") + ".png"
    await send_photo(update, context, content, file_name, t("upload.example", name=name), keyboard)
