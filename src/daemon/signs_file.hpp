/// \file
/// One counter a rank, in a file that all ranks share: signs of life while MPI is busy.
/// Layer: daemon (POSIX files). Any thread of any rank. The file is a help, never a need: what cannot be
/// written or read is no error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace tranche::daemon {

class SignsFile {
 public:
  /// `path`: directory::signs_path(), a name that all ranks know from the start
  explicit SignsFile(std::filesystem::path path) : path_{std::move(path)} {}

  /// Rank 0. Takes the space at once: a disk that is full later silences nobody.
  void make(int ranks) const;
  void remove() const noexcept;
  /// Files of runs that died, in the same folder; of outcomes those that are an hour old. Only for the owner
  /// of the campaign.
  void remove_others() const noexcept;

  /// Through a descriptor of its own each time: what network file systems look at anew. False: not written.
  bool write(int rank, std::uint64_t counter) const;
  /// Of ranks first .. first + count - 1; fewer, or none, if the file has no more.
  std::vector<std::uint64_t> read(int first, int count) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tranche::daemon
