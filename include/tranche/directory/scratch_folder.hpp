/// \file
/// A private folder for one process tree on a node's local disk.
/// Layer: adapter (POSIX files).
#pragma once

#include <filesystem>
#include <string>

namespace tranche::directory {

/// `$TMPDIR/tranche-<uid>-XXXXXX`, removed with its contents at destruction. A lock on a file inside says
/// that somebody uses it: forked processes hold it too, and kill -9 frees it. What dead ones left behind is
/// removed when the next one is made.
class ScratchFolder {
 public:
  /// \throws IoError
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string path() const { return path_.string(); }

 private:
  bool take_new(const std::filesystem::path& below);

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace tranche::directory
