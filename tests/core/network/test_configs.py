"""Networks by name."""

from __future__ import annotations

import pytest
import torch

from iph_core.errors import InputError
from iph_core.network import CONFIGS, PAPER_SIZE, build, parameter_count


def test_base_has_the_parameters_of_the_paper():
    with torch.device("meta"):
        network = build("iph-base")
    assert parameter_count(network) == pytest.approx(27e6, rel=0.05)
    assert PAPER_SIZE == 256


@pytest.mark.parametrize("name", [name for name in CONFIGS if not name.endswith("-base")])
def test_the_others_are_small(name):
    assert parameter_count(build(name)) < 3e6


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'iph-huge'.*iph-base, iph-small, .*iph-color"):
        build("iph-huge")
