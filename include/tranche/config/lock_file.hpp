/// \file
/// lock/rN.yaml: a campaign expanded and frozen at its first run, and what has changed since.
/// Layer: adapter (config). Rank 0 only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/campaign/data_facts.hpp"
#include "tranche/campaign/spec.hpp"
#include "tranche/campaign/stage_plan.hpp"

namespace tranche::config {

/// What the lock records beside the campaign itself.
struct LockStamp {
  std::string campaign_id;  ///< the same for all revisions of a campaign directory
  std::uint16_t revision = 1;
  std::string simulator_digest;                   ///< of all files the simulator consists of
  std::map<std::string, std::string> versions;    ///< `tranche`, `hdf5`, ...
  std::map<std::string, std::string> files = {};  ///< of the simulator, by name: digest; empty in old locks
};

struct LockedStage {
  std::string name;
  std::uint64_t begin = 0;  ///< design indices [begin, end)
  std::uint64_t end = 0;
};

/// What a lock says.
struct LockFacts {
  LockStamp stamp;
  std::string name;
  std::string source_digest;
  std::uint64_t points = 0;
  std::vector<std::uint64_t> design_sizes;  ///< cumulative; StagePlan::design_sizes
  std::vector<LockedStage> stages;
  std::vector<campaign::DataFact> data;      ///< what decides the data, key by key
  std::vector<campaign::DataFact> settings;  ///< what may change freely, defaults filled in
};

/// The lock's text: YAML, readable by people, the same for the same arguments.
std::string lock_text(const campaign::CampaignSpec& spec, const campaign::StagePlan& plan,
                      const LockStamp& stamp);

/// Writes lock_text atomically: temporary file beside it, fsync, rename, fsync of the folder, which is
/// made if missing. \throws IoError with operation, path and the system's words
void write_lock(const std::filesystem::path& path, const campaign::CampaignSpec& spec,
                const campaign::StagePlan& plan, const LockStamp& stamp);

/// \throws DamageError if the text is no lock
LockFacts parse_lock(std::string_view text);

/// \throws IoError if the file cannot be read, DamageError if it is no lock
LockFacts read_lock(const std::filesystem::path& path);

/// What of the data-deciding keys differs, a line each: `parameters.delta: <old> -> <new>`. Empty: the
/// campaign is still the one that was locked. \throws DamageError if the text is no lock
std::vector<std::string> describe_change(std::string_view old_lock_text,
                                         const campaign::CampaignSpec& new_spec);
std::vector<std::string> describe_change(const LockFacts& old_lock, const campaign::CampaignSpec& new_spec);

}  // namespace tranche::config
