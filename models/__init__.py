"""The database: what was extracted, from which file, and the views that analysts query.

`open_database` → `start_run` → (`done`, `mark_started`, extraction, `save`)… → `finish_run` → `run_summary`.
A night: `take_lock` → `start_night` → (`start_source` → (documents, `save_notices`, `advance`)… → `finish_source`)…
"""

# Every table is declared before any is used: some refer to tables that nothing else here imports.
from models import correction_tables, place_tables, tender_tables  # noqa: F401
from models.alerts import AlertMatch, SavedAlert, list_matches, night_matches, open_clauses, sync_alerts
from models.batches import (
    Batch,
    BatchState,
    ReadAgain,
    finish_batch,
    leave_unchanged,
    list_batches,
    resume_batch,
    save_batch,
    start_batch,
    undo_batch,
)
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
from models.notices import (
    NoticeCounts,
    NoticeName,
    ReceivedNotice,
    StoredNotice,
    known_notices,
    outdated_notices,
    save_notices,
    stamp_notices,
)
from models.readings import current_extractions, says_the_same
from models.selections import SelectedDocument, Selection, select_documents
from models.store import (
    StartedFile,
    add_paths,
    done,
    finish_run,
    mark_started,
    save,
    start_run,
)
from models.summary import FamilyTotal, RunSummary, StoredProblem, run_summary
from models.tender_changes import TenderChanges, VersionChange, changes_since, find_tender, version_changes
from models.tender_clauses import TenderClause
from models.tenders import drop_paths
from models.views import VIEWS, read_view

__all__ = [
    "VIEWS",
    "AlertMatch",
    "Batch",
    "BatchState",
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
    "ReadAgain",
    "ReceivedNotice",
    "RunSummary",
    "SavedAlert",
    "SelectedDocument",
    "Selection",
    "SourceNightSummary",
    "SourceProgress",
    "SourceState",
    "StartedFile",
    "StoreError",
    "StoredNotice",
    "StoredProblem",
    "TenderChanges",
    "TenderClause",
    "TenderFacts",
    "VersionChange",
    "add_paths",
    "advance",
    "beat_lock",
    "changes_since",
    "current_extractions",
    "day_figures",
    "done",
    "drop_paths",
    "find_tender",
    "finish_batch",
    "finish_night",
    "finish_run",
    "finish_source",
    "known_downloads",
    "known_notices",
    "last_night",
    "leave_unchanged",
    "list_batches",
    "list_matches",
    "mark_started",
    "night_matches",
    "night_summary",
    "nights_before",
    "open_clauses",
    "open_database",
    "outdated_notices",
    "read_view",
    "release_lock",
    "resume_batch",
    "run_summary",
    "save",
    "save_batch",
    "save_notices",
    "says_the_same",
    "select_documents",
    "source_states",
    "stamp_notices",
    "start_batch",
    "start_night",
    "start_run",
    "start_source",
    "sync_alerts",
    "take_lock",
    "tender_facts",
    "undo_batch",
    "version_changes",
]
