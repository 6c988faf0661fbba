"""The services of BOAMP and TED as they are documented: limits, orders, tokens and errors included."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from servers import Asked, Reply, Route

JSON = {"Content-Type": "application/json; charset=utf-8"}
_FIELDS = {"dateparution", "code_departement", "date", "AND", "IN"}


def answer(data: object, status: int = 200) -> Reply:
    return Reply(body=json.dumps(data).encode(), status=status, headers=JSON)


def refused(code: str, message: str) -> Reply:
    return answer({"error_code": code, "message": message}, 400)


@dataclass(kw_only=True)
class BoampServer:
    """The dataset of BOAMP under `/boamp`, by Explore v2.1."""

    records: Sequence[Mapping[str, object]]
    fields: Sequence[str] = (
        "idweb",
        "objet",
        "dateparution",
        "code_departement",
        "nature",
        "etat",
        "donnees",
        "gestion",
    )
    lost: int = 0
    """Records that the service counts and never gives."""
    cut_export: str | None = None
    """What takes the place of the second half of an export, in an answer 200."""

    def routes(self) -> dict[str, Route]:
        return {
            "/boamp": answer({"dataset_id": "boamp", "fields": [{"name": name} for name in self.fields]}),
            "/boamp/records": self._records,
            "/boamp/exports/jsonl": self._export,
        }

    def _records(self, asked: Asked) -> Reply:
        limit, offset = int(asked.query.get("limit", 10)), int(asked.query.get("offset", 0))
        if not -1 <= limit <= 100:
            return refused(
                "InvalidRESTParameterError",
                f"Invalid value for limit API parameter: {limit} was found but -1 <= limit <= 100 is expected.",
            )
        if offset + limit > 10000:
            return refused(
                "InvalidRESTParameterError",
                "Invalid value for sum of offset + limit API parameter: "
                f"{offset + limit} was found but <= 10000 is expected.",
            )
        found = self._found(asked)
        if isinstance(found, Reply):
            return found
        given = found[: len(found) - self.lost][offset : offset + limit]
        return answer({"total_count": len(found), "results": given})

    def _export(self, asked: Asked) -> Reply:
        found = self._found(asked)
        if isinstance(found, Reply):
            return found
        lines = [json.dumps(record) for record in found[: len(found) - self.lost]]
        if self.cut_export is not None:
            lines[len(lines) // 2 :] = [self.cut_export]
        return Reply(body="\n".join(lines).encode(), headers={"Content-Type": "application/jsonl"})

    def _found(self, asked: Asked) -> list[Mapping[str, object]] | Reply:
        """The records that `where` keeps, oldest first as `order_by` asks."""
        where = asked.query.get("where", "")
        unknown = set(re.findall(r"\b[a-zA-Z_]{2,}\b", re.sub(r"\"[^\"]*\"|'[^']*'", "", where))) - _FIELDS
        if unknown:
            return refused("ODSQLError", f"Unknown field: {unknown.pop()}")
        since = re.search(r"dateparution >= date'([\d-]+)'", where)
        until = re.search(r"dateparution <= date'([\d-]+)'", where)
        places = re.search(r"code_departement IN \(([^)]*)\)", where)
        wanted = set(re.findall(r'"([^"]*)"', places[1])) if places else None
        kept = [
            record
            for record in self.records
            if (since is None or str(record["dateparution"]) >= since[1])
            and (until is None or str(record["dateparution"]) <= until[1])
            and (wanted is None or wanted & set(record.get("code_departement") or []))  # type: ignore[call-overload]
        ]
        return sorted(kept, key=lambda r: [str(r.get(name)) for name in asked.query["order_by"].split(",")])


@dataclass(kw_only=True)
class TedServer:
    """The Search API under `/search`, and the XML of each notice under `/notice/<number>/xml`."""

    notices: Mapping[str, bytes]
    """By number, oldest first."""
    published: str = "2026-11-20"
    places: Mapping[str, Sequence[str]] = field(default_factory=dict)
    timed_out: bool = False
    lost: int = 0
    ends_without_token: bool = False

    def routes(self) -> dict[str, Route]:
        xml = {
            f"/notice/{number}/xml": Reply(body=content, headers={"Content-Type": "application/xml"})
            for number, content in self.notices.items()
        }
        return {"/search": self._search, **xml}

    def _search(self, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        dates = re.findall(r"publication-date(?:>=|<=)(\d{8})\b", body.get("query", ""))
        if not body.get("fields") or not 0 < body.get("limit", 10) <= 250 or body.get("paginationMode") != "ITERATION":
            return answer({"message": "Bad request"}, 400)
        if len(dates) != 2:  # a malformed date is no error: nothing is found
            return answer({"notices": [], "totalNoticeCount": 0, "iterationNextToken": None, "timedOut": False})
        token = body.get("iterationNextToken") or "0"
        if not token.isdecimal():
            return answer({"message": "Internal error"}, 500)
        day = self.published.replace("-", "")
        numbers = list(self.notices) if dates[0] <= day <= dates[1] else []
        start = int(token)
        page = numbers[: len(numbers) - self.lost][start : start + body["limit"]]
        given = [
            {
                "publication-number": number,
                "publication-date": f"{self.published}+01:00",
                "place-of-performance": list(self.places.get(number, ())),
                "links": {"xml": {"MUL": f"/notice/{number}/xml"}},
            }
            for number in page
        ]
        last = self.ends_without_token and start + len(page) >= len(numbers)
        return answer(
            {
                "notices": given,
                "totalNoticeCount": len(numbers),
                "iterationNextToken": None if last else str(start + len(page)),
                "timedOut": self.timed_out,
            }
        )
