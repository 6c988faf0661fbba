"""What the morning report says, table by table: alerts first, then what is new, then what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import PurePath

from extractors.codes import label
from extractors.notices.values import PARIS
from extractors.schema import WHOLE_CONTRACT
from extractors.words import lots, number
from flows.guard import Suspicion
from flows.page import Cell, Page, Row, Table, rows
from flows.wording import agree, leaf_number, problem, quote
from models import AlertMatch, MissedLink, NightSummary, NightTender, TenderClause, TenderFacts

QUOTE = 160
OBJECT = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Everything that the report of a night tells."""

    summary: NightSummary
    matches: tuple[AlertMatch, ...]
    facts: Mapping[int, TenderFacts]
    suspicions: tuple[Suspicion, ...]
    failures: tuple[str, ...]
    to_review: int = 0
    """Corrections whose text changed."""


def build_page(news: News) -> Page:
    night = news.summary
    started = night.started_at.astimezone(PARIS)
    since = (
        f"du {night.since:%d/%m/%Y} au {night.until:%d/%m/%Y}" if night.since else f"jusqu'au {night.until:%d/%m/%Y}"
    )
    places = f", départements {', '.join(night.departements)}" if night.departements else ""
    end = f"à {night.finished_at.astimezone(PARIS):%H:%M}" if night.finished_at else "interrompu"
    alerts = _alerts(news)
    return Page(
        title=f"Clausoscope : rapport du {started:%d/%m/%Y}",
        intro=f"Passage n° {night.night_id}, commencé à {started:%H:%M}, fini {end} : parutions {since}{places}.",
        warnings=_warnings(news),
        facts=(
            ("Consultations nouvelles", number(len(night.new_tenders))),
            ("Clauses nouvelles", number(len(night.new_clauses))),
            ("Heures demandées", number(sum(total.hours for total in night.hours))),
            ("Documents lus", number(night.documents)),
            ("Alertes", number(len(alerts.rows))),
            *([("Corrections à revoir", number(news.to_review))] if news.to_review else []),
        ),
        tables=(
            alerts,
            _clauses(news),
            _hours(night),
            _tenders(news),
            _by_hand([link for link in night.missed if link.state == "manual"]),
            _failed([link for link in night.missed if link.state != "manual"]),
            _unread(night),
            _sources(night),
        ),
        footer="Chaque réponse se vérifie à la page citée. Tout est dans la base : clausoscope export v_clauses",
    )


# ---------------------------------------------------------------- warnings


def _warnings(news: News) -> tuple[str, ...]:
    night = news.summary
    interrupted = () if night.finished_at else ("Passage interrompu : le suivant reprend là où il s'est arrêté.",)
    down = [f"{source.title} : {source.message or 'passage interrompu'}" for source in night.failed_sources]
    return (*interrupted, *down, *map(suspicion_words, news.suspicions), *news.failures)


def suspicion_words(found: Suspicion) -> str:
    """« BOAMP : 3 avis nouveaux, contre 120 d'ordinaire… »."""
    noun = "avis nouveau(x)" if found.what == "notices" else "document(s) nouveau(x)"
    noun = noun.replace("(x)", "x" if found.found > 1 else "")
    kind = "de fin de semaine" if found.weekend else "de semaine"
    return (
        f"{found.title} : {agree(f'{number(found.found)} {noun}', found.found)} seulement, contre "
        f"{number(found.usual)} d'ordinaire ({number(found.least)} au moins ces {found.days} derniers jours {kind}). "
        f"Vérifiez la source : clausoscope sources check {found.source}"
    )


# ---------------------------------------------------------------- what is new


def _alerts(news: News) -> Table:
    lines: list[Sequence[str | Cell]] = []
    for (alert, *_), group in groupby(news.matches, lambda m: (m.alert, m.clause.tender_id, m.clause.category)):
        found = [match.clause for match in group]
        first = found[0]
        lines.append(
            (
                alert,
                _tender(first, news),
                ", ".join(first.departements),
                label("category", first.category),
                lots(tuple(clause.lot for clause in found)),
                number(first.hours) if first.hours else "—",
                _proof(first),
                _deadline(first.tender_id, news),
            )
        )
    return Table(
        title="Vos alertes",
        columns=("Alerte", "Consultation", "Dép.", "Clause", "Lots", "Heures", "Preuve", "Réponse avant le"),
        rows=rows(lines),
        empty="Rien de nouveau pour vos alertes.",
        more="clausoscope export v_clauses",
    )


def _clauses(news: News) -> Table:
    return Table(
        title="Clauses nouvelles",
        columns=("Consultation", "Dép.", "Clause", "Lot", "Famille", "Heures", "Preuve"),
        rows=rows(
            [
                (
                    _tender(clause, news),
                    ", ".join(clause.departements),
                    label("category", clause.category),
                    _lot(clause),
                    label("family", clause.family) if clause.family else "—",
                    number(clause.hours) if clause.hours else "—",
                    _proof(clause),
                )
                for clause in sorted(news.summary.new_clauses, key=lambda c: (-c.hours, c.tender_key, c.category))
            ]
        ),
        empty="Aucune clause nouvelle.",
        more="clausoscope export v_clauses",
    )


