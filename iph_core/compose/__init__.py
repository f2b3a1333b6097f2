"""From a photo of you and a photo of them to one composite whose foreground mask is known.

from iph_core.compose import Cutout, Placement, compose

cutout = Cutout.from_mask(person, region.mask)
composite, mask = compose(scene, cutout, Placement(x=820, y=610, scale=0.5))
"""

from iph_core.compose.brought import Brought, Pair, sort_out, what_is
from iph_core.compose.cutout import Cutout
from iph_core.compose.first_place import first_placement
from iph_core.compose.paste import compose
from iph_core.compose.placement import Placement
from iph_core.compose.shadow import Shadow, ShadowPicture, shadow_picture

__all__ = [
    "Brought",
    "Cutout",
    "Pair",
    "Placement",
    "Shadow",
    "ShadowPicture",
    "compose",
    "first_placement",
    "shadow_picture",
    "sort_out",
    "what_is",
]
