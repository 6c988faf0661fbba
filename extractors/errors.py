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


class TooBig(DocumentError):
    """More bytes or cells than the memory is for."""

    code = "too_big"


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


class DamagedMail(DocumentError):
    code = "damaged"


class XfaForm(DocumentError):
    """A form that only Acrobat can show: its pages say nothing but that."""

    code = "xfa"


_OFFICE = {
    "no_office": "LibreOffice absent ; l'installer (make setup-system) puis relancer",
    "encrypted": "protégé par un mot de passe ; fournir une copie sans mot de passe",
    "damaged": "document abîmé ou tronqué ; le télécharger de nouveau",
    "office_timeout": "conversion abandonnée après {seconds:g} s ; relancer avec CLAUSOSCOPE_OFFICE_SECONDS plus grand",
    "office_memory": "conversion abandonnée, trop de mémoire prise ; demander le document en PDF",
    "office_crashed": "LibreOffice s'est arrêté sur ce document ; relancer, ou demander le document en PDF",
    "office_broken": "LibreOffice ne démarre pas ; le réinstaller (make setup-system) puis relancer",
}


class OfficeError(DocumentError):
    """An Office document was not converted; `code` is a key of the messages."""

    def __init__(self, code: str, name: str, seconds: float = 0) -> None:
        super().__init__(f"{name} : {_OFFICE[code].format(seconds=seconds)}")
        self.code = code


class RuleError(ClausoscopeError):
    """A rule or lexicon file is wrong: our own defect, or that of whoever edits rules; stops at load."""

    code = "rule"


class CorrectionError(ClausoscopeError):
    """What a person asks to correct cannot be: nothing was changed."""

    code = "correction"