def _hours(night: NightSummary) -> Table:
    return Table(
        title="Heures par famille et département",
        columns=("Famille", "Départements", "Clauses", "Heures"),
        rows=rows(
            [
                (total.label, ", ".join(total.departements) or "—", str(total.clauses), number(total.hours))
                for total in night.hours
            ]
        ),
        empty="Aucune clause nouvelle, donc aucune heure.",
        more="clausoscope export v_volumes",
    )


def _tenders(news: News) -> Table:
    with_clause = {clause.tender_id for clause in news.summary.new_clauses}
    ordered = sorted(news.summary.new_tenders, key=lambda tender: (tender.id not in with_clause, tender.key))
    return Table(
        title="Consultations nouvelles",
        columns=("Consultation", "Dép.", "Famille", "État", "Déclaré par l'acheteur", "Clause lue", "Réponse avant le"),
        rows=rows(
            [
                (
                    _tender(tender, news),
                    ", ".join(tender.departements),
                    label("family", tender.family) if tender.family else "—",
                    label("tender_state", tender.state) if tender.state else "—",
                    ", ".join(_facts(tender.id, news).declared) or "—",
                    "oui" if tender.id in with_clause else "non",
                    _deadline(tender.id, news),
                )
                for tender in ordered
            ]
        ),
        empty="Aucune consultation nouvelle.",
        more="clausoscope export v_avis",
    )


def _tender(of: NightTender | TenderClause, news: News) -> Cell:
    """Buyer and object, leading to the page of the notice."""
    told = " – ".join(filter(None, (of.buyer, quote(of.object or "", length=OBJECT)))) or of.reference
    id, key = (of.id, of.key) if isinstance(of, NightTender) else (of.tender_id, of.tender_key)
    return Cell(text=told or key, url=_facts(id, news).address or "")


def _facts(tender_id: int, news: News) -> TenderFacts:
    return news.facts.get(tender_id, TenderFacts())


def _deadline(tender_id: int, news: News) -> str:
    deadline = _facts(tender_id, news).deadline
    return f"{deadline.astimezone(PARIS):%d/%m/%Y %H:%M}" if deadline else "—"


def _lot(clause: TenderClause) -> str:
    title = f" ({quote(clause.lot_title, length=80)})" if clause.lot_title and clause.lot != WHOLE_CONTRACT else ""
    return lots((clause.lot,)) + title


def _proof(clause: TenderClause) -> str:
    path = "/".join(PurePath(clause.path).parts[-2:])
    place = f"{path}, {leaf_number(path, clause.page)}" if clause.page else path
    # No-break spaces keep the marks with the words.
    return (
        f"{place} : «\N{NO-BREAK SPACE}{quote(clause.quote, length=QUOTE)}\N{NO-BREAK SPACE}»"
        if clause.quote
        else place
    )


# ---------------------------------------------------------------- what is missing


def _by_hand(links: Sequence[MissedLink]) -> Table:
    return Table(
        title="À récupérer à la main",
        columns=("Consultation", "Lien", "Pourquoi"),
        rows=_links(links),
        empty="Rien à récupérer à la main.",
        more="clausoscope export v_telechargements",
    )


def _failed(links: Sequence[MissedLink]) -> Table:
    return Table(
        title="Téléchargements en échec",
        columns=("Consultation", "Lien", "Pourquoi"),
        rows=_links(links),
        empty="Aucun téléchargement en échec.",
        more="clausoscope export v_telechargements",
    )


def _links(links: Sequence[MissedLink]) -> tuple[Row, ...]:
    return rows(
        [
            (
                " – ".join(filter(None, (link.buyer, quote(link.object or "", length=OBJECT))))
                or link.tender_key
                or "—",
                Cell(text=link.address, url=link.address),
                (link.message or "—").replace("\n", " · "),
            )
            for link in links
        ]
    )


def _unread(night: NightSummary) -> Table:
    return Table(
        title="Documents non lus, ou lus en partie",
        columns=("Document", "Pourquoi"),
        rows=rows([(p.path, problem(p.message, path=p.path, page=p.page)) for p in night.unread]),
        empty="Tous les documents reçus ont été lus.",
        more="clausoscope export v_problemes",
    )


def _sources(night: NightSummary) -> Table:
    return Table(
        title="Sources et repères",
        columns=(
            "Source",
            "État",
            "Repère",
            "Avis nouveaux",
            "Avis changés",
            "Documents",
            "Téléchargements",
            "Problèmes",
        ),
        rows=rows(
            [
                (
                    source.title,
                    label("source_state", source.state),
                    _watermark(source.watermark),
                    *map(number, (source.new_notices, source.changed_notices, source.documents)),
                    *map(number, (source.downloads, source.problems)),
                )
                for source in night.sources
            ]
        ),
        empty="Aucune source suivie.",
        more="clausoscope export v_sources",
    )


def _watermark(watermark: str | None) -> str:
    """As people read it; that of a folder is a time in nanoseconds."""
    if watermark and watermark.isdecimal():
        return f"{datetime.fromtimestamp(int(watermark) / 1e9, PARIS):%d/%m/%Y %H:%M}"
    return watermark or "—"
