/// \file
/// The owner file: the one live run of a campaign (DESIGN: created by link(2)).
/// Layer: adapter (POSIX files). The counter moves on a thread of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "tranche/directory/files.hpp"

namespace tranche::directory {

/// Contents of the owner file.
struct OwnerFacts {
  std::string nonce;
  std::string host;
  std::string boot_id;
  std::int64_t pid = 0;
  std::uint64_t pid_started = 0;  ///< start time of the process in clock ticks since boot
  std::string pid_namespace;      ///< in which the pid counts (containers)
  std::string slurm_job_id;       ///< empty outside Slurm
  std::string slurm_restart_count;
  std::string purpose;        ///< `run`, `approve`, ...
  double since = 0;           ///< Unix time
  std::uint64_t counter = 0;  ///< moved every 2 s
};

enum class OwnerState : std::uint8_t {
  none,    ///< no owner file
  alive,   ///< this host says the process lives, or the counter moved
  dead,    ///< same host and boot, and the process is gone; or the host was booted again
  silent,  ///< another host, and the counter has not moved yet: nobody can tell without waiting
};

struct OwnerView {
  OwnerState state = OwnerState::none;
  OwnerFacts facts;
};

/// Looks once; never waits. `alive` or `dead` from the same host, else `silent`.
OwnerView look_at_owner(const CampaignPaths& paths);

/// What to do with an owner on another host that did not move its counter for as long as we watched.
enum class SilentOwner : std::uint8_t {
  refuse,
  replace,  ///< `run --takeover`: a person says that it is gone
};

/// Ownership of a campaign, held until destruction or release().
class Ownership {
 public:
  /// Takes the campaign. A dead owner is replaced; a silent one is watched for up to `patience_s` on our
  /// own clock. \throws Failure{owned} naming host, pid and since when.
  static Ownership acquire(const CampaignPaths& paths, const std::string& purpose, double patience_s = 60,
                           SilentOwner silent = SilentOwner::refuse);
  Ownership(Ownership&&) noexcept;
  Ownership& operator=(Ownership&&) noexcept;
  ~Ownership();

  const std::string& nonce() const noexcept;
  /// Reads the file again: is it still ours? (the fence before writes)
  bool holds() const;
  /// Removes the file if it is still ours. Does nothing in a forked child.
  void release();

 private:
  struct Impl;
  explicit Ownership(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// For agents on other ranks: does the owner file carry this nonce?
bool owner_is(const CampaignPaths& paths, const std::string& nonce);

}  // namespace tranche::directory
