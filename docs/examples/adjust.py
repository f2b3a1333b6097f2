"""Read the change as sliders, move one, and write what comes out."""

import iph_core as iph

photo = iph.open_photo("pioneers.jpg")
scene = iph.Scene(photo)
me = scene.region(iph.open_mask("pioneers-mask.png", photo.size))
result = scene.harmonize(me, reference=scene.pick(taps=[(330, 600)]))

standing = iph.Adjustment.of(result.change())  # where the sliders stand now
wanted = iph.Adjustment(**standing.as_dict() | {"exposure": standing.exposure + 0.3})
moved = wanted.beyond(standing)  # what is to be added on top
result.save("brighter.png", adjustment=moved)
print(result.summary(adjustment=moved))

table = result.preview_lut(33, adjustment=moved)  # for a 3D texture: sRGB in, sRGB out
print(table.shape)
