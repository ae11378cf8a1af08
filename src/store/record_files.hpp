/// \file
/// The files of one split of a data set, filled one after the other: `train-00000-of-00003.tfrecord`.
/// Layer: store (private adapter). Throws IoError with the file's name.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tranche::store {

class RecordFiles {
 public:
  /// \param records        how many will be added in all
  /// \param per_file  at most so many in a file; at least 1
  RecordFiles(std::filesystem::path folder, std::string split, std::uint64_t records, std::uint64_t per_file);

  void add(std::string_view message);
  /// Writes what is left. \pre all records were added
  void close();

  std::uint64_t records() const noexcept { return records_; }
  std::vector<std::string> names() const;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::string name(std::uint64_t file) const;
  std::filesystem::path path() const { return folder_ / name(added_ == 0 ? 0 : (added_ - 1) / per_file_); }
  void flush();
  void finish_file();
  [[noreturn]] void fail(const std::string& operation) const;

  std::filesystem::path folder_;
  std::string split_;
  std::uint64_t records_;
  std::uint64_t per_file_;
  std::uint64_t added_ = 0;
  std::string buffer_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace tranche::store
