"""A server that behaves as a buyer profile on Atexo's software: same addresses, same identifiers, same form."""

from __future__ import annotations

from dataclasses import dataclass

from servers import Asked, Reply

FORM = "ctl0$CONTENU_PAGE$EntrepriseFormulaireDemande$"
IDENTITY = ("nom", "prenom", "email", "raisonSocial", "siren", "siret")
DETAIL = "/app.php/entreprise/consultation/625893"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the site offers."""

    dce: bytes
    reglement: bytes | None = None
    anonymous: bool = True
    terms: bool = True
    captcha: bool = False
    robots: str | None = None
    fails_at: str = ""
    """« detail », « form », « validate » or « download »: that step answers an error page."""

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/robots.txt":
            return Reply(status=404) if self.robots is None else Reply(body=self.robots.encode())
        if asked.path == DETAIL:
            return self._page(self._detail(), "detail")
        page = asked.query.get("page", "").lower()
        if page == "entreprise.entreprisedownloadreglement" and self.reglement is not None:
            return attachment(self.reglement, "RC 625893.pdf")
        if page != "entreprise.entreprisedemandetelechargementdce" or asked.query.get("orgAcronyme") != "x7c":
            return Reply(status=404)
        if asked.method == "GET":
            return self._page(self._form(), "form")
        return self._answer(asked.form)

    def _answer(self, form: dict[str, str]) -> Reply:
        target = form.get("PRADO_POSTBACK_TARGET", "")
        if target == "ctl0$CONTENU_PAGE$validateButton" and form.get("PRADO_PAGESTATE") == "etat+1/=":
            accepted = not self.terms or form.get(f"{FORM}accepterConditions") == "on"
            if form.get(f"{FORM}RadioGroup") == f"{FORM}choixAnonyme" and accepted:
                return self._page(self._choice(), "validate")
        elif target.endswith("EntrepriseDownloadDce$completeDownload") and form.get("PRADO_PAGESTATE") == "etat+2/=":
            return self._page("", "download") if self.fails_at == "download" else attachment(self.dce, "DCE_625893.zip")
        return self._page("Erreur de saisie.", "")

    def _page(self, body: str, step: str) -> Reply:
        if step and step == self.fails_at:
            body = "Votre session a expiré."
        page = f"<!DOCTYPE html>\n<html lang='fr'><head><title>PLACE</title></head><body>{body}</body></html>"
        return Reply(body=page.encode(), headers={"Content-Type": "text/html; charset=UTF-8"})

    def _detail(self) -> str:
        link = (
            '<a id="linkDownloadReglement" href="/index.php?page=Entreprise.EntrepriseDownloadReglement'
            '&amp;id=NjI1ODkz&amp;orgAcronyme=x7c">Règlement</a>'
        )
        return (
            f'<div id="pub">{link if self.reglement is not None else ""}<a id="linkDownloadDce" href="#">DCE</a></div>'
        )

    def _form(self) -> str:
        choices = ["choixTelechargement", *(["choixAnonyme"] if self.anonymous else [])]
        radios = "".join(
            f'<input type="radio" name="{FORM}RadioGroup" value="{FORM}{choice}" onclick="gererBlocCoordonnees()" />'
            for choice in choices
        )
        terms = f'<input type="checkbox" name="{FORM}accepterConditions" /> CGU' if self.terms else ""
        identity = "".join(f'<input name="{FORM}{name}" type="text" class="form-control" />' for name in IDENTITY)
        captcha = '<div class="g-recaptcha" data-sitekey="x"></div>' if self.captcha else ""
        return self._prado("etat+1/=", radios + terms + identity + captcha)

    def _choice(self) -> str:
        link = '<a id="ctl0_CONTENU_PAGE_EntrepriseDownloadDce_completeDownload" href="javascript:;//">Tout</a>'
        return self._prado("etat+2/=", link)

    @staticmethod
    def _prado(state: str, body: str) -> str:
        action = "/index.php?page=entreprise.EntrepriseDemandeTelechargementDce&amp;id=625893&amp;orgAcronyme=x7c"
        return (
            f'<form id="ctl0_ctl2" method="post" action="{action}" name="main_form">'
            f'<input type="hidden" name="PRADO_PAGESTATE" id="PRADO_PAGESTATE" value="{state}" />'
            '<input type="hidden" name="PRADO_POSTBACK_TARGET" value="" />'
            '<input type="hidden" name="PRADO_POSTBACK_PARAMETER" value="" />'
            f"{body}</form>"
        )


def attachment(body: bytes, name: str) -> Reply:
    headers = {"Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{name}";'}
    return Reply(body=body, headers=headers)
