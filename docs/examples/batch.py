"""Many photos in one go; started again, it skips what is finished."""

from pathlib import Path

from iph_core.batch import run_batch, write_report

MANIFEST = """\
composite,foreground,reference,strength,output
pioneers.jpg,pioneers-mask.png,"330,600",0.9,
visitor.jpg,visitor-mask.png,,,visitor.jpg
"""

if __name__ == "__main__":  # other processes import this file where workers is more than 1
    Path("wedding.csv").write_text(MANIFEST)
    outcomes = run_batch("wedding.csv", "harmonized", workers=1)
    write_report(outcomes, Path("report.csv"))
    for outcome in outcomes:
        print(outcome.row, outcome.status, outcome.error or outcome.summary)
