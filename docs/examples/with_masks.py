"""Masks from elsewhere (gray pictures of the photo's size, white inside), two references."""

import iph_core as iph

photo = iph.open_photo("pioneers.jpg")
scene = iph.Scene(photo)
me = scene.region(iph.open_mask("pioneers-mask.png", photo.size))
her = scene.pick(taps=[(330, 600)])
flag = scene.pick(box=(0, 0, 180, 500))

both = scene.harmonize(me, her, second=flag, blend=0.3)  # 30 % of the second
both.save("blended.tif")
both.at_blend(0.6).save("blended-more.tif")  # at once: the network is not asked again
