"""The database: what was extracted, from which file, and the views that analysts query.

`open_database` → `start_run` → (`done`, `mark_started`, extraction, `save`)… → `finish_run` → `run_summary`.
A night: `take_lock` → `start_night` → (`start_source` → (documents, `save_notices`, `advance`)… → `finish_source`)…
"""

# Every table is declared before any is used: some refer to tables that nothing else here imports.
from models import correction_tables, place_tables, tender_tables  # noqa: F401
from models.alerts import AlertMatch, SavedAlert, list_matches, night_matches, open_clauses, sync_alerts
from models.database import open_database
from models.errors import StoreError
from models.locks import Holder, beat_lock, release_lock, take_lock
from models.morning import DayFigures, TenderFacts, day_figures, last_night, nights_before, tender_facts
from models.night_summary import (
    HoursTotal,
    MissedLink,
    NightSummary,
    NightTender,
    SourceNightSummary,
    night_summary,
)
from models.nights import (
    DownloadState,
    KnownDownload,
    Outcome,
    SourceProgress,
    SourceState,
    advance,
    finish_night,
    finish_source,
    known_downloads,
    source_states,
    start_night,
    start_source,
)
from models.notices import NoticeCounts, NoticeName, ReceivedNotice, known_notices, save_notices
from models.store import (
    OutdatedDocument,
    StartedFile,
    add_paths,
    done,
    finish_run,
    mark_started,
    outdated,
    save,
    start_run,
)
from models.summary import FamilyTotal, RunSummary, StoredProblem, run_summary
from models.tender_clauses import TenderClause
from models.tenders import drop_paths
from models.views import VIEWS, read_view

__all__ = [
    "VIEWS",
    "AlertMatch",
    "DayFigures",
    "DownloadState",
    "FamilyTotal",
    "Holder",
    "HoursTotal",
    "KnownDownload",
    "MissedLink",
    "NightSummary",
    "NightTender",
    "NoticeCounts",
    "NoticeName",
    "Outcome",
    "OutdatedDocument",
    "ReceivedNotice",
    "RunSummary",
    "SavedAlert",
    "SourceNightSummary",
    "SourceProgress",
    "SourceState",
    "StartedFile",
    "StoreError",
    "StoredProblem",
    "TenderClause",
    "TenderFacts",
    "add_paths",
    "advance",
    "beat_lock",
    "day_figures",
    "done",
    "drop_paths",
    "finish_night",
    "finish_run",
    "finish_source",
    "known_downloads",
    "known_notices",
    "last_night",
    "list_matches",
    "mark_started",
    "night_matches",
    "night_summary",
    "nights_before",
    "open_clauses",
    "open_database",
    "outdated",
    "read_view",
    "release_lock",
    "run_summary",
    "save",
    "save_notices",
    "source_states",
    "start_night",
    "start_run",
    "start_source",
    "sync_alerts",
    "take_lock",
    "tender_facts",
]
