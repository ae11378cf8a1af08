"""The check of docs/formats/store.md: which files behind a view are missing or short."""
import os
import sys

import h5py

campaign = sys.argv[1]
with h5py.File(os.path.join(campaign, "store.h5")) as view:
    names = view["files/name"].asstr()[:]
    for name, size in zip(names, view["files/bytes"][:]):
        path = os.path.join(campaign, name)
        if not os.path.exists(path) or os.path.getsize(path) < size:
            print("missing:", name)
    assert (view["index"][:100] == -1).all() and (view["index"][100:] >= 100).all()
