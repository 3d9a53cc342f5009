"""Reading a PDF as a person would: its text, page by page."""

import pypdfium2


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    texts = []
    for page in document:
        text_page = page.get_textpage()
        texts.append(text_page.get_text_bounded())
        text_page.close()
        page.close()
    document.close()
    return texts


def text_of(pdf: bytes) -> str:
    """All text without line ends, so that a sentence is found wherever it was broken."""
    return "".join(pages_of(pdf)).replace("\r", "").replace("\n", "")


def squeezed(text: str) -> str:
    """Without spaces: a break between words of a Latin sentence leaves none behind."""
    return "".join(text.split())
