/// \file
/// Files of a campaign directory: where they are, and how they are written without half states.
/// Layer: adapter (POSIX files). Any process. Throws IoError with path and errno text.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace tranche::directory {

/// Places in a campaign directory. Paths are built, not checked.
class CampaignPaths {
 public:
  explicit CampaignPaths(std::filesystem::path root) : root_{std::move(root)} {}

  const std::filesystem::path& root() const noexcept { return root_; }
  std::filesystem::path campaign_yaml() const { return root_ / "campaign.yaml"; }
  std::filesystem::path lock(int revision) const {
    return root_ / "lock" / std::string{"r"}.append(std::to_string(revision)).append(".yaml");
  }
  std::filesystem::path ledger() const { return root_ / "ledger.sqlite"; }
  std::filesystem::path store() const { return root_ / "store"; }
  std::filesystem::path view() const { return root_ / "store.h5"; }
  std::filesystem::path status() const { return root_ / "status.json"; }
  std::filesystem::path failures() const { return root_ / "failures.json"; }
  std::filesystem::path inbox() const { return root_ / "inbox"; }
  std::filesystem::path owner() const { return root_ / "owner"; }
  std::filesystem::path failed() const { return root_ / "failed"; }  ///< what failed runs have left
  std::filesystem::path tried() const { return root_ / "tried"; }    ///< what `tranche try --keep` has
  std::filesystem::path models() const { return root_ / "models"; }  ///< a folder each: directory/models.hpp
  std::filesystem::path logs() const { return root_ / "logs"; }

 private:
  std::filesystem::path root_;
};

/// The campaign that `start` lies in: `start` itself. Absolute. \throws ConfigError if it holds no
/// campaign.yaml.
CampaignPaths find_campaign(const std::filesystem::path& start);

/// Nothing if the file does not exist.
std::optional<std::string> read_file(const std::filesystem::path& path);

enum class Durability { rename_only, fsynced };
/// Writes under a temporary name in the same folder, then renames: readers see old or new, never half.
void write_atomically(const std::filesystem::path& path, std::string_view text, Durability durability);

void make_folder(const std::filesystem::path& path);
/// Makes an empty file, mode by the umask, group of its folder, unless there is one: for libraries that
/// would create it with a mode of their own. Several processes may do so at once.
void make_file(const std::filesystem::path& path);
/// Gives a file or folder that a library made the group of the folder it lies in. Not being allowed to is
/// no error.
void follow_group(const std::filesystem::path& path);

/// Unix time in seconds, from the real-time clock.
double unix_now();
/// 128 random bits in hexadecimal, from the kernel.
std::string new_nonce();
std::string host_name();
std::string boot_id();

}  // namespace tranche::directory
