#!/usr/bin/python3
"""make_pictures.py FOLDER COUNT: JPEG files of 178 x 218 in two classes, of about the size that photos of faces have; for measurements."""
import os
import sys

import numpy as np
from PIL import Image

folder, count = sys.argv[1], int(sys.argv[2])
random = np.random.default_rng(1)
bases = [np.asarray(Image.fromarray(random.integers(0, 256, (12, 10, 3), dtype=np.uint8)).resize((178, 218), Image.BICUBIC))
         for _ in range(64)]
for label in "ab":
    os.makedirs(os.path.join(folder, label), exist_ok=True)
for i in range(count):
    noise = random.integers(-12, 12, (218, 178, 1)) + random.integers(-20, 20)
    pixels = np.clip(bases[i % 64] + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(os.path.join(folder, "ab"[i % 2], "%06d.jpg" % i), quality=85)
