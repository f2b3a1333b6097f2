"""Many photos in one go: a manifest's rows, worked on in parallel, that can be resumed."""

from iph_core.batch.manifest import COLUMNS, Job, Outcome, read_manifest
from iph_core.batch.run import ENGINES, run_batch, write_report
from iph_core.batch.work import Settings

__all__ = [
    "COLUMNS",
    "ENGINES",
    "Job",
    "Outcome",
    "Settings",
    "read_manifest",
    "run_batch",
    "write_report",
]
