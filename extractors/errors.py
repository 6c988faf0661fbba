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


_OFFICE = {
    "no_office": "LibreOffice absent ; l'installer (make setup-system) puis relancer",
    "locked": "protégé par un mot de passe ; fournir une copie sans mot de passe",
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
