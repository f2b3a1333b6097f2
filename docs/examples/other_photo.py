"""Take the look of a person in another photo."""

import iph_core as iph
from iph_core.pipeline import Reference

photo = iph.open_photo("visitor.jpg")
scene = iph.Scene(photo)
guest = scene.region(iph.open_mask("visitor-mask.png", photo.size))

other = iph.open_photo("pioneers.jpg")
look = Reference(other, iph.open_mask("pioneers-mask.png", other.size))
result = scene.harmonize(guest, reference=look)
result.save("visitor-harmonized.jpg", quality=92)
print(result.summary())
