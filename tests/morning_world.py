"""A small night with an alert, and how its report is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from night_world import TODAY, World, boamp_records
from notice_servers import BoampServer
from servers import Server

from flows.morning import Morning

OPEN = datetime(TODAY.year, TODAY.month, TODAY.day, 11, tzinfo=UTC) + timedelta(days=30)
ALERTS = "[[alerte]]\nnom = 'Vert & <b>haut</b>'\nfamilles = ['EV']\n"


@contextmanager
def alerted_world(root: Path, database_url: str) -> Iterator[World]:
    """A world whose tenders are open, and an alert; its settings are those of this process."""
    with Server({}) as server, pytest.MonkeyPatch.context() as patch:
        made = World(root, server, database_url)
        records = [{**record, "datelimitereponse": OPEN.isoformat()} for record in boamp_records(server.url)]
        server.routes.update(BoampServer(records=records).routes())
        for name, value in made.settings.items():
            patch.setenv(name, value)
        (root / "alertes.toml").write_text(ALERTS, "utf-8")
        patch.setenv("CLAUSOSCOPE_ALERTS_FILE", str(root / "alertes.toml"))
        yield made


def told(morning: Morning, title: str) -> list[tuple[str, ...]]:
    (table,) = (table for table in morning.page.tables if table.title == title)
    return [tuple(" ".join(cell.text.split()) for cell in row) for row in table.rows]
