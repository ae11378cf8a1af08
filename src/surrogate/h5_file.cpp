#include "h5_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "tranche/base/errors.hpp"

namespace tranche::surrogate::h5 {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// HDF5 shall not print: what went wrong is said once, by whoever catches.
void be_quiet() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

hid_t create(const std::filesystem::path& path) {
  be_quiet();
  return H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

hid_t open(const std::filesystem::path& path) {
  be_quiet();
  return H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
}

hid_t variable_text() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

Id text_type() {
  return Id{variable_text(), H5Tclose};
}

}  // namespace

Writer::Writer(const std::filesystem::path& path) : path_{path}, file_{create(path), H5Fclose} {
  if (!file_) throw IoError{"create " + path.string() + ": " + std::strerror(errno)};
}

void Writer::group(const std::string& path) {
  const Id made{H5Gcreate2(file_.get(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose};
  if (!made) throw IoError{"write " + path_.string() + ": group " + path};
}

void Writer::write(const std::string& path, hid_t file_type, hid_t memory_type,
                   const std::vector<hsize_t>& sizes, const void* data) {
  const Id space{sizes.empty() ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                 H5Sclose};
  const Id set{H5Dcreate2(file_.get(), path.c_str(), file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT,
                          H5P_DEFAULT),
               H5Dclose};
  const bool any = H5Sget_simple_extent_npoints(space.get()) > 0;
  if (!set || (any && H5Dwrite(set.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0))
    throw IoError{"write " + path_.string() + ": dataset " + path};
}

void Writer::number(const std::string& path, double value) {
  write(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {}, &value);
}

void Writer::text(const std::string& path, const std::string& value) {
  const auto type = text_type();
  const char* data = value.c_str();
  write(path, type.get(), type.get(), {}, &data);
}

void Writer::texts(const std::string& path, const std::vector<std::string>& values) {
  const auto type = text_type();
  std::vector<const char*> data;
  for (const auto& value : values) data.push_back(value.c_str());
  write(path, type.get(), type.get(), {data.size()}, data.data());
}

void Writer::vector(const std::string& path, const std::vector<double>& values) {
  write(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, {values.size()}, values.data());
}

void Writer::matrix(const std::string& path, const Eigen::Ref<const Eigen::MatrixXd>& values) {
  const RowMajor rows = values;
  write(path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
        {static_cast<hsize_t>(rows.rows()), static_cast<hsize_t>(rows.cols())}, rows.data());
}

void Writer::float_matrix(
    const std::string& path,
    const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>& values) {
  write(path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT,
        {static_cast<hsize_t>(values.rows()), static_cast<hsize_t>(values.cols())}, values.data());
}

void Writer::finish() {
  if (H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) < 0) throw IoError{"flush " + path_.string()};
  const int number = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = number >= 0 && ::fsync(number) == 0;
  const int error = errno;
  if (number >= 0) ::close(number);
  if (!synced) throw IoError{"sync " + path_.string() + ": " + std::strerror(error)};
}

Reader::Reader(const std::filesystem::path& path) : path_{path}, file_{open(path), H5Fclose} {
  if (file_) return;
  if (::access(path.c_str(), R_OK) != 0)
    throw IoError{"open " + path.string() + ": " + std::strerror(errno)};
  throw DamageError{path.string() + " is no HDF5 file, or was cut off", "train again: tranche train"};
}

void Reader::damaged(const std::string& path, const std::string& what) const {
  throw DamageError{path_.string() + ": " + path + ' ' + what, "train again: tranche train"};
}

bool Reader::has(const std::string& path) const {
  return H5Lexists(file_.get(), path.c_str(), H5P_DEFAULT) > 0;
}

std::vector<hsize_t> Reader::read(const std::string& path, std::size_t rank, hid_t memory_type,
                                  std::vector<std::byte>& bytes, std::size_t element) const {
  if (!has(path)) damaged(path, "is missing");
  const Id set{H5Dopen2(file_.get(), path.c_str(), H5P_DEFAULT), H5Dclose};
  const Id space{set ? H5Dget_space(set.get()) : -1, H5Sclose};
  if (!space || H5Sget_simple_extent_ndims(space.get()) != static_cast<int>(rank))
    damaged(path, "has another shape");
  std::vector<hsize_t> sizes(rank);
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  const auto count = H5Sget_simple_extent_npoints(space.get());
  if (count < 0 || static_cast<std::uint64_t>(count) > (std::uint64_t{1} << 32)) damaged(path, "is too large");
  bytes.resize(static_cast<std::size_t>(count) * element);
  if (count > 0 && H5Dread(set.get(), memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0)
    damaged(path, "cannot be read");
  return sizes;
}

double Reader::number(const std::string& path) const {
  std::vector<std::byte> bytes;
  read(path, 0, H5T_NATIVE_DOUBLE, bytes, sizeof(double));
  double value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

std::string Reader::text(const std::string& path) const {
  const auto type = text_type();
  std::vector<std::byte> bytes;
  read(path, 0, type.get(), bytes, sizeof(char*));
  char* data = nullptr;
  std::memcpy(&data, bytes.data(), sizeof data);
  const std::unique_ptr<char, decltype(&H5free_memory)> owner{data, &H5free_memory};
  return data == nullptr ? std::string{} : std::string{data};
}

std::vector<std::string> Reader::texts(const std::string& path) const {
  const auto type = text_type();
  std::vector<std::byte> bytes;
  const auto sizes = read(path, 1, type.get(), bytes, sizeof(char*));
  std::vector<std::string> values;
  for (std::size_t k = 0; k < sizes[0]; ++k) {
    char* data = nullptr;
    std::memcpy(&data, bytes.data() + k * sizeof data, sizeof data);
    const std::unique_ptr<char, decltype(&H5free_memory)> owner{data, &H5free_memory};
    values.emplace_back(data == nullptr ? "" : data);
  }
  return values;
}

std::vector<double> Reader::vector(const std::string& path) const {
  std::vector<std::byte> bytes;
  const auto sizes = read(path, 1, H5T_NATIVE_DOUBLE, bytes, sizeof(double));
  std::vector<double> values(sizes[0]);
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

Eigen::MatrixXd Reader::matrix(const std::string& path) const {
  std::vector<std::byte> bytes;
  const auto sizes = read(path, 2, H5T_NATIVE_DOUBLE, bytes, sizeof(double));
  RowMajor rows(static_cast<Eigen::Index>(sizes[0]), static_cast<Eigen::Index>(sizes[1]));
  if (rows.size() > 0) std::memcpy(rows.data(), bytes.data(), bytes.size());
  return rows;
}

Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> Reader::float_matrix(
    const std::string& path) const {
  std::vector<std::byte> bytes;
  const auto sizes = read(path, 2, H5T_NATIVE_FLOAT, bytes, sizeof(float));
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows(
      static_cast<Eigen::Index>(sizes[0]), static_cast<Eigen::Index>(sizes[1]));
  if (rows.size() > 0) std::memcpy(rows.data(), bytes.data(), bytes.size());
  return rows;
}

}  // namespace tranche::surrogate::h5
