"""A small bot on python-telegram-bot that uses every kind of button the page can press."""

from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LabeledPrice,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    PreCheckoutQueryHandler,
    filters,
)

TOKEN = "123456:DEMO"
Context = ContextTypes.DEFAULT_TYPE

TAP = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Tap me", callback_data="tap"), InlineKeyboardButton("Warn me", callback_data="warn")]]
)
SHARE = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)]], resize_keyboard=True)


async def start(update: Update, context: Context) -> None:
    if update.message is not None:
        await update.message.reply_html("<b>Hello.</b> Try /shop or /number.", reply_markup=TAP)


async def shop(update: Update, context: Context) -> None:
    if update.message is not None:
        price = [LabeledPrice("Tea", 1250)]
        await update.message.reply_invoice("A box of tea", "Green, 100 g", "tea", "CNY", price, provider_token="TEST")


async def ask_number(update: Update, context: Context) -> None:
    if update.message is not None:
        await update.message.reply_text("May I have your number?", reply_markup=SHARE)


async def ask_name(update: Update, context: Context) -> None:
    if update.message is not None:
        await update.message.reply_text("What is your name?", reply_markup=ForceReply())


async def call_desk(update: Update, context: Context) -> None:
    if update.effective_user is not None:
        topic = await context.bot.create_forum_topic(context.bot_data["desk"], "Questions")
        await context.bot.send_message(
            context.bot_data["desk"],
            f"{update.effective_user.first_name} needs help",
            message_thread_id=topic.message_thread_id,
            reply_markup=TAP,
        )


async def contact(update: Update, context: Context) -> None:
    if update.message is not None and update.message.contact is not None:
        words = f"Your number is {update.message.contact.phone_number}"
        await update.message.reply_text(words, reply_markup=ReplyKeyboardRemove())


async def document(update: Update, context: Context) -> None:
    if update.message is not None and update.message.document is not None:
        file = await update.message.document.get_file()
        content = await file.download_as_bytearray()
        await update.message.reply_text(f"Read {update.message.document.file_name}: {content.decode()}")


async def photo(update: Update, context: Context) -> None:
    if update.message is not None:
        await update.message.reply_text(f"A photo: {update.message.caption}")


async def echo(update: Update, context: Context) -> None:
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(f"You said: {update.message.text}")


async def pressed(update: Update, context: Context) -> None:
    query = update.callback_query
    if query is None:
        return
    if query.data == "warn":
        await query.answer("Mind the step.", show_alert=True)
        return
    await query.answer("Well tapped")
    await query.edit_message_text(f"Tapped by {query.from_user.first_name}")


async def before_payment(update: Update, context: Context) -> None:
    if update.pre_checkout_query is not None:
        await update.pre_checkout_query.answer(ok=True)


async def paid(update: Update, context: Context) -> None:
    if update.message is not None and update.message.successful_payment is not None:
        await update.message.reply_text(f"Thank you for {update.message.successful_payment.total_amount} fen")


async def start_echo_bot(base_url: str, desk: int) -> Application:  # type: ignore[type-arg]  # as in conftest
    """The bot, polling the sandbox at `base_url`; it calls for help in the group `desk`."""
    application = (
        Application.builder().token(TOKEN).base_url(f"{base_url}/bot").base_file_url(f"{base_url}/file/bot").build()
    )
    application.bot_data["desk"] = desk
    private = filters.ChatType.PRIVATE
    application.add_handlers(
        [
            CommandHandler("start", start),
            CommandHandler("shop", shop),
            CommandHandler("number", ask_number),
            CommandHandler("ask", ask_name),
            CommandHandler("desk", call_desk),
            CallbackQueryHandler(pressed),
            PreCheckoutQueryHandler(before_payment),
            MessageHandler(filters.SUCCESSFUL_PAYMENT, paid),
            MessageHandler(filters.CONTACT, contact),
            MessageHandler(filters.Document.ALL, document),
            MessageHandler(filters.PHOTO, photo),
            MessageHandler(private & filters.TEXT & ~filters.COMMAND, echo),
        ]
    )
    await application.initialize()
    bot: Bot = application.bot
    await bot.set_my_commands([BotCommand("shop", "Buy tea"), BotCommand("number", "Give your number")])
    await application.start()
    if application.updater is not None:
        await application.updater.start_polling(poll_interval=0)
    return application
