"""The database: what was extracted, from which file, and the views that analysts query.

`open_database` → `start_run` → (`done`, `mark_started`, extraction, `save`)… → `finish_run` → `run_summary`.
"""

from models.database import open_database
from models.errors import StoreError
from models.store import StartedFile, add_paths, done, finish_run, mark_started, save, start_run
from models.summary import FamilyTotal, RunSummary, StoredProblem, run_summary
from models.views import VIEWS, read_view

__all__ = [
    "VIEWS",
    "FamilyTotal",
    "RunSummary",
    "StartedFile",
    "StoreError",
    "StoredProblem",
    "add_paths",
    "done",
    "finish_run",
    "mark_started",
    "open_database",
    "read_view",
    "run_summary",
    "save",
    "start_run",
]
