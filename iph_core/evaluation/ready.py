"""Ready composites as test sets: made elsewhere, with their truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from iph_core.data.synthesis import Batch
from iph_core.data.triples import Triple, load_triples, moved
from iph_core.evaluation.protocols import TestSet, chosen

BATCH = 16


def ready_set(
    triples: Sequence[Triple], size: int, device: torch.device, limit: int | None = None
) -> TestSet:
    """Ready composites scaled to a square of `size` pixels, as the network reads them.

    Each set is one source under the name of its folder, however few it has. The files are read when
    their batch is; InputError for those that cannot be used.
    """
    triples = chosen(list(triples), limit)

    def batches() -> Iterator[Batch]:
        for start in range(0, len(triples), BATCH):
            yield moved(load_triples(triples[start : start + BATCH], size), device)

    return TestSet(batches, [triple.source for triple in triples], smallest_source=1)
