#include "h5.hpp"

#include <hdf5_hl.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>

#include "file_ops.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::store::h5 {
namespace {

extern "C" herr_t keep_first(unsigned, const H5E_error2_t* error, void* text) {
  auto& first = *static_cast<std::string*>(text);
  if (first.empty() && error->desc != nullptr) first = error->desc;
  return 0;
}

/// File drivers add time, descriptor, buffer and offset: keeps what failed and the system's reason.
std::string without_addresses(const std::string& text) {
  constexpr std::string_view mark = "error message = '";
  const auto at = text.find(mark);
  if (at == std::string::npos) return text;
  const auto reason = text.substr(at + mark.size(), text.find('\'', at + mark.size()) - at - mark.size());
  return text.substr(0, text.find(':')) + ": " + reason;
}

/// Name of the file that an identifier belongs to; empty if it has none.
std::string file_of(hid_t where) {
  const ssize_t length = where < 0 ? -1 : H5Fget_name(where, nullptr, 0);
  if (length <= 0) return {};
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  H5Fget_name(where, name.data(), name.size());
  name.pop_back();
  return name;
}

std::string name_of(hid_t object) {
  const ssize_t length = H5Iget_name(object, nullptr, 0);
  if (length <= 0) return "dataset";
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  H5Iget_name(object, name.data(), name.size());
  name.pop_back();
  return name;
}

[[noreturn]] void fail_at_path(const std::string& operation, const std::string& path) {
  const int system = errno;
  std::string text = innermost_error();
  if (text.empty() && system != 0) text = std::strerror(system);
  throw IoError{"cannot " + operation + " " + path + ": " + text, room_fix(text)};
}

/// As fail, for an object whose name has to be asked for: that would clear the error stack.
[[noreturn]] void fail_on(const std::string& operation, const Dataset& dataset) {
  const std::string text = innermost_error();
  const std::string place = name_of(dataset.get()) + " in " + file_of(dataset.get());
  throw IoError{"cannot " + operation + " " + place + ": " + text, room_fix(text)};
}

template <class Owner>
Owner own(hid_t id, const char* operation, const std::string& object, hid_t where) {
  if (id < 0) fail(operation, object, where);
  return Owner{id};
}

void check(herr_t status, const char* operation, const std::string& object, hid_t where) {
  if (status < 0) fail(operation, object, where);
}

/// Serial access without file locks: the campaign's owner excludes other writers, and many cluster file
/// systems refuse flock.
PropertyList serial_access() {
  auto list = own<PropertyList>(H5Pcreate(H5P_FILE_ACCESS), "create", "a file access list", H5I_INVALID_HID);
  check(H5Pset_file_locking(list.get(), false, true), "set", "file locking", H5I_INVALID_HID);
  return list;
}

}  // namespace

void start() {
  H5dont_atexit();  // counts only before the first call of all
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string innermost_error() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, &keep_first, &text);
  return without_addresses(text);
}

void fail(const std::string& operation, const std::string& object, hid_t where) {
  const std::string text = innermost_error();  // first: the next call clears the stack
  const std::string file = file_of(where);
  const std::string place = file.empty() ? object : object + " in " + file;
  throw IoError{"cannot " + operation + " " + place + ": " + text, room_fix(text)};
}

hid_t stored_type(Element element) noexcept {
  switch (element) {
    case Element::u8:
      return H5T_STD_U8LE;
    case Element::u16:
      return H5T_STD_U16LE;
    case Element::i64:
      return H5T_STD_I64LE;
    case Element::u64:
      return H5T_STD_U64LE;
    case Element::f32:
      return H5T_IEEE_F32LE;
    case Element::f64:
      return H5T_IEEE_F64LE;
  }
  return H5I_INVALID_HID;
}

File create_file(const std::string& path) {
  start();
  const PropertyList access = serial_access();
  // Large datasets begin on a MiB, where striped file systems cut.
  check(H5Pset_alignment(access.get(), hsize_t{1} << 20, hsize_t{1} << 20), "set", "alignment", access.get());
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
  if (id < 0) fail_at_path("create", path);
  return File{id};
}

