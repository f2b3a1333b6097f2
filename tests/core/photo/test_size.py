from __future__ import annotations

import pytest

from iph_core.photo.size import within


@pytest.mark.parametrize(
    ("size", "side", "wanted"),
    [
        ((4000, 3000), 1000, (1000, 750)),
        ((3000, 4000), 1000, (750, 1000)),
        ((4000, 3), 1000, (1000, 1)),
        ((4000, 1), 1000, (1000, 1)),
        ((1000, 750), 1000, (1000, 750)),
        ((40, 30), 1000, (40, 30)),
    ],
)
def test_the_long_side_is_at_most_as_long_and_no_side_goes(size, side, wanted):
    assert within(size, side) == wanted
