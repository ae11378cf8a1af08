/// \file
/// The little of HDF5 that a surrogate's file needs: numbers, texts and matrices by path, in memory.
/// Layer: surrogate (private adapter; compiled against either build of HDF5). Disks are not seen here: HDF5
/// cannot close a file on a full one. One thread at a time.
#pragma once

#include <hdf5.h>

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tranche::surrogate::h5 {

using Dims = std::vector<hsize_t>;
using Doubles = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Floats = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// An HDF5 id with its own way to be closed.
class Id {
 public:
  using CloseCall = herr_t (*)(hid_t);
  Id(hid_t id, CloseCall how) noexcept : id_{id}, close_{how} {}
  Id(Id&& other) noexcept : id_{std::exchange(other.id_, H5I_INVALID_HID)}, close_{other.close_} {}
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  Id& operator=(Id&&) = delete;
  hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_;
  CloseCall close_;
};

/// No printing by HDF5 while it lives; the program's own choice afterwards.
class Quiet {
 public:
  Quiet();
  ~Quiet();
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  H5E_auto2_t print_ = nullptr;
  void* data_ = nullptr;
};

/// A file being made. Datasets carry checksums (Fletcher-32); metadata has HDF5's own.
/// \throws IoError in every member
class Writer {
 public:
  Writer();

  void group(const std::string& path);
  void attribute(const std::string& group, const std::string& name, double value);
  void attribute(const std::string& group, const std::string& name, std::uint64_t value);
  void attribute(const std::string& group, const std::string& name, const std::string& value);
  void texts(const std::string& path, const std::vector<std::string>& values);
  void vector(const std::string& path, std::span<const double> values);
  void vector(const std::string& path, std::span<const std::uint64_t> values);
  void matrix(const std::string& path, const Doubles& values);
  void vector(const std::string& path, std::span<const float> values);
  void matrix(const std::string& path, const Floats& values);
  /// The whole file.
  std::vector<std::byte> bytes();

 private:
  void attribute(const std::string& group, const std::string& name, hid_t file_type, hid_t memory_type,
                 const void* data);
  void dataset(const std::string& path, hid_t file_type, hid_t memory_type, const Dims& dims,
               const void* data);

  Quiet quiet_;
  Id file_;
};

/// A file being read. No size it states is believed before it is compared with the size of the file.
/// \throws DamageError naming file and piece if that is missing, of another kind or of another shape
class Reader {
 public:
  /// `name`: for messages. \throws DamageError if the bytes are no HDF5 file, or not all of it
  Reader(std::string name, std::span<const std::byte> bytes);

  bool has(const std::string& path) const;
  bool has_attribute(const std::string& group, const std::string& name) const;
  double number(const std::string& group, const std::string& name) const;
  std::uint64_t count(const std::string& group, const std::string& name) const;
  std::string text(const std::string& group, const std::string& name) const;
  std::vector<std::string> texts(const std::string& path) const;
  std::vector<double> vector(const std::string& path) const;
  /// \throws DamageError naming both shapes if it is not rows x columns
  Doubles matrix(const std::string& path, std::uint64_t rows, std::uint64_t columns) const;
  Floats float_matrix(const std::string& path, std::uint64_t rows, std::uint64_t columns) const;
  std::vector<float> float_vector(const std::string& path, std::uint64_t size) const;

  /// Throws DamageError: `file: piece what`.
  [[noreturn]] void damaged(const std::string& piece, const std::string& what) const;

 private:
  Id attribute(const std::string& group, const std::string& name, H5T_class_t kind) const;
  Id dataset(const std::string& path) const;
  Dims dims(const Id& dataset, const std::string& path, std::size_t rank, H5T_class_t kind) const;
  void read(const Id& dataset, const std::string& path, hid_t memory_type, void* data) const;
  void expect(const std::string& path, const Dims& found, const Dims& wanted) const;

  std::string name_;
  std::uint64_t bytes_;
  Quiet quiet_;
  Id file_;
};

}  // namespace tranche::surrogate::h5
