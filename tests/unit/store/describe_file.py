"""Prints every object of an HDF5 file: type, shape, storage, dimensions and attributes with their values."""
import sys

import h5py

SCALE_PLUMBING = {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"}


def type_of(attribute):
    text = h5py.check_string_dtype(attribute.dtype)
    name = f"text {text.encoding}" if text else str(attribute.dtype)
    return name if attribute.shape == () else f"{name} {attribute.shape}"


def print_attributes(item):
    for name in sorted(set(item.attrs) - SCALE_PLUMBING):
        value = item.attrs[name]
        text = repr(value.tolist() if hasattr(value, "tolist") else value)
        print(f"    @{name} {type_of(item.attrs.get_id(name))} = {text}")


def storage_of(dataset):
    plist = dataset.id.get_create_plist()
    layout = {0: "compact", 1: "contiguous", 2: "chunked", 3: "virtual"}[plist.get_layout()]
    return layout + (" early" if plist.get_alloc_time() == h5py.h5d.ALLOC_TIME_EARLY else "")


def print_object(name, item):
    if isinstance(item, h5py.Group):
        print(f"{name}/")
    else:
        text = h5py.check_string_dtype(item.dtype)
        kind = f"text {text.encoding}" if text else item.dtype
        fill = "" if text else f" fill {item.fillvalue!r}"
        dims = [next(iter(dim.keys()), "-") for dim in item.dims]
        scale = " scale" if h5py.h5ds.is_scale(item.id) else ""
        print(f"{name} {kind} {item.shape} {storage_of(item)}{fill}{scale}" + ("" if scale else f" dims {' '.join(dims)}"))
    print_attributes(item)


with h5py.File(sys.argv[1]) as file:
    print("/")
    print_attributes(file)
    file.visititems(print_object)
