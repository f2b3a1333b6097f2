"""Ready composites as test sets: made elsewhere, with their truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from iph_core.data.composites import Batch
from iph_core.data.triples import Triple, load_triples, photo_numbers
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
    photos = photo_numbers(triples)

    def batches() -> Iterator[Batch]:
        for start in range(0, len(triples), BATCH):
            part = slice(start, start + BATCH)
            yield load_triples(triples[part], size, photos[part]).to(device)

    sources = [triple.source for triple in triples]
    return TestSet(batches, sources, smallest_source=1, photos=len(set(photos)))
