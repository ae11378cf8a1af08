"""The view of the two-stage test campaign, as bare h5py and xarray see it. Run from a directory that is not the campaign's."""
import os
import sys

import h5py
import numpy as np
import xarray

campaign = sys.argv[1]
view = os.path.join(campaign, "store.h5")
os.chdir("/")

with h5py.File(view) as file:
    assert (file["index"][:] == np.arange(250)).all()
    assert (file["stage"][:] == np.repeat([1, 2], [100, 150])).all()
    assert (file["parameters"][:, 0] == 1e15 + np.arange(250)).all()
    assert (file["derived/t_var"][:] == 0.5 * np.arange(250)).all()
    assert np.isnan(file["sed"][:]).all() and file["sed"].shape == (250, 5)
    assert (file["state"][:] == np.where(np.arange(250) % 10 == 7, 6, 0)).all()
    assert file["sed"].is_virtual and [s.file_name for s in file["sed"].virtual_sources()] == [
        "store/r1.s1.h5", "store/r1.s2.h5"]

data = xarray.open_dataset(view, engine="h5netcdf")
assert data.sizes == {"index": 250, "nu": 5, "parameter": 2, }, data.sizes
assert data.sed.dims == ("index", "nu") and float(data.nu[-1]) == 1e24
assert float(data.parameters.sel(index=120, parameter="R")) == 1e15 + 120
assert data.state.flag_meanings.split()[6] == "excluded"
assert xarray.open_dataset(view, engine="h5netcdf", group="derived").t_var.dims == ("index",)
assert set(xarray.open_dataset(view, engine="h5netcdf", group="meta")) == {"iterations", "residual"}

files = xarray.open_dataset(view, engine="h5netcdf", group="files").to_dataframe()
assert list(files.index) == ["store/r1.s1.h5", "store/r1.s2.h5"]
assert list(files.rows) == [100, 150] and list(files.first_index) == [0, 100]
assert list(files.generation) == [3, 0]
assert list(files.digest) == ["0123456789abcdef00000000deadbeef", ""]
assert all(size == os.path.getsize(os.path.join(campaign, name)) for name, size in files.bytes.items())
print("fine")
