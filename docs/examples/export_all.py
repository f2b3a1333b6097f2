"""Every form in which a result can be kept."""

import iph_core as iph

photo = iph.open_photo("pioneers.jpg")  # keep_place=True would keep where it was taken
scene = iph.Scene(photo)
me = scene.region(iph.open_mask("pioneers-mask.png", photo.size))
result = scene.harmonize(me, reference=scene.pick(taps=[(330, 600)]))

result.save("result.png")  # as deep as the photo; .tif too
result.save("result.jpg", quality=92)  # .webp too
result.save_cutout("foreground.png")  # the person alone, with alpha, as a layer over the photo
result.save_mask("mask.png")
result.save_cube("look.cube", size=33)  # loads in Photoshop, Affinity, GIMP, DaVinci Resolve
result.save_html("before-after.html", title="Two pioneers")  # opens from an e-mail
result.save_sidecar("pioneers.json", strength=0.9)  # what was done, without the photo

edit = iph.open_sidecar("pioneers.json", photo)  # later, without any network
edit.result.save("again.png", edit.strength, edit.adjustment)
