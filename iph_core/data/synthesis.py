"""Composites made on the fly: truth, disturbance, honest edges, reference; batched on the device.

The truth is a photo, often in a look of its own. The foreground is one labeled region, disturbed;
the recolored area's edge is soft and moved against the mask, as in a real composite. Everything is
made at the bank's size and scaled down by area to the size that the network reads.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from iph_core.data.bank import Bank
from iph_core.data.boxes import random_boxes
from iph_core.data.composites import Batch, as_file, score_mask
from iph_core.data.disturbances import (
    apply_lattice,
    as_volume,
    draw_chain,
    lattice,
    sample_lattice,
    to_encoded,
    to_linear,
    uniform,
)
from iph_core.data.edges import PAPER_SIDE, blur, drawn_edge, with_edge
from iph_core.data.outlines import loose_outline
from iph_core.data.recipe import Recipe
from iph_core.data.transfer import transfer
from iph_core.network.masks import dilate, visible_guide

OVERSAMPLING = 2
"""Side of the bank against the side that the network reads."""

SAMPLED_PIXELS = 256
RECOLORED_RIM = 14.0
"""In pixels of a picture of PAPER_SIDE, scaled with the size."""

LEAST_GUIDE_SHARE = 0.005
"""Of the picture: a reference that shows less gives way to the background."""

STRONGEST_BLEND = 4.0
MISSED, REDRAWS = 2.0, 16
"""A disturbance that ends more than so many decibels above a wanted fPSNR is drawn again, up to so
many times: one that hardly shows is no test."""


class Synthesizer:
    """Makes batches from a bank by a recipe; every draw comes from the generator given."""

    def __init__(self, bank: Bank, recipe: Recipe, size: int) -> None:
        self.bank, self.recipe, self.size = bank, recipe, size

    def batch(
        self,
        rows: Tensor,
        generator: Generator,
        families: Tensor | None = None,
        wanted: Tensor | None = None,
    ) -> Batch:
        """Composites of the bank's region `rows` N; `families` N fixes each one's disturbance,
        `wanted` N the fPSNR (dB) that it is brought to."""
        photo_index, value = self.bank.regions[rows].unbind(1)
        labels = self.bank.labels[photo_index][:, None]
        photos = self._photos(photo_index)
        flip = uniform(len(rows), 0, 1, generator)[..., None] < 0.5
        labels = torch.where(flip, labels.flip(-1), labels)
        photos = torch.where(flip, photos.flip(-1), photos)
        region = (labels == value[:, None, None, None]).float()

        if families is None:
            families = self._first_families(len(rows), generator)
        looks = self._looks(photos, generator)
        truth = apply_lattice(photos, looks)
        given = (photos, region, looks, families)
        disturbed = self._disturb(*given, generator)
        if wanted is not None:
            disturbed = self._disturb_again(given, disturbed, truth, wanted, generator)
        composite = self._composite(truth, disturbed, region, wanted, generator)
        mask = self._outline(photos, region, labels, generator)
        guide = self._guide(labels, value, mask, generator)
        composite = self._change_surroundings(composite, photos, region, guide, generator)
        reference, guide = self._other_photo(composite, guide, looks, photo_index, generator)
        score = region * mask
        return self._scaled(composite, truth, mask, score, reference, guide, photo_index, families)

    def _photos(self, index: Tensor) -> Tensor:
        return self.bank.photos[index].float() / 255

    def _chance(self, samples: int, share: float, generator: Generator) -> Tensor:
        return uniform(samples, 0, 1, generator)[:, 0, 0] < share

    def _first_families(self, samples: int, generator: Generator) -> Tensor:
        """Family indices, those of `transfer` as often as the recipe asks for."""
        names, share = self.recipe.families, self.recipe.transfers
        drawn = torch.randint(len(names), (samples,), generator=generator, device=generator.device)
        if share == 0:  # No draw: all others then stay those of the recipe without that share.
            return drawn
        chosen = self._chance(samples, share, generator)
        return torch.where(chosen, names.index("transfer"), drawn)

    def _draw_families(self, samples: int, share: float, generator: Generator) -> Tensor:
        """Random family indices, -1 (none) for all but `share` of the samples."""
        drawn = torch.randint(
            len(self.recipe.families), (samples,), generator=generator, device=generator.device
        )
        return torch.where(self._chance(samples, share, generator), drawn, -1)

    def _looks(self, photos: Tensor, generator: Generator) -> Tensor:
        """Lattice nodes of each photo's own look, the identity for those without.

        A look is one or two of its families, brought to a drawn distance (PSNR) from the photo.
        """
        count, names = len(photos), self.recipe.look_families
        plain = lattice(count, photos.device)
        looked = plain
        for share in (1.0, 0.5):
            chosen = torch.randint(len(names), (count,), generator=generator, device=photos.device)
            chosen = torch.where(self._chance(count, share, generator), chosen, -1)
            looked = draw_chain(looked, chosen, names, generator)
        error = ((apply_lattice(photos, looked) - photos) ** 2).mean((1, 2, 3))
        wanted = uniform(count, self.recipe.strongest_look, self.recipe.weakest_look, generator)
        strength = strength_to_reach(wanted[:, 0, 0], error)
        strength = torch.where(self._chance(count, self.recipe.looks, generator), strength, 0.0)
        return (plain + strength[:, None, None] * (looked - plain)).clamp(0, 1)

    def _disturb(
        self, photos: Tensor, region: Tensor, looks: Tensor, families: Tensor, generator: Generator
    ) -> Tensor:
        """The photos in their looks, disturbed by their families and some by a second one."""
        names = self.recipe.families
        nodes = draw_chain(looks, families, names, generator)
        nodes = self._transfer(nodes, looks, photos, region, families, generator)
        second = self._draw_families(len(photos), self.recipe.second_family, generator)
        nodes = draw_chain(nodes, second, names, generator)
        return self._local_light(apply_lattice(photos, nodes), families, generator)

    def _disturb_again(
        self,
        given: tuple[Tensor, Tensor, Tensor, Tensor],
        disturbed: Tensor,
        truth: Tensor,
        wanted: Tensor,
        generator: Generator,
    ) -> Tensor:
        """What `_disturb` made of `given`, made anew where it cannot be brought to the wanted
        fPSNR."""
        region, faint = given[1], 10 ** (-(wanted + MISSED) / 10)
        for _ in range(REDRAWS):
            strength = strength_to_reach(wanted, error_inside(disturbed, truth, region))
            brought = (truth + strength[:, None, None, None] * (disturbed - truth)).clamp(0, 1)
            missed = (error_inside(brought, truth, region) < faint).nonzero()[:, 0]
            if not len(missed):
                break
            photos, part, looks, families = (each[missed] for each in given)
            again = self._disturb(photos, part, looks, families, generator)
            disturbed = disturbed.index_copy(0, missed, again)
        return disturbed

    def _transfer(
        self,
        nodes: Tensor,
        looks: Tensor,
        photos: Tensor,
        region: Tensor,
        families: Tensor,
        generator: Generator,
    ) -> Tensor:
        """The family `transfer`: colors of a region of another photo."""
        chosen = self._chosen(families, "transfer")
        if not len(chosen):
            return nodes
        rows = torch.randint(
            len(self.bank.regions), (len(chosen),), generator=generator, device=photos.device
        )
        index, value = self.bank.regions[rows].unbind(1)
        other_region = (self.bank.labels[index] == value[:, None, None])[:, None].float()
        target = sample_pixels(self._photos(index), other_region, generator)
        source = sample_pixels(photos[chosen], region[chosen], generator)
        source = sample_lattice(as_volume(looks[chosen]), source)
        ways = self.recipe.transfer_ways
        moved = transfer(looks[chosen], source, target, ways, generator).clamp(0, 1)
        return nodes.index_copy(0, chosen, moved)

    def _local_light(self, pictures: Tensor, families: Tensor, generator: Generator) -> Tensor:
        """The family `local-light`: light that differs over the picture, in stops."""
        chosen = self._chosen(families, "local-light")
        if not len(chosen):
            return pictures
        coarse = 0.9 * torch.randn(
            len(chosen), 1, 3, 3, generator=generator, device=pictures.device
        )
        stops = F.interpolate(coarse, pictures.shape[-2:], mode="bicubic", align_corners=True)
        lit = to_encoded(to_linear(pictures[chosen]) * 2**stops)
        return pictures.index_copy(0, chosen, lit)

    def _chosen(self, families: Tensor, name: str) -> Tensor:
        if name not in self.recipe.families:
            return families.new_zeros(0)
        return (families == self.recipe.families.index(name)).nonzero()[:, 0]

    def _composite(
        self,
        truth: Tensor,
        disturbed: Tensor,
        region: Tensor,
        wanted: Tensor | None,
        generator: Generator,
    ) -> Tensor:
        """The disturbed foreground over the truth, at the strength wanted or else drawn from the
        recipe's range."""
        count = len(truth)
        drawn = uniform(count, self.recipe.strongest, self.recipe.weakest, generator)[:, 0, 0]
        wanted = drawn if wanted is None else wanted
        strength = strength_to_reach(wanted, error_inside(disturbed, truth, region))
        untouched = self._chance(count, self.recipe.untouched, generator)
        strength = torch.where(untouched, 0.0, strength)[:, None, None, None]
        change = strength * self._edge(region, generator) * (disturbed - truth)
        return (truth + change).clamp(0, 1)

    def _edge(self, region: Tensor, generator: Generator) -> Tensor:
        """The recolored area N1HW: the region with its edge moved and made soft."""
        edge = drawn_edge(region, generator)
        reach = round(RECOLORED_RIM * region.shape[-1] / PAPER_SIDE)
        return with_edge(self._with_rim(region, reach, generator), *edge)

    def _with_rim(self, region: Tensor, reach: int, generator: Generator) -> Tensor:
        """The region grown by `reach` pixels, for the share of samples that the recipe asks for."""
        share = self.recipe.recolored_rim
        if share == 0:
            return region
        wide = dilate(region, reach)
        if share == 1:  # No draw: all others then stay those of the recipe without rims.
            return wide
        chosen = self._chance(len(region), share, generator)
        return torch.where(chosen[:, None, None, None], wide, region)

    def _outline(
        self, photos: Tensor, region: Tensor, labels: Tensor, generator: Generator
    ) -> Tensor:
        """The mask that the network is told: the region, some with a loose outline."""
        if self.recipe.loose_outlines == 0:  # No draw, as above.
            return region
        chance = self._chance(len(region), self.recipe.loose_outlines, generator)
        chosen = chance.nonzero()[:, 0]
        loose = loose_outline(photos[chosen], region[chosen], labels[chosen], generator)
        return region.index_copy(0, chosen, loose)

    def _guide(self, labels: Tensor, value: Tensor, mask: Tensor, generator: Generator) -> Tensor:
        """The reference region N1HW in the composite: another label, a box or all around."""
        count, device = len(labels), labels.device
        kind = uniform(count, 0, 1, generator)[..., None]
        background = torch.ones_like(mask)
        box = random_boxes(count, labels.shape[-1], generator)
        other = self._other_label(labels, value, generator)
        by_region = self.recipe.region_reference
        by_box = by_region + self.recipe.box_reference
        guide = torch.where(kind < by_region, other, torch.where(kind < by_box, box, background))
        guide = visible_guide(guide, mask)
        enough = guide.mean((1, 2, 3), keepdim=True) >= LEAST_GUIDE_SHARE
        return torch.where(enough, guide, visible_guide(background, mask)).to(device)

    def _other_label(self, labels: Tensor, value: Tensor, generator: Generator) -> Tensor:
        """A region of the same photo that is not the foreground; empty where there is none."""
        counts = torch.zeros(len(labels), 256, device=labels.device)
        flat = labels.flatten(1).long()
        counts.scatter_add_(1, flat, torch.ones_like(flat, dtype=torch.float))
        possible = counts >= 0.01 * flat.shape[1]
        possible[:, 0] = possible[:, 100] = possible[:, 255] = False
        possible.scatter_(1, value[:, None].long(), False)
        draw = torch.rand(counts.shape, generator=generator, device=labels.device)
        people_first = draw + torch.arange(256, device=labels.device).lt(100) * 0.7
        chosen = torch.where(possible, people_first, -1.0).max(1)
        found = (chosen.values >= 0)[:, None, None, None]
        return ((labels == chosen.indices[:, None, None, None]) & found).float()

    def _change_surroundings(
        self, composite: Tensor, photos: Tensor, region: Tensor, guide: Tensor, generator: Generator
    ) -> Tensor:
        """Give some backgrounds another look, so that only the reference tells the truth's."""
        chance = self._chance(len(photos), self.recipe.other_surroundings, generator)
        chosen = (chance & (guide.mean((1, 2, 3)) < 0.4)).nonzero()[:, 0]
        if not len(chosen):
            return composite
        families = self._draw_families(len(chosen), 1.0, generator)
        nodes = lattice(len(chosen), photos.device)
        nodes = draw_chain(nodes, families, self.recipe.families, generator)
        other = apply_lattice(photos[chosen], nodes)
        side = photos.shape[-1]
        # Around the foreground the truth's look must end within the band that is hidden.
        kept = dilate(region[chosen], round(0.02 * side))
        kept = torch.maximum(kept, dilate(guide[chosen], round(0.03 * side)))
        keep = blur(kept, 0.01 * side)
        changed = other + keep * (composite[chosen] - other)
        return composite.index_copy(0, chosen, changed)

    def _other_photo(
        self,
        composite: Tensor,
        guide: Tensor,
        looks: Tensor,
        photo_index: Tensor,
        generator: Generator,
    ) -> tuple[Tensor, Tensor]:
        """Take some references from another photo in the truth's look."""
        looked = (looks - lattice(len(looks), looks.device)).abs().amax((1, 2)) > 0
        chance = self._chance(len(looks), self.recipe.other_photo, generator)
        rows = torch.randint(
            len(self.bank.regions), (len(looks),), generator=generator, device=looks.device
        )
        index, value = self.bank.regions[rows].unbind(1)
        # The same photo could show the foreground as it was.
        chosen = (looked & chance & (index != photo_index)).nonzero()[:, 0]
        if not len(chosen):
            return composite, guide
        index, value = index[chosen], value[chosen]
        other_guide = (self.bank.labels[index] == value[:, None, None])[:, None].float()
        other = apply_lattice(self._photos(index), looks[chosen])
        return composite.index_copy(0, chosen, other), guide.index_copy(0, chosen, other_guide)

    def _scaled(
        self,
        composite: Tensor,
        truth: Tensor,
        mask: Tensor,
        score: Tensor,
        reference: Tensor,
        guide: Tensor,
        photo_index: Tensor,
        families: Tensor,
    ) -> Batch:
        def scale(picture: Tensor) -> Tensor:
            if picture.shape[-1] == self.size:  # Nothing to average: a fifth of the time.
                return picture
            return F.interpolate(picture, (self.size, self.size), mode="area")

        return Batch(
            composite=as_file(scale(composite)),
            truth=as_file(scale(truth)),
            mask=scale(mask),
            reference=as_file(scale(reference)),
            guide=(scale(guide) > 0.5).float(),
            score=score_mask(scale(score)),
            photo_index=photo_index,
            family=families,
        )


def strength_to_reach(wanted: Tensor, error: Tensor) -> Tensor:
    """What a change of the given mean squared error is multiplied by to lie `wanted` dB away."""
    present = -10 * torch.log10(error.clamp_min(1e-7))
    return (10 ** ((present - wanted) / 20)).clamp_max(STRONGEST_BLEND)


def error_inside(pictures: Tensor, truth: Tensor, region: Tensor) -> Tensor:
    """Mean squared error N of pictures N3HW inside regions N1HW."""
    return ((pictures - truth) ** 2 * region).sum((1, 2, 3)) / (3 * region.sum((1, 2, 3)))


def sample_pixels(pictures: Tensor, region: Tensor, generator: Generator) -> Tensor:
    """Random pixels N x SAMPLED_PIXELS x 3 of pictures N3HW inside regions N1HW (with repeats)."""
    index = torch.multinomial(
        region.flatten(1), SAMPLED_PIXELS, replacement=True, generator=generator
    )
    return pictures.flatten(2).transpose(1, 2).take_along_dim(index[..., None], 1)
