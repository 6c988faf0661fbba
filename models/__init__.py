"""The database: what was extracted, from which file, and the views that analysts query.

`open_database` → `start_run` → (`done`, `mark_started`, extraction, `save`)… → `finish_run` → `run_summary`.
A night: `take_lock` → `start_night` → (`start_source` → (documents, `save_notices`, `advance`)… → `finish_source`)…
"""

from extractors.correction_checks import Signature

# Every table is declared before any is used: some refer to tables that nothing else here imports.
from models import correction_tables, place_tables, search_tables, tender_tables  # noqa: F401
from models.alerts import AlertMatch, SavedAlert, list_matches, night_matches, open_clauses, sync_alerts
from models.batch_states import BatchState, list_batches
from models.batches import (
    Batch,
    ReadAgain,
    finish_batch,
    leave_unchanged,
    mark_gone,
    resume_batch,
    save_batch,
    start_batch,
    undo_batch,
)
from models.correction_list import (
    StoredCorrection,
    find_document,
    list_corrections,
    raw_path_of,
    to_review_count,
)
from models.corrections import (
    FamilyPlace,
    RowName,
    add_row,
    complete_document,
    confirm_row,
    edit_row,
    read_row,
    reject_row,
    set_families,
    withdraw,
)
from models.database import open_database
from models.errors import StoreError
from models.gold import KnownAnswer, known_answers
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
from models.readings import current_extractions, says_the_same, shown_extractions
from models.search import Hit, search
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
from models.text_rebuild import StoredFile, describe_every_tender, files_without_text, save_texts
from models.views import VIEWS, read_view

__all__ = [
    "VIEWS",
    "AlertMatch",
    "Batch",
    "BatchState",
    "DayFigures",
    "DownloadState",
    "FamilyPlace",
    "FamilyTotal",
    "Hit",
    "Holder",
    "HoursTotal",
    "KnownAnswer",
    "KnownDownload",
    "MissedLink",
    "NightSummary",
    "NightTender",
    "NoticeCounts",
    "NoticeName",
    "Outcome",
    "ReadAgain",
    "ReceivedNotice",
    "RowName",
    "RunSummary",
    "SavedAlert",
    "SelectedDocument",
    "Selection",
    "Signature",
    "SourceNightSummary",
    "SourceProgress",
    "SourceState",
    "StartedFile",
    "StoreError",
    "StoredCorrection",
    "StoredFile",
    "StoredNotice",
    "StoredProblem",
    "TenderChanges",
    "TenderClause",
    "TenderFacts",
    "VersionChange",
    "add_paths",
    "add_row",
    "advance",
    "beat_lock",
    "changes_since",
    "complete_document",
    "confirm_row",
    "current_extractions",
    "day_figures",
    "describe_every_tender",
    "done",
    "drop_paths",
    "edit_row",
    "files_without_text",
    "find_document",
    "find_tender",
    "finish_batch",
    "finish_night",
    "finish_run",
    "finish_source",
    "known_answers",
    "known_downloads",
    "known_notices",
    "last_night",
    "leave_unchanged",
    "list_batches",
    "list_corrections",
    "list_matches",
    "mark_gone",
    "mark_started",
    "night_matches",
    "night_summary",
    "nights_before",
    "open_clauses",
    "open_database",
    "outdated_notices",
    "raw_path_of",
    "read_row",
    "read_view",
    "reject_row",
    "release_lock",
    "resume_batch",
    "run_summary",
    "save",
    "save_batch",
    "save_notices",
    "save_texts",
    "says_the_same",
    "search",
    "select_documents",
    "set_families",
    "shown_extractions",
    "source_states",
    "stamp_notices",
    "start_batch",
    "start_night",
    "start_run",
    "start_source",
    "sync_alerts",
    "take_lock",
    "tender_facts",
    "to_review_count",
    "undo_batch",
    "version_changes",
    "withdraw",
]
