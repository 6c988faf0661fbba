"""Full-text search over the pages of documents, the objects of tenders and the titles of their lots.

Words, « "phrases" », beginnings of words (insert*), OR, -word, without regard to accents or capitals: the same queries
on SQLite and PostgreSQL, and no text is a wrong query. They differ in this: PostgreSQL also finds the other forms of a
word (« chantiers » for « chantier »), does not count its French stop words (« de », « la »), and has its own score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, DateTime, Engine, bindparam, text

from extractors.searching import Query, Term, parse_query, snippet
from models.errors import storage_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A place where the words are: a page of a document, or the objects and lots of a tender (no file, no page)."""

    tender: str | None
    tender_id: int | None
    buyer: str | None
    object: str | None
    published: date | None
    file: str | None
    path: str | None
    document_id: int | None
    page: int | None
    snippet: str


_FOUND_BY_SQLITE = "SELECT rowid AS id, -rank AS score FROM texts_index WHERE texts_index MATCH :match"
_FOUND_BY_POSTGRESQL = """
    SELECT i.id, ts_rank_cd(i.words, asked.query) AS score
    FROM (SELECT {query} AS query) asked JOIN texts_index i ON i.words @@ asked.query"""
_HITS = """
    WITH found AS ({found})
    SELECT t.key AS tender, t.id AS tender_id, t.buyer AS buyer, t.object AS object, t.published AS published,
        p.name AS file, p.path AS path, x.document_id AS document_id, x.page AS page, x.text AS text
    FROM found
    JOIN texts x ON x.id = found.id
    LEFT JOIN document_paths p ON p.document_id = x.document_id
    LEFT JOIN documents d ON d.id = x.document_id
    LEFT JOIN runs r ON r.id = d.run_id
    LEFT JOIN tenders t ON t.id = COALESCE(x.tender_id, p.tender_id)
    WHERE (x.tender_id IS NOT NULL OR p.path = (
            SELECT MIN(q.path) FROM document_paths q
            WHERE q.document_id = p.document_id AND COALESCE(q.tender_id, 0) = COALESCE(p.tender_id, 0)
        ))
        AND NOT EXISTS (
            SELECT 1 FROM document_versions v WHERE v.tender_id = p.tender_id AND v.document_id = x.document_id
        ){conditions}
    ORDER BY found.score DESC, t.key, p.path, x.page, x.id
    LIMIT :limit"""
_OF_DEPARTEMENT = "CAST(t.departments AS TEXT) LIKE :departement"
_SINCE = "(t.published >= :day OR (t.published IS NULL AND r.started_at >= :moment))"
_OF_CATEGORY = """EXISTS (
    SELECT 1 FROM document_paths o
    JOIN readings g ON g.document_id = o.document_id AND g.is_current
    JOIN clauses c ON c.reading_id = g.id AND c.category = :category AND c.hidden_by IS NULL
    WHERE o.tender_id = t.id AND NOT EXISTS (
        SELECT 1 FROM document_versions w WHERE w.tender_id = o.tender_id AND w.document_id = o.document_id
    ))"""
_TYPES = (("day", Date), ("moment", DateTime(timezone=True)))
_SHOWN = ("tender", "tender_id", "buyer", "object", "published", "file", "path", "document_id", "page")
_PARIS = ZoneInfo("Europe/Paris")


def search(
    engine: Engine,
    words: str,
    *,
    departement: str | None = None,
    since: date | None = None,
    category: str | None = None,
    limit: int = 50,
) -> tuple[Hit, ...]:
    """The places where these words are, the best first: rare words, and close together, count more.

    `departement`: of tenders of this one. `since`: published from this day on, or read from then on where no notice is
    known. `category`: of tenders that have such a clause in a document that no later version replaces. Raises
    StoreError when the database cannot be read.
    """
    query = parse_query(words)
    if not query.alternatives:
        return ()
    asked: dict[str, Any] = {"limit": limit}
    conditions = []
    if departement is not None:
        asked["departement"] = f'%"{departement}"%'
        conditions.append(_OF_DEPARTEMENT)
    if since is not None:
        asked["day"] = since
        asked["moment"] = datetime.combine(since, time(), tzinfo=_PARIS).astimezone(UTC)
        conditions.append(_SINCE)
    if category is not None:
        asked["category"] = category
        conditions.append(_OF_CATEGORY)
    if engine.dialect.name == "postgresql":
        found = _FOUND_BY_POSTGRESQL.format(query=_tsquery(query, asked))
    else:
        found = _FOUND_BY_SQLITE
        asked["match"] = _fts5(query)
    statement = text(_HITS.format(found=found, conditions="".join(f" AND {one}" for one in conditions)))
    typed = [bindparam(name, type_=kind) for name, kind in _TYPES if name in asked]
    with storage_errors(engine.url), engine.connect() as connection:
        rows = connection.execute(statement.bindparams(*typed).columns(published=Date), asked).all()
    return tuple(
        Hit(
            **{name: getattr(row, name) for name in _SHOWN},
            snippet=snippet(row.text, query),
        )
        for row in rows
    )


def _fts5(query: Query) -> str:
    """The query as SQLite reads it: quoted words, so that none of them is an operator."""

    def term(asked: Term) -> str:
        return f'"{" ".join(asked.words)}"' + (" *" if asked.is_prefix else "")

    either = " OR ".join(f"({' AND '.join(map(term, terms))})" for terms in query.alternatives)
    return f"({either})" + "".join(f" NOT {term(excluded)}" for excluded in query.excluded)


def _tsquery(query: Query, asked: dict[str, Any]) -> str:
    """The query as an expression of PostgreSQL, its words added to what is asked.

    The beginning of a word is looked for in the words as they stand: a stem may be shorter than it.
    """

    def term(words: Term) -> str:
        name = f"term{len(asked)}"
        asked[name] = " <-> ".join(f"'{word}'" for word in words.words) + (":*" if words.is_prefix else "")
        return f"to_tsquery('{'simple' if words.is_prefix else 'french'}', :{name})"

    def joined(terms: Iterable[str], operator: str) -> str:
        return "(" + f" {operator} ".join(terms) + ")"

    either = joined((joined(map(term, terms), "&&") for terms in query.alternatives), "||")
    return joined([either, *(f"!! {term(excluded)}" for excluded in query.excluded)], "&&")