File create_in_memory(const std::string& name) {
  start();
  constexpr std::size_t step_bytes = std::size_t{64} << 10;
  const auto access =
      own<PropertyList>(H5Pcreate(H5P_FILE_ACCESS), "create", "a file access list", H5I_INVALID_HID);
  check(H5Pset_fapl_core(access.get(), step_bytes, false), "choose", "memory", H5I_INVALID_HID);
  const hid_t id = H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
  if (id < 0) fail_at_path("create", name);
  return File{id};
}

File open_file(const std::string& path, Access access) {
  start();
  const unsigned mode = access == Access::write ? H5F_ACC_RDWR : H5F_ACC_RDONLY;
  const PropertyList list = serial_access();
  errno = 0;
  const hid_t id = H5Fopen(path.c_str(), mode, list.get());
  if (id < 0) fail_at_path("open", path);
  return File{id};
}

File open_file(MPI_Comm comm, const std::string& path) {
  start();
  const auto list =
      own<PropertyList>(H5Pcreate(H5P_FILE_ACCESS), "create", "a file access list", H5I_INVALID_HID);
  check(H5Pset_fapl_mpio(list.get(), comm, MPI_INFO_NULL), "choose", "MPI-IO", H5I_INVALID_HID);
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDWR, list.get());
  if (id < 0) fail_at_path("open", path);
  return File{id};
}

void flush(const File& file) {
  check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), "flush", "file", file.get());
}

void close(File& file, const std::string& path) {
  if (!file.reset()) fail_at_path("close", path);
}

Group create_group(hid_t where, const std::string& name) {
  return own<Group>(H5Gcreate2(where, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), "create", name,
                    where);
}

Dataset create_dataset(hid_t where, const std::string& name, hid_t type, const Space& space,
                       const PropertyList& creation) {
  return own<Dataset>(
      H5Dcreate2(where, name.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), "create",
      name, where);
}

Dataset create_filled(hid_t where, const std::string& name, hid_t type, const Dims& dims, const void* data) {
  Dataset dataset = create_dataset(where, name, type, simple_space(dims), creation_list());
  check(H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "write", name, where);
  return dataset;
}

Dataset open_dataset(hid_t where, const std::string& name) {
  return own<Dataset>(H5Dopen2(where, name.c_str(), H5P_DEFAULT), "open", name, where);
}

bool has_link(hid_t where, const std::string& name) {
  const auto slash = name.find('/');
  if (slash != std::string::npos && !has_link(where, name.substr(0, slash))) return false;
  return H5Lexists(where, name.c_str(), H5P_DEFAULT) > 0;
}

Dims dims_of(const Dataset& dataset) {
  const Space space{H5Dget_space(dataset.get())};
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) fail("read the shape of", name_of(dataset.get()), dataset.get());
  Dims dims(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  return dims;
}

bool holds(const Dataset& dataset, Element element) {
  const Type type{H5Dget_type(dataset.get())};
  return type && H5Tequal(type.get(), stored_type(element)) > 0;
}

Space simple_space(const Dims& dims) {
  return own<Space>(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), "create",
                    "a dataspace", H5I_INVALID_HID);
}

Space row_space(const Dims& dims, hsize_t first, hsize_t count) {
  Space space = simple_space(dims);
  select_rows(space, dims, first, count);
  return space;
}

void select_rows(const Space& space, const Dims& dims, hsize_t first, hsize_t count) {
  Dims start(dims.size(), 0);
  Dims extent = dims;
  start.front() = first;
  extent.front() = count;
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr),
        "select", "rows", H5I_INVALID_HID);
}

void select_none(const Space& space) {
  check(H5Sselect_none(space.get()), "select", "no rows", H5I_INVALID_HID);
}

Space unite(const Space& a, const Space& b) {
  return own<Space>(H5Scombine_select(a.get(), H5S_SELECT_OR, b.get()), "unite", "two selections",
                    H5I_INVALID_HID);
}

PropertyList creation_list() {
  auto list = own<PropertyList>(H5Pcreate(H5P_DATASET_CREATE), "create", "a creation list", H5I_INVALID_HID);
  check(H5Pset_obj_track_times(list.get(), false), "set", "object times", H5I_INVALID_HID);
  return list;
}

