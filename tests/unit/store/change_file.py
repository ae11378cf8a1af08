"""Turns a stage file into one that tranche must refuse: `newer` (format 2) or `foreign` (no format at all)."""
import sys

import h5py

what, path = sys.argv[1:]
with h5py.File(path, "r+") as file:
    if what == "newer":
        file.attrs["tranche_format"] = 2
    else:
        del file.attrs["tranche_format"]
