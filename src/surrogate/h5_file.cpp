#include "h5_file.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate::h5 {
namespace {

constexpr std::size_t growth_bytes = std::size_t{1} << 20;

Id memory_access() {
  Id access{H5Pcreate(H5P_FILE_ACCESS), H5Pclose};
  H5Pset_fapl_core(access.get(), growth_bytes, 0);
  // Superblock, object headers and the index of chunks with checksums.
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_LATEST);
  return access;
}

hid_t create() {
  const auto access = memory_access();
  return H5Fcreate("surrogate.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
}

hid_t open(std::span<const std::byte> bytes) {
  const auto access = memory_access();
  // The call takes a pointer to what it only reads.
  auto* image = const_cast<std::byte*>(bytes.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  if (bytes.empty() || H5Pset_file_image(access.get(), image, bytes.size()) < 0) return H5I_INVALID_HID;
  return H5Fopen("surrogate.h5", H5F_ACC_RDONLY, access.get());
}

/// Of fixed length, so that nothing lies in a heap without checksums.
Id text_type(std::size_t length) {
  Id type{H5Tcopy(H5T_C_S1), H5Tclose};
  H5Tset_size(type.get(), std::max<std::size_t>(1, length));
  H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

Id simple_space(const Dims& dims) {
  return {dims.empty() ? H5Screate(H5S_SCALAR)
                       : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
          H5Sclose};
}

std::uint64_t elements(const Dims& dims) {
  std::uint64_t product = 1;
  for (const auto size : dims) {
    if (size != 0 && product > std::numeric_limits<std::uint64_t>::max() / size)
      return std::numeric_limits<std::uint64_t>::max();
    product *= size;
  }
  return product;
}

std::string shape_text(const Dims& dims) {
  std::string text;
  for (const auto size : dims) text += (text.empty() ? "" : " x ") + std::to_string(size);
  return text;
}

/// Without the padding.
std::string trimmed(const char* data, std::size_t length) {
  return {data, std::find(data, data + length, '\0')};
}

/// HDF5's checksum of metadata: lookup3 (Jenkins 2006, public domain), with 0 to start from.
std::uint32_t metadata_checksum(std::span<const std::byte> bytes) {
  constexpr std::size_t block = 12;
  const auto start = 0xdeadbeef + static_cast<std::uint32_t>(bytes.size());
  std::uint32_t a = start;
  std::uint32_t b = start;
  std::uint32_t c = start;
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 4 && at + k < bytes.size(); ++k)
      value |= std::to_integer<std::uint32_t>(bytes[at + k]) << (8 * k);
    return value;
  };
  std::size_t at = 0;
  for (; at + block < bytes.size(); at += block) {
    a += word(at), b += word(at + 4), c += word(at + 8);
    a -= c, a ^= std::rotl(c, 4), c += b;
    b -= a, b ^= std::rotl(a, 6), a += c;
    c -= b, c ^= std::rotl(b, 8), b += a;
    a -= c, a ^= std::rotl(c, 16), c += b;
    b -= a, b ^= std::rotl(a, 19), a += c;
    c -= b, c ^= std::rotl(b, 4), b += a;
  }
  a += word(at), b += word(at + 4), c += word(at + 8);
  c ^= b, c -= std::rotl(b, 14);
  a ^= c, a -= std::rotl(c, 11);
  b ^= a, b -= std::rotl(a, 25);
  c ^= b, c -= std::rotl(b, 16);
  a ^= c, a -= std::rotl(c, 4);
  b ^= a, b -= std::rotl(a, 14);
  c ^= b, c -= std::rotl(b, 24);
  return c;
}

/// The copy of an open file: 1.10.8 clears "open for writing" in it, and leaves the superblock's checksum as
/// it was.
void mark_closed(std::vector<std::byte>& image) {
  constexpr std::size_t flags = 11;
  constexpr std::size_t checked = 44;
  ensure(image.size() > checked + 4 && image[8] == std::byte{3}, "a superblock of version 3");
  image[flags] = std::byte{0};
  const auto sum = metadata_checksum(std::span{image}.first(checked));
  for (std::size_t k = 0; k < 4; ++k) image[checked + k] = static_cast<std::byte>(sum >> (8 * k));
}

}  // namespace

