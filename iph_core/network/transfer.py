"""From harmonization to color transfer: a second style encoder (Valanarasu et al., appendix)."""

from __future__ import annotations

import torch
from torch import Tensor

from iph_core.network.harmonizer import IPH
from iph_core.network.layers import doubled
from iph_core.network.style_encoder import StyleEncoder


class IPHTransfer(IPH):
    """The paper's network with a second style encoder, trained for aggressive color transfer.

    The first encoder gives the code phi of the reference, the second one psi. Equation 7 of the
    paper blends them by a ratio, and prints phi in both of its terms, so that the ratio would
    change nothing. Meant is what stands here: (1 - R) phi + R psi, harmonization at R = 0, color
    transfer at R = 1.
    """

    def __init__(
        self,
        channels: tuple[int, int, int, int],
        blocks: tuple[int, int, int, int],
        style_channels: tuple[int, ...],
        style: int,
    ) -> None:
        super().__init__(channels, blocks, style_channels, style)
        self.transfer_encoder = StyleEncoder(style_channels, style)

    def adopt(self, harmonizer: IPH) -> None:
        """Take the weights of a network without a second encoder; psi begins as phi.

        RuntimeError for one of other sizes.
        """
        weights = harmonizer.state_dict()
        self.load_state_dict(doubled(weights, "style_encoder.", "transfer_encoder."))

    def forward(
        self,
        composite: Tensor,
        mask: Tensor,
        reference: Tensor,
        guide: Tensor,
        transfer: float = 0.0,
    ) -> Tensor:
        """As `IPH`; transfer is the ratio R in [0, 1]."""
        code = self.style(reference, guide)
        if transfer:
            code = torch.lerp(code, self.transfer_encoder(reference, guide), transfer)
        return self._in_look(composite, mask, code)
