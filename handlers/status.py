"""Where an application stands, and what the borrower can do about it:

card with the stages → answer the officer's request (words, files, send) | withdraw | earlier applications
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from typing import Final

from telegram import InlineKeyboardButton, Message, Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot import keyboards
from bot.context import LoanlineContext
from bot.downloads import fetch, file_of
from bot.i18n import Translator
from bot.replies import answer, reply, typing
from handlers.dialogue import Callback, Dialogue
from handlers.registration import registered
from handlers.spoken import Spoken, typed
from services.application_states import ApplicationStatus
from services.applications import Application, InformationRequest
