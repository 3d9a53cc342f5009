"""Why a received file is refused, each reason with a sentence of its own."""

from services.errors import InvalidInput


class FileRefused(InvalidInput):
    """The file cannot be taken as it is."""

    field = "file"


class FileEmpty(FileRefused):
    """Nothing is in it."""

    key = "documents.empty"


class FileTooLarge(FileRefused):
    """More than `maximum_mb` megabytes."""

    key = "documents.too_large"


class FileTypeNotAccepted(FileRefused):
    """Neither PDF nor JPEG, PNG or HEIC, whatever its name says. `found` is what it is, as far as one can tell."""

    key = "documents.type_not_accepted"


class FileDamaged(FileRefused):
    """The file is cut off or broken and cannot be opened."""

    key = "documents.damaged"


class FileEncrypted(FileRefused):
    """The PDF opens only with a password."""

    key = "documents.encrypted"


class TooManyPages(FileRefused):
    """The PDF has `pages`, more than `maximum`."""

    key = "documents.too_many_pages"


class FileTooComplex(FileRefused):
    """Opening the PDF takes more memory or time than any honest paper needs."""

    key = "documents.too_complex"


class PictureTooLarge(FileRefused):
    """More than `maximum` million pixels."""

    key = "documents.picture_too_large"


class PictureTooSmall(FileRefused):
    """`width` times `height` pixels; the shorter side needs `minimum` for anything to be readable."""

    key = "documents.picture_too_small"


class PictureTooDark(FileRefused):
    """Nearly black all over."""

    key = "documents.picture_too_dark"


class PictureBlank(FileRefused):
    """Nearly one color all over: an empty sheet, a wall, too much light."""

    key = "documents.picture_blank"
