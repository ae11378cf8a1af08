/// \file
/// The little of HDF5 that a surrogate's file needs: numbers and texts by path.
/// Layer: surrogate (private adapter; serial HDF5).
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace tranche::surrogate::h5 {

/// An HDF5 id with its own way to be closed.
class Id {
 public:
  using Close = herr_t (*)(hid_t);
  Id(hid_t id, Close close) noexcept : id_{id}, close_{close} {}
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_;
  Close close_;
};

/// A file being written. \throws IoError in every member
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path);

  void group(const std::string& path);
  void number(const std::string& path, double value);
  void text(const std::string& path, const std::string& value);
  void texts(const std::string& path, const std::vector<std::string>& values);
  void vector(const std::string& path, const std::vector<double>& values);
  void matrix(const std::string& path, const Eigen::Ref<const Eigen::MatrixXd>& values);
  void float_matrix(const std::string& path,
              const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>& values);
  /// Flushed, synced, closed.
  void finish();

 private:
  void write(const std::string& path, hid_t file_type, hid_t memory_type, const std::vector<hsize_t>& sizes,
             const void* data);

  std::filesystem::path path_;
  Id file_;
};

/// A file being read. \throws DamageError naming the path if it is missing or of another shape
class Reader {
 public:
  /// \throws IoError if it cannot be opened for reading; DamageError if it is no HDF5 file
  explicit Reader(const std::filesystem::path& path);

  bool has(const std::string& path) const;
  double number(const std::string& path) const;
  std::string text(const std::string& path) const;
  std::vector<std::string> texts(const std::string& path) const;
  std::vector<double> vector(const std::string& path) const;
  Eigen::MatrixXd matrix(const std::string& path) const;
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> float_matrix(
      const std::string& path) const;

 private:
  std::vector<hsize_t> read(const std::string& path, std::size_t rank, hid_t memory_type,
                            std::vector<std::byte>& bytes, std::size_t element) const;
  [[noreturn]] void damaged(const std::string& path, const std::string& what) const;

  std::filesystem::path path_;
  Id file_;
};

}  // namespace tranche::surrogate::h5
