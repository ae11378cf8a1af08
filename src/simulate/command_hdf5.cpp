#include "command_hdf5.hpp"

#include <hdf5.h>
#include <unistd.h>

#include <utility>

namespace tranche::simulate {
namespace {

using readout::Fault;
using readout::Numbers;

constexpr hssize_t most_numbers = hssize_t{1} << 28;

/// Closes what it holds.
template <herr_t (*close)(hid_t)>
class Handle {
 public:
  explicit Handle(hid_t id) noexcept : id_{id} {}
  ~Handle() {
    if (id_ >= 0) close(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_;
};

/// The library prints nothing by itself: faults are ours to tell.
void keep_quiet() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

}  // namespace

readout::Result<Numbers> read_hdf5(const std::string& path, const std::string& file,
                                   const std::string& dataset) {
  keep_quiet();
  if (::access(path.c_str(), R_OK) != 0) return Fault{"no_output", file + " is not there"};
  const Handle<H5Fclose> opened{H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)};
  if (!opened) return Fault{"parse", file + ": not an HDF5 file, or not closed"};
  const Handle<H5Dclose> data{H5Dopen2(opened.get(), dataset.c_str(), H5P_DEFAULT)};
  if (!data) return Fault{"no_output", file + ": there is no dataset " + dataset};
  const Handle<H5Tclose> type{H5Dget_type(data.get())};
  const auto kind = H5Tget_class(type.get());
  if (kind != H5T_FLOAT && kind != H5T_INTEGER)
    return Fault{"parse", file + ": " + dataset + " holds no numbers"};
  const Handle<H5Sclose> space{H5Dget_space(data.get())};
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count < 0 || count > most_numbers)
    return Fault{"too_long", file + ": " + dataset + " has " + std::to_string(count) + " numbers"};
  Numbers numbers(static_cast<std::size_t>(count));
  if (count > 0 && H5Dread(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) < 0)
    return Fault{"parse", file + ": " + dataset + " cannot be read"};
  return numbers;
}

}  // namespace tranche::simulate
