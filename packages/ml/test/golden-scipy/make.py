"""Writes resample.json, delta.json and bins.json: what scipy and numpy make of signals that the tests make again by the same formula.

python3 make.py   (Debian's python3-scipy does)
"""

import datetime
import json
import sys

import numpy as np
import scipy
from scipy.signal import resample_poly, savgol_filter


def signal(count):
    return [((i * 7919 + 13 * i * i) % 2001) / 1000 - 1 for i in range(count)]


def write(name, cases):
    made = {
        "generator": "make.py",
        "scipy": scipy.__version__,
        "numpy": np.__version__,
        "python": sys.version.split()[0],
        "date": datetime.date.today().isoformat(),
    }
    with open(name, "w") as file:
        json.dump({"made": made, "cases": cases}, file)
        file.write("\n")


RATES = [(44100, 16000), (22050, 16000), (8000, 16000), (48000, 16000), (16000, 22050), (11025, 16000), (16001, 16000)]
write(
    "resample.json",
    [
        {"from_hz": a, "to_hz": b, "count": count, "output": resample_poly(np.array(signal(count)), b, a).tolist()}
        for a, b in RATES
        for count in (1, 37, 400)
    ],
)
# librosa.feature.delta is savgol_filter with deriv = polyorder = order.
write(
    "delta.json",
    [
        {
            "frames": frames,
            "width": width,
            "order": order,
            "output": savgol_filter(np.array(signal(frames)), width, deriv=order, polyorder=order, mode="interp").tolist(),
        }
        for frames, width in ((9, 9), (40, 9), (40, 3), (31, 15))
        for order in (1, 2)
    ],
)
# librosa.fft_frequencies. For some rates and lengths the width of a bin is not the rate divided by the length.
write(
    "bins.json",
    [
        {"rate_hz": rate, "n_fft": n_fft, "hz": np.fft.rfftfreq(n=n_fft, d=1.0 / rate)[[1, 2, 3, n_fft // 2]].tolist()}
        for rate in (8000, 11025, 12345, 16000, 22050, 44100, 48000, 96000)
        for n_fft in (441, 512, 2047, 2048)
    ],
)
