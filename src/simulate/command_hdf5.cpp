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

/// A text attribute; empty if there is none of this name.
std::string text_attribute(hid_t object, const char* name) {
  if (H5Aexists(object, name) <= 0) return {};
  const Handle<H5Aclose> attribute{H5Aopen(object, name, H5P_DEFAULT)};
  const Handle<H5Tclose> type{H5Aget_type(attribute.get())};
  const Handle<H5Sclose> space{H5Aget_space(attribute.get())};
  if (H5Tget_class(type.get()) != H5T_STRING || H5Sget_simple_extent_npoints(space.get()) != 1) return {};
  if (H5Tis_variable_str(type.get()) > 0) {
    char* text = nullptr;
    if (H5Aread(attribute.get(), type.get(), &text) < 0 || text == nullptr) return {};
    std::string copy{text};
    H5free_memory(text);
    return copy;
  }
  std::string text(H5Tget_size(type.get()), '\0');
  if (H5Aread(attribute.get(), type.get(), text.data()) < 0) return {};
  return text.substr(0, text.find('\0'));
}

std::string unit_of(hid_t dataset) {
  auto unit = text_attribute(dataset, "units");
  return unit.empty() ? text_attribute(dataset, "unit") : unit;
}

}  // namespace

readout::Result<Numbers> read_hdf5(const std::string& path, const std::string& file,
                                   const std::string& dataset, std::string& unit) {
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
  unit = unit_of(data.get());
  Numbers numbers(static_cast<std::size_t>(count));
  if (count > 0 && H5Dread(data.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) < 0)
    return Fault{"parse", file + ": " + dataset + " cannot be read"};
  return numbers;
}

}  // namespace tranche::simulate