Quiet::Quiet() {
  H5Eget_auto2(H5E_DEFAULT, &print_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Quiet::~Quiet() {
  H5Eset_auto2(H5E_DEFAULT, print_, data_);
}

Writer::Writer() : file_{create(), H5Fclose} {
  if (!file_) throw IoError{"make a surrogate's file in memory: HDF5 refuses"};
}

void Writer::group(const std::string& path) {
  const Id made{H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
  if (!made) throw IoError{"write a surrogate: group " + path};
}

void Writer::attribute(const std::string& group, const std::string& name, hid_t file_type, hid_t memory_type,
                       const void* data) {
  const auto space = simple_space({});
  const Id made{H5Acreate_by_name(file_.get(), group.c_str(), name.c_str(), file_type, space.get(),
                                  H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                H5Aclose};
  if (!made || H5Awrite(made.get(), memory_type, data) < 0)
    throw IoError{"write a surrogate: attribute " + group + ":" + name};
}

void Writer::attribute(const std::string& group, const std::string& name, double value) {
  attribute(group, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value);
}

void Writer::attribute(const std::string& group, const std::string& name, std::uint64_t value) {
  attribute(group, name, H5T_STD_U64LE, H5T_NATIVE_UINT64, &value);
}

void Writer::attribute(const std::string& group, const std::string& name, const std::string& value) {
  const auto type = text_type(value.size());
  attribute(group, name, type.get(), type.get(), value.c_str());
}

void Writer::dataset(const std::string& path, hid_t file_type, hid_t memory_type, const Dims& dims,
                     const void* data) {
  const auto space = simple_space(dims);
  const Id creation{H5Pcreate(H5P_DATASET_CREATE), H5Pclose};
  const bool any = elements(dims) > 0;
  if (any) {
    H5Pset_chunk(creation.get(), static_cast<int>(dims.size()), dims.data());
    H5Pset_fletcher32(creation.get());
  }
  const Id made{
      H5Dcreate2(file_.get(), path.c_str(), file_type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
      H5Dclose};
  if (!made || (any && H5Dwrite(made.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0))
    throw IoError{"write a surrogate: dataset " + path};
}

void Writer::texts(const std::string& path, const std::vector<std::string>& values) {
  std::size_t length = 1;
  for (const auto& value : values) length = std::max(length, value.size());
  std::vector<char> block(values.size() * length, '\0');
  for (std::size_t k = 0; k < values.size(); ++k)
    std::copy(values[k].begin(), values[k].end(), block.begin() + static_cast<std::ptrdiff_t>(k * length));
  const auto type = text_type(length);
  dataset(path, type.get(), type.get(), {values.size()}, block.data());
}

void Writer::vector(const std::string& path, std::span<const double> values) {
  dataset(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {values.size()}, values.data());
}

void Writer::vector(const std::string& path, std::span<const float> values) {
  dataset(path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {values.size()}, values.data());
}

void Writer::vector(const std::string& path, std::span<const std::uint64_t> values) {
  dataset(path, H5T_STD_U64LE, H5T_NATIVE_UINT64, {values.size()}, values.data());
}

void Writer::matrix(const std::string& path, const Doubles& values) {
  dataset(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
          {static_cast<hsize_t>(values.rows()), static_cast<hsize_t>(values.cols())}, values.data());
}

void Writer::matrix(const std::string& path, const Floats& values) {
  dataset(path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT,
          {static_cast<hsize_t>(values.rows()), static_cast<hsize_t>(values.cols())}, values.data());
}

std::vector<std::byte> Writer::bytes() {
  const bool flushed = H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) >= 0;
  const auto size = flushed ? H5Fget_file_image(file_.get(), nullptr, 0) : -1;
  if (size <= 0) throw IoError{"write a surrogate: flush"};
  std::vector<std::byte> image(static_cast<std::size_t>(size));
  if (H5Fget_file_image(file_.get(), image.data(), image.size()) != size)
    throw IoError{"write a surrogate: the file in memory cannot be read"};
  mark_closed(image);
  return image;
}

Reader::Reader(std::string name, std::span<const std::byte> bytes)
    : name_{std::move(name)}, bytes_{bytes.size()}, file_{open(bytes), H5Fclose} {
  if (!file_)
    throw DamageError{name_ + " is no HDF5 file, or was cut off (" + std::to_string(bytes_) + " bytes)",
                      "copy it again, or train again: tranche train"};
}

void Reader::damaged(const std::string& piece, const std::string& what) const {
  throw DamageError{name_ + ": " + piece + ' ' + what, "copy the file again, or train again: tranche train"};
}

bool Reader::has(const std::string& path) const {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (H5Lexists(file_.get(), path.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0;
}

bool Reader::has_attribute(const std::string& group, const std::string& name) const {
  return (group == "/" || has(group)) &&
         H5Aexists_by_name(file_.get(), group.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

Id Reader::attribute(const std::string& group, const std::string& name, H5T_class_t kind) const {
  const auto piece = "attribute " + name + " of " + group;
  if (!has_attribute(group, name)) damaged(piece, "is missing");
  Id found{H5Aopen_by_name(file_.get(), group.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose};
  const Id type{found ? H5Aget_type(found.get()) : H5I_INVALID_HID, H5Tclose};
  const Id space{found ? H5Aget_space(found.get()) : H5I_INVALID_HID, H5Sclose};
  if (!type || !space) damaged(piece, "cannot be read");
  if (H5Tget_class(type.get()) != kind || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      (kind == H5T_STRING && H5Tis_variable_str(type.get()) > 0))
    damaged(piece, "is of another kind");
  return found;
}

double Reader::number(const std::string& group, const std::string& name) const {
  const auto found = attribute(group, name, H5T_FLOAT);
  double value = 0;
  if (H5Aread(found.get(), H5T_NATIVE_DOUBLE, &value) < 0)
    damaged("attribute " + name + " of " + group, "cannot be read");
  return value;
}

std::uint64_t Reader::count(const std::string& group, const std::string& name) const {
  const auto found = attribute(group, name, H5T_INTEGER);
  std::uint64_t value = 0;
  if (H5Aread(found.get(), H5T_NATIVE_UINT64, &value) < 0)
    damaged("attribute " + name + " of " + group, "cannot be read");
  return value;
}

std::string Reader::text(const std::string& group, const std::string& name) const {
  const auto found = attribute(group, name, H5T_STRING);
  const Id type{H5Aget_type(found.get()), H5Tclose};
  const auto length = H5Tget_size(type.get());
  if (length > bytes_) damaged("attribute " + name + " of " + group, "is longer than the file");
  std::vector<char> data(length);
  if (H5Aread(found.get(), type.get(), data.data()) < 0)
    damaged("attribute " + name + " of " + group, "cannot be read");
  return trimmed(data.data(), length);
}

Id Reader::dataset(const std::string& path) const {
  if (!has(path)) damaged("dataset " + path, "is missing");
  return {H5Dopen2(file_.get(), path.c_str(), H5P_DEFAULT), H5Dclose};
}

Dims Reader::dims(const Id& dataset, const std::string& path, std::size_t rank, H5T_class_t kind) const {
  const Id space{dataset ? H5Dget_space(dataset.get()) : H5I_INVALID_HID, H5Sclose};
  const Id type{dataset ? H5Dget_type(dataset.get()) : H5I_INVALID_HID, H5Tclose};
  if (!space || !type) damaged("dataset " + path, "cannot be read");
  if (H5Tget_class(type.get()) != kind || (kind == H5T_STRING && H5Tis_variable_str(type.get()) > 0))
    damaged("dataset " + path, "is of another kind");
  if (H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(rank))
    damaged("dataset " + path, "has not " + std::to_string(rank) + " dimensions");
  Dims found(rank);
  H5Sget_simple_extent_dims(space.get(), found.data(), nullptr);
  const auto many = elements(found);
  if (many > bytes_ || many * H5Tget_size(type.get()) > bytes_)
    damaged("dataset " + path, "(" + shape_text(found) + ") is larger than the file");
  return found;
}

void Reader::read(const Id& dataset, const std::string& path, hid_t memory_type, void* data) const {
  if (H5Dread(dataset.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
    damaged("dataset " + path, "cannot be read, or its checksum is wrong");
}

void Reader::expect(const std::string& path, const Dims& found, const Dims& wanted) const {
  if (found != wanted)
    damaged("dataset " + path, "is " + shape_text(found) + ", and must be " + shape_text(wanted));
}

std::vector<std::string> Reader::texts(const std::string& path) const {
  const auto found = dataset(path);
  const auto size = dims(found, path, 1, H5T_STRING)[0];
  const Id type{H5Dget_type(found.get()), H5Tclose};
  const auto length = H5Tget_size(type.get());
  std::vector<char> block(size * length);
  if (size > 0) read(found, path, type.get(), block.data());
  std::vector<std::string> values;
  for (std::size_t k = 0; k < size; ++k) values.push_back(trimmed(block.data() + k * length, length));
  return values;
}

std::vector<double> Reader::vector(const std::string& path) const {
  const auto found = dataset(path);
  std::vector<double> values(dims(found, path, 1, H5T_FLOAT)[0]);
  if (!values.empty()) read(found, path, H5T_NATIVE_DOUBLE, values.data());
  return values;
}

Doubles Reader::matrix(const std::string& path, std::uint64_t rows, std::uint64_t columns) const {
  const auto found = dataset(path);
  expect(path, dims(found, path, 2, H5T_FLOAT), {rows, columns});
  Doubles values(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  if (values.size() > 0) read(found, path, H5T_NATIVE_DOUBLE, values.data());
  return values;
}

Floats Reader::float_matrix(const std::string& path, std::uint64_t rows, std::uint64_t columns) const {
  const auto found = dataset(path);
  expect(path, dims(found, path, 2, H5T_FLOAT), {rows, columns});
  Floats values(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  if (values.size() > 0) read(found, path, H5T_NATIVE_FLOAT, values.data());
  return values;
}

std::vector<float> Reader::float_vector(const std::string& path, std::uint64_t size) const {
  const auto found = dataset(path);
  expect(path, dims(found, path, 1, H5T_FLOAT), {size});
  std::vector<float> values(size);
  if (!values.empty()) read(found, path, H5T_NATIVE_FLOAT, values.data());
  return values;
}

}  // namespace tranche::surrogate::h5
