/// \file
/// The owner file: the one live run of a campaign (DESIGN: created by link(2)).
/// Layer: adapter (POSIX files). The counter moves on a thread of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tranche/base/errors.hpp"
#include "tranche/base/job_state.hpp"
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

/// As in the owner file, one line.
std::string to_json_text(const OwnerFacts& facts);

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

using JobQuestion = std::function<JobState(const std::string& job_id)>;

/// What the batch system says of the owner's job; of our own job nothing is asked, but an earlier start of it
/// is gone. `no_answer` if there is no job, or nobody to ask.
JobState ask_job_of(const OwnerFacts& owner, const JobQuestion& ask);

/// Said before anything is started that would only wait for what the owner holds. One on another host is
/// watched for 5 s, unless its job has ended; if it does not move, nothing is known. \throws Failure{owned}
/// if it lives
void require_no_living_owner(const CampaignPaths& paths, const JobQuestion& ask);

/// How to deal with an owner that this host cannot judge.
struct Challenge {
  double patience_s = 60;  ///< how long its counter is watched, on our own clock
  SilentOwner silent = SilentOwner::refuse;
  /// Empty: nobody to ask. Not asked of our own job: that it runs says nothing about an earlier start of it,
  /// which is gone if its restart count is smaller than ours.
  JobQuestion ask_job = {};
};

/// Ownership of a campaign, held until destruction or release().
class Ownership {
 public:
  /// Takes the campaign. A dead owner is replaced, and one whose job has ended. A silent one is watched; of
  /// one that keeps still it is believed that its job is gone if there is no record of the job.
  /// \throws Failure{owned} naming host, pid and since when.
  static Ownership acquire(const CampaignPaths& paths, const std::string& purpose,
                           const Challenge& challenge = {});
  Ownership(Ownership&&) noexcept;
  Ownership& operator=(Ownership&&) noexcept;
  ~Ownership();

  const std::string& nonce() const noexcept;
  /// The owner that was replaced on a person's word: it might live.
  const std::optional<OwnerFacts>& taken_over() const noexcept;
  /// Whether an owner was replaced of which this host cannot tell that its process is gone: on a person's or
  /// the batch system's word. Its files may still be open, and locked.
  bool replaced_unseen() const noexcept;
  /// Reads the file again: is it still ours? (the fence before writes)
  bool holds() const;
  /// Why the counter could not be moved the last time, in the system's words: a challenger sees silence.
  std::optional<std::string> silent_because() const;
  /// Removes the file if it is still ours. Does nothing in a forked child.
  void release();

 private:
  struct Impl;
  explicit Ownership(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// For agents on other ranks: does the owner file carry this nonce?
bool owner_is(const CampaignPaths& paths, const std::string& nonce);
/// What a run says that finds another owner, or none.
Failure taken_over();
/// The fence before anything is written. \throws Failure{owned} if the campaign has another owner, or none
void require_owner(const CampaignPaths& paths, const std::string& nonce);

}  // namespace tranche::directory
