"""An export of the two-stage test campaign (.h5 or .npz) holds exactly the rows of one state."""
import sys

import h5py
import numpy as np
import xarray

path, state = sys.argv[1:3]
split = "split" in sys.argv[3:]
index = np.arange(201)
index = index[index % 10 != 7]
rows = {"ok": index[index % 3 != 0], "timeout": index[index % 3 == 0], "crashed": index[:0]}[state]
number = {"ok": 1, "timeout": 3, "crashed": 4}[state]


def check(read):
    n = len(rows)
    assert (read("index") == rows).all() and read("index").dtype == np.int64
    assert (read("state") == number).all() and len(read("state")) == n
    assert (read("revision") == 1).all() and read("revision").dtype == np.uint16
    assert (read("stage") == np.where(rows < 100, 1, 2)).all()
    assert (read("parameters") == np.stack([1e15 + rows, rows % 2], axis=1)).all()
    assert (read("derived/t_var") == 0.5 * rows).all()
    assert (read("nu") == [1e8, 1e12, 1e16, 1e20, 1e24]).all()
    assert read("sed").shape == (n, 5) and read("sed").dtype == np.float32
    if state == "ok":
        assert (read("sed") == rows[:, None] * 8 + np.arange(5)).all()
        assert (read("flux") == 1 / (1 + rows)).all()
        assert (read("meta/residual") == rows * 2 + 1).all()
        assert (read("checksum") == (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)).all()
    else:
        assert np.isnan(read("sed")).all() and (read("checksum") == 0).all()


if path.endswith(".npz"):
    with np.load(path) as arrays:
        check(lambda name: arrays[name])
        assert list(arrays["parameter_names"]) == ["R", "field"]
        assert list(arrays["units/parameters"]) == ["cm", "1"] and list(arrays["levels/field"]) == ["blr", "torus"]
        assert arrays["units/nu"] == ["Hz"] and arrays["units/derived/t_var"] == ["s"] and arrays["units/sed"] == ["1"]
        assert arrays["reference_units/sed"] == ["erg s-1"] and arrays["transform/sed"] == ["log10"]
        assert arrays["floor/sed"] == 1e-60 and arrays["floor/sed"].shape == () and arrays["units/flux"] == ["erg cm-2 s-1"]
        if split:
            assert (arrays["split/hold_out"] == (rows % 4 == 1)).all() and arrays["split/hold_out"].dtype == bool
            assert arrays["split/hold_out_share"] == 0.25
        else:
            assert "split/hold_out" not in arrays
        assert all(item.compress_type == 0 for item in arrays.zip.infolist()) and arrays.zip.testzip() is None
else:
    with h5py.File(path) as file:
        check(lambda name: file[name][...])
        assert list(file.attrs["exported_states"]) == [state]
        assert list(file.attrs["source_files"]) == ["r1.s1.h5", "r1.s2.h5"]
        if state == "ok":
            assert file["sed"].compression == "gzip" and file["sed"].shuffle
    data = xarray.open_dataset(path, engine="h5netcdf")
    assert data.sed.dims == ("index", "nu") and data.sizes["index"] == len(rows)
    assert data.sed.attrs["reference_units"] == "erg s-1"
print("fine")
