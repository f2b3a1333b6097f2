"""How composites are made: shares and strengths, for training and for each test protocol."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from iph_core.data.disturbances import FAMILIES
from iph_core.data.transfer import WAYS
from iph_core.errors import InputError

GLOBAL_FAMILIES = tuple(FAMILIES)
"""Functions of color alone, which can also be the look of a whole photo."""

ALL_FAMILIES = (*GLOBAL_FAMILIES, "local-light", "transfer")

TRANSFER_WAYS = ("moments", "covariance", "histograms")
MORE_TRANSFER_WAYS = tuple(WAYS)
IHARMONY4_WAYS = ("moments", "axes", "histograms", "projections")
"""Those that made most composites of iHarmony4 (Cong et al. 2020): after Reinhard, Xiao and Ma,
Fecker, Pitié."""

TEST_FAMILIES = tuple(name for name in ALL_FAMILIES if name != "crosstalk")


@dataclass(frozen=True)
class Recipe:
    """Shares are probabilities a composite, decibels are PSNR over the foreground.

    families: what disturbs the foreground and changes surroundings, drawn equally.
    look_families: the global families that looks are made of, drawn equally.
    transfers: share that the family `transfer` disturbs whatever was drawn.
    transfer_ways: what that family does, of `transfer.WAYS`, drawn equally.
    second_family: share of composites disturbed twice.
    looks: share of photos whose truth gets a look of its own first.
    other_surroundings: share whose background outside the reference gets another look again.
    other_photo: share of photos with a look whose reference is another photo in that look.
    region_reference, box_reference: shares of references that are another labeled region, a random
      box; the rest is the whole background.
    untouched: share left undisturbed.
    scenery: share of foregrounds that are pieces of a photo's unlabeled area; training's alone.
    weakest, strongest: the range of fPSNR (dB) that composites are brought to.
    strongest_look, weakest_look: the range of PSNR (dB) between a photo and its look.
    recolored_rim: share whose recolored area reaches far over the mask: no true pixel in the rim.
    loose_outlines: share whose mask takes in pieces of others or misses some (`outlines`).
    """

    families: tuple[str, ...] = ALL_FAMILIES
    look_families: tuple[str, ...] = GLOBAL_FAMILIES
    transfers: float = 0.0
    transfer_ways: tuple[str, ...] = TRANSFER_WAYS
    second_family: float = 0.35
    looks: float = 0.6
    other_surroundings: float = 0.2
    other_photo: float = 0.15
    region_reference: float = 0.5
    box_reference: float = 0.25
    untouched: float = 0.08
    scenery: float = 0.0
    strongest: float = 9.0
    weakest: float = 25.0
    strongest_look: float = 11.0
    weakest_look: float = 26.0
    recolored_rim: float = 0.0
    loose_outlines: float = 0.0

    def without(self, family: str) -> Recipe:
        """The recipe with one family of disturbances held back; InputError for an unknown one."""
        if family not in self.families:
            raise InputError(
                f"Unknown disturbance {family!r}: choose one of {', '.join(self.families)}."
            )
        return self.only(name for name in ALL_FAMILIES if name != family)

    def only(self, known: Iterable[str]) -> Recipe:
        """The recipe with no families of disturbances, nor looks of them, but the known ones."""
        known = frozenset(known)
        return replace(
            self,
            families=tuple(name for name in self.families if name in known),
            look_families=tuple(name for name in self.look_families if name in known),
            transfers=self.transfers if "transfer" in known else 0.0,
        )


TRAINING = Recipe()

# Looks far from the photo: what is known by heart is wrong there, what the reference shows right.
# Many colors of other photos' regions: most composites of iHarmony4 were made by them.
MATCHING = replace(
    TRAINING,
    looks=0.8,
    other_surroundings=0.3,
    other_photo=0.2,
    strongest=10.0,
    weakest=24.0,
    recolored_rim=0.35,
    scenery=0.25,
    transfers=0.3,
    transfer_ways=MORE_TRANSFER_WAYS,
)

# Most backgrounds tell another story than the reference, so that the choice has to be followed.
REFERENCE_TRAINING = replace(
    TRAINING,
    looks=0.8,
    other_surroundings=0.75,
    other_photo=0.2,
    region_reference=0.5,
    box_reference=0.35,
)

STANDARD = Recipe(
    families=TEST_FAMILIES,
    second_family=0.0,
    looks=0.0,
    other_surroundings=0.0,
    other_photo=0.0,
    untouched=0.0,
    strongest=12.5,
    weakest=21.5,
)
PROTOCOLS = {
    "standard": STANDARD,
    "look": replace(STANDARD, looks=1.0, strongest_look=13.0, weakest_look=20.0),
    "transfers": replace(STANDARD, families=("transfer",), transfer_ways=IHARMONY4_WAYS),
    "loose-outline": replace(STANDARD, loose_outlines=1.0),
    "untouched": replace(STANDARD, untouched=1.0),
}
