"""Numbers in Chinese characters: amounts as banks write them, and the numbers of clauses."""

from services.money import Money

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
_PLAIN_DIGITS = "零一二三四五六七八九"


def amount_in_words(amount: Money) -> str | None:
    """The amount in financial characters: ¥1,409.50 is 人民币壹仟肆佰零玖元伍角整. None for other currencies than yuan.

    Source of the rules: appendix 1 to the Payment and Settlement Measures (支付结算办法) of the People's Bank of China,
    1997: 整 after 元 and 角 but not after 分; a gap of zeros is one 零.
    """
    if amount.currency != "CNY":
        return None
    yuan, fen_in_all = divmod(abs(amount.minor), 100)
    jiao, fen = divmod(fen_in_all, 10)
    words = f"{_whole(yuan)}元" if yuan or not fen_in_all else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    words += f"{_DIGITS[fen]}分" if fen else "整"
    return f"人民币{'负' if amount.minor < 0 else ''}{words}"


def _whole(number: int) -> str:
    for place, name in _PLACES:
        if number >= place:
            high, low = divmod(number, place)
            gap = "零" if 0 < low < place // 10 else ""
            return f"{_whole(high)}{name}{gap}{_whole(low) if low else ''}"
    return _DIGITS[number]


def ordinal(number: int) -> str:
    """A clause's number from 1 to 99 in plain characters: 1 is 一, 12 is 十二, 20 is 二十."""
    tens, units = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_PLAIN_DIGITS[tens]}十"
    return head + (_PLAIN_DIGITS[units] if units or not tens else "")
