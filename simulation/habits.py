"""What borrowers do at each step of the conversation, with how much weight; everything else is left to chance.

An act is a word of its own or `press …` for a button whose callback data begins so.
"""

from collections.abc import Mapping, Sequence
from typing import Final

Choice = tuple[str, float]

WAYS: Final[Mapping[str, Sequence[Choice]]] = {
    "start:language": (("press start:language:", 1),),
    "start:consent": (("press start:agree", 9), ("press start:disagree", 1)),
    "start:phone": (("share number", 9), ("say name", 1)),
    "apply:product": (("press apply:product:personal", 6), ("press apply:product:line", 4)),
    "apply:draft": (("press apply:continue", 8), ("press apply:over", 1)),
    "apply:restart": (("press apply:over_yes", 1), ("press nav:back", 1)),
    "apply:amount": (("say amount", 9), ("say nonsense", 1), ("press apply:known", 2)),
    "apply:term": (("press apply:set:term", 1),),
    "apply:first_draw": (("say first draw", 3), ("press apply:set:first_draw", 1)),
    "apply:method": (("press apply:set:method", 1),),
    "apply:purpose": (("press apply:set:purpose", 1),),
    "apply:purpose_note": (("say sentence", 1),),
    "apply:name": (("say name", 1),),
    "apply:id_number": (("say id number", 1),),
    "apply:employment": (("press apply:set:employment:salaried", 1), ("press apply:set:employment", 1)),
    "apply:employer": (("say employer", 1),),
    "apply:income": (("say income", 1),),
    "apply:address": (("say address", 1),),
    "apply:payout_account": (("say card number", 1),),
    "apply:afford": (("press apply:edit:amount", 2), ("press apply:edit:income", 1), ("press apply:edit:term", 1)),
    "apply:review": (("press apply:confirm", 9), ("press apply:change", 1)),
    "upload:collect": (("press upload:submit", 12), ("send photo", 6), ("send file", 0.1), ("press upload:item", 0.3)),
    "upload:item": (("send photo", 3), ("press upload:", 1), ("press nav:back", 1)),
    "upload:paper": (("press upload:", 1), ("press nav:back", 2)),
    "upload:replace": (("send photo", 3), ("press nav:back", 1)),
    "upload:delete": (("press nav:back", 1), ("press upload:delete_yes", 1)),
    "status:card": (
        ("press upload:open", 6),
        ("press status:request", 8),
        ("press offer:open", 8),
        ("press apply:start", 3),
        ("press schedule:start", 1),
        ("press status:withdraw", 0.2),
    ),
    "status:withdraw": (("press status:withdraw_yes", 1), ("press nav:back", 3)),
    "extend:withdraw": (("press extend:drop", 1), ("press nav:back", 3)),
    "offer:card": (
        ("press signing:start", 9),
        ("press offer:contract", 0.5),
        ("press offer:rows", 0.5),
        ("press offer:decline", 0.4),
    ),
    "offer:rows": (("press signing:start", 2), ("press nav:back", 1)),
    "offer:decline": (("press offer:refuse", 1), ("press nav:back", 2)),
    "signing:sign": (("say code", 6), ("say consent", 5), ("say wrong code", 1), ("press signing:code", 1)),
    "repay:loan": (("press repay:loan", 1),),
    "repay:aim": (("press repay:due", 9), ("press repay:payoff", 1.5), ("press repay:other", 2)),
    "repay:amount": (("say part", 9), ("say nonsense", 1)),
    "payment:preview": (("press invoice:send", 6), ("press transfer:choose", 3), ("press repay:", 0.5)),
    "invoice:waiting": (
        ("pay", 9),
        ("press transfer:choose", 1),
        ("press invoice:drop", 0.5),
        ("close the form", 0.5),
    ),
    "transfer:receipt": (("send photo", 8), ("press transfer:later", 2)),
    "draw:amount": (("press draw:amount", 3), ("say first draw", 2), ("say nonsense", 0.5)),
    "draw:confirm": (("say code", 4), ("say consent", 3), ("say wrong code", 0.5), ("press draw:cancel", 0.5)),
    "draw:end": (("press schedule:loan", 3), ("press draw:ended", 1)),
    "extend:choose": (("press extend:loan", 1),),
    "extend:options": (("press extend:pick", 6), ("press nav:back", 1)),
    "extend:compare": (("press extend:why", 6), ("press nav:back", 1)),
    "extend:reason": (("press extend:because", 6), ("press nav:back", 1)),
    "extend:open": (("press extend_signing:start", 8), ("press extend:", 1)),
    "extend_signing:sign": (("say code", 4), ("say consent", 4), ("say wrong code", 0.5)),
    "human:choose": (("press human:question", 4), ("press human:hardship", 1), ("press human:complaint", 1)),
    "human:question": (("say sentence", 1),),
    "human:hardship": (("say sentence", 3), ("press extend:", 2)),
    "human:complaint": (("say sentence", 1),),
    "human:product": (("say sentence", 1),),
    "settings:card": (("press settings:hour", 3), ("press settings:language", 1), ("press settings:export", 0.3)),
    "settings:hour": (("press settings:at", 1),),
    "settings:language": (("press settings:speak", 1),),
    "settings:delete": (("press nav:back", 4), ("press settings:delete_yes", 0.3)),
    "schedule:card": (
        ("press schedule:", 2),
        ("press repay:loan", 1),
        ("press extend:loan", 1),
        ("press draw:loan", 1),
    ),
}

STROLLS: Final[Sequence[Choice]] = (
    ("/menu", 3),
    ("/loans", 4),
    ("/interest", 1),
    ("/contracts", 1),
    ("/settings", 3),
    ("/products", 1),
    ("/calculator", 1),
    ("/human", 2),
    ("/help", 1),
    ("/status", 2),
    ("/start", 1),
    ("/cancel", 1),
)
"""Where people go who want nothing in particular."""

SENTENCES: Final = (
    "May I repay early?",
    "My shop was flooded last week and I need more time.",
    "Why is the interest higher this month?",
    "Nobody answered my last question.",
    "请问可以提前还款吗？",
    "Thank you very much!",
)
NONSENSE: Final = ("lots", "-5", "0", "1e9", "五", "12345678901234567890", "🙂")
