"""Every protocol on one network, as tables."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from iph_core.data.bank import Bank
from iph_core.data.recipe import PROTOCOLS, STANDARD
from iph_core.data.synthesis import Batch
from iph_core.evaluation.protocols import one_region_a_photo, score, test_batches

Table = dict[str, dict[str, float]]
COLUMNS = ("composite", "result", "gain", "worse")


def evaluate(bank: Bank, network: nn.Module, size: int) -> dict[str, Table]:
    """Tables (rows: sources and their mean) of each protocol, and of `standard` without true rims.

    The last shows the leak: where the rim around the mask is recolored too, an honest network gains
    as much as before.
    """

    def method(made: Batch) -> Tensor:
        return network(made.composite, made.mask, made.reference, made.guide)

    recipes = {**PROTOCOLS, "recolored-rim": replace(STANDARD, recolored_rim=True)}
    rows = one_region_a_photo(bank)
    return {
        name: score(test_batches(bank, recipe, size, rows=rows), method, bank.sources).table()
        for name, recipe in recipes.items()
    }


def text_table(title: str, table: Table) -> str:
    """A table in plain text: dB, and the share of photos made worse."""
    lines = [f"{title:<16}" + "".join(f"{column:>11}" for column in COLUMNS)]
    for source, row in table.items():
        figures = "".join(f"{row[column]:>11.2f}" for column in COLUMNS)
        lines.append(f"{source:<16}{figures}")
    return "\n".join(lines) + "\n"
