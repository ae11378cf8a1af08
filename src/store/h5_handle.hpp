/// \file
/// Owner of one HDF5 identifier.
/// Layer: store (private; the only header that includes hdf5.h besides h5.hpp).
#pragma once

#include <hdf5.h>

#include <utility>

namespace tranche::store::h5 {

/// Move-only. The destructor closes and ignores errors; code that must know calls close().
/// Handles of parallel files and their datasets are given up with release() instead, since closing
/// is collective and a destructor cannot know where the other ranks are.
template <herr_t (*Close)(hid_t)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) noexcept : id_{id} {}
  Handle(Handle&& other) noexcept : id_{other.release()} {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = other.release();
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }
  /// Gives the identifier away unclosed.
  hid_t release() noexcept { return std::exchange(id_, H5I_INVALID_HID); }
  /// Whether HDF5 closed it without an error.
  bool reset() noexcept { return id_ < 0 || Close(release()) >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using File = Handle<&H5Fclose>;
using Group = Handle<&H5Gclose>;
using Dataset = Handle<&H5Dclose>;
using Space = Handle<&H5Sclose>;
using Type = Handle<&H5Tclose>;
using PropertyList = Handle<&H5Pclose>;
using Attribute = Handle<&H5Aclose>;

}  // namespace tranche::store::h5
