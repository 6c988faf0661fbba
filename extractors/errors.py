"""Errors that speak of the file or of the rulebook, each with the next action; all are DocumentError or RuleError."""


class ClausoscopeError(Exception):
    """Base of all our errors; `code` names the case, the message says what to do next."""

    code = "error"


class DocumentError(ClausoscopeError):
    """The file cannot be read: recorded on its row, never stops a run."""

    code = "unreadable"


class NotPdf(DocumentError):
    code = "not_pdf"


class EmptyFile(DocumentError):
    code = "empty_file"


class EncryptedPdf(DocumentError):
    code = "encrypted"


class DamagedPdf(DocumentError):
    code = "damaged"


class BadPicture(DocumentError):
    code = "bad_picture"


class OcrTimeout(DocumentError):
    """The words of an image were not recognised in time."""

    code = "ocr_timeout"


class OcrFailed(DocumentError):
    """The program that recognises words failed on an image."""

    code = "ocr_failed"


class DamagedSheets(DocumentError):
    code = "damaged"


class LockedSheets(DocumentError):
    code = "encrypted"


class TooBigSheets(DocumentError):
    code = "too_big"


class DamagedMail(DocumentError):
    code = "damaged"


class XfaForm(DocumentError):
    """A form that only Acrobat can show: its pages say nothing but that."""

    code = "xfa"


class RuleError(ClausoscopeError):
    """A rule or lexicon file is wrong: our own defect, or that of whoever edits rules; stops at load."""

    code = "rule"


class CorrectionError(ClausoscopeError):
    """What a person asks to correct cannot be: nothing was changed."""

    code = "correction"
