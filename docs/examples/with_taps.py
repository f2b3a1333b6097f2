"""Tap the person to change and the person to match; write the result."""

import iph_core as iph

photo = iph.open_photo("pioneers.jpg")  # upright; profile and metadata kept beside the pixels
scene = iph.Scene(photo)
me = scene.pick(taps=[(960, 700), (980, 420)])  # a second tap adds what the first left out
her = scene.pick(taps=[(330, 600)])
result = scene.harmonize(me, reference=her)
result.save("harmonized.png", strength=0.9)
print(result.summary(0.9))  # such as "A little darker, warmer."
