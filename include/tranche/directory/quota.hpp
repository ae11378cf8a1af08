/// \file
/// How much this user, or group, may still write to a file system.
/// Layer: adapter (system call quotactl_fd; the program `lfs` of Lustre).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tranche::directory {

/// The tightest limit on space that is known.
struct Quota {
  std::string whose;             ///< user, group or project
  std::uint64_t used_bytes = 0;  ///< 0 <= used; may exceed the limit
  std::uint64_t limit_bytes = 0;

  std::uint64_t left_bytes() const noexcept {
    return limit_bytes > used_bytes ? limit_bytes - used_bytes : 0;
  }
};

/// Limits of this process's user and group on the file system of `folder`: the kernel's, or Lustre's by
/// `lfs`. Nothing if there is none, or none that a node can ask for (NFS, GPFS and others have tools of their
/// own).
std::optional<Quota> quota_of(const std::filesystem::path& folder);

/// One limit from `lfs quota -q`: path, used, soft and hard limit in KiB, ... A `*` behind a number says that
/// it is beyond its limit; 0 is no limit. Nothing if the text is of another form.
std::optional<Quota> parse_lfs_quota(std::string_view text);

}  // namespace tranche::directory