PropertyList contiguous_creation(Element element, Filling filling) {
  PropertyList list = creation_list();
  const H5D_fill_time_t time = filling == Filling::never ? H5D_FILL_TIME_NEVER : H5D_FILL_TIME_ALLOC;
  const H5D_alloc_time_t room = filling == Filling::when_written ? H5D_ALLOC_TIME_LATE : H5D_ALLOC_TIME_EARLY;
  check(H5Pset_layout(list.get(), H5D_CONTIGUOUS), "set", "layout", H5I_INVALID_HID);
  check(H5Pset_alloc_time(list.get(), room), "set", "allocation", H5I_INVALID_HID);
  check(H5Pset_fill_time(list.get(), time), "set", "fill time", H5I_INVALID_HID);
  set_fill_value(list, element);
  return list;
}

PropertyList chunked_creation(const Dims& chunk, unsigned deflate_level) {
  PropertyList list = creation_list();
  check(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), "set", "chunks",
        H5I_INVALID_HID);
  if (deflate_level == 0) return list;
  check(H5Pset_shuffle(list.get()), "set", "shuffle", H5I_INVALID_HID);
  check(H5Pset_deflate(list.get(), deflate_level), "set", "deflate", H5I_INVALID_HID);
  return list;
}

void set_fill_value(const PropertyList& creation, hid_t type, const void* value) {
  check(H5Pset_fill_value(creation.get(), type, value), "set", "fill value", H5I_INVALID_HID);
}

void set_fill_value(const PropertyList& creation, Element element) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::uint8_t zero = 0;
  if (is_real(element)) {
    set_fill_value(creation, H5T_NATIVE_DOUBLE, &nan);
  } else {
    set_fill_value(creation, H5T_NATIVE_UINT8, &zero);
  }
}

void map_virtual(const PropertyList& creation, const Space& here, const std::string& file,
                 const std::string& dataset, const Space& there) {
  check(H5Pset_virtual(creation.get(), here.get(), file.c_str(), dataset.c_str(), there.get()), "map",
        file + ":" + dataset, H5I_INVALID_HID);
}

PropertyList transfer_list(Transfer transfer) {
  auto list = own<PropertyList>(H5Pcreate(H5P_DATASET_XFER), "create", "a transfer list", H5I_INVALID_HID);
  const H5FD_mpio_xfer_t mode =
      transfer == Transfer::collective ? H5FD_MPIO_COLLECTIVE : H5FD_MPIO_INDEPENDENT;
  check(H5Pset_dxpl_mpio(list.get(), mode), "set", "transfer mode", H5I_INVALID_HID);
  return list;
}

void read(const Dataset& dataset, hid_t type, const Space& memory, const Space& file, void* data) {
  if (H5Dread(dataset.get(), type, memory.get(), file.get(), H5P_DEFAULT, data) < 0) fail_on("read", dataset);
}

void write(const Dataset& dataset, hid_t type, const Space& memory, const Space& file, hid_t transfer,
           const void* data) {
  if (H5Dwrite(dataset.get(), type, memory.get(), file.get(), transfer, data) < 0) fail_on("write", dataset);
}

void make_scale(const Dataset& dataset, const std::string& name) {
  check(H5DSset_scale(dataset.get(), name.c_str()), "make a dimension scale of", name, dataset.get());
}

void attach_scale(const Dataset& dataset, const Dataset& scale, unsigned dimension) {
  check(H5DSattach_scale(dataset.get(), scale.get(), dimension), "attach a dimension scale to",
        name_of(dataset.get()), dataset.get());
}

RowData::RowData(Dataset dataset, Element element)
    : dataset_{std::move(dataset)}, dims_{dims_of(dataset_)}, type_{stored_type(element)} {
  space_ = simple_space(dims_);
}

RowData RowData::open(hid_t where, const std::string& name, Element element) {
  return RowData{open_dataset(where, name), element};
}

void RowData::read(hsize_t first, hsize_t count, void* data) const {
  if (count == 0) return;
  Dims extent = dims_;
  extent.front() = count;
  select_rows(space_, dims_, first, count);
  h5::read(dataset_, type_, simple_space(extent), space_, data);
}

void RowData::write(hsize_t first, hsize_t count, const void* data, hid_t transfer) const {
  if (count == 0) return;
  Dims extent = dims_;
  extent.front() = count;
  select_rows(space_, dims_, first, count);
  h5::write(dataset_, type_, simple_space(extent), space_, transfer, data);
}

void RowData::release() noexcept {
  dataset_.release();
  space_.reset();
}

void RowData::close() noexcept {
  dataset_.reset();
  space_.reset();
}

}  // namespace tranche::store::h5
