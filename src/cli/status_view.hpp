/// \file
/// What the published files say about a campaign: its health, and a page of text.
/// Layer: application (cli), pure: files and clock are read by cmd_status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tranche/directory/owner.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/inspect/text_style.hpp"

namespace tranche::cli {

/// All that is known without asking anyone.
struct Sighting {
  std::string directory;
  directory::OwnerView owner;
  std::optional<directory::Status> status;
  std::vector<directory::FailureRow> failures;
  double now = 0;  ///< Unix time
};

enum class Health : std::uint8_t {
  untouched,  ///< never run
  running,
  waiting,     ///< for a decision at a gate, or more budget
  incomplete,  ///< nothing runs, work is left
  finished,
  paused,  ///< nothing runs, and nothing will until a person says so
  dead,    ///< says that it runs, and its process is gone
  mute,    ///< its process is there, and has not reported for too long
};

/// A heartbeat older than this is no heartbeat.
inline constexpr double stale_after_s = 60;

Health health(const Sighting& sighting);
std::string_view to_string(Health health);

/// `status --exit-code`: 0 finished, 3 waiting, 4 incomplete and nothing running, 10 running, 11 dead.
int status_code(Health health);

/// A page within the style's width.
std::string status_text(const Sighting& sighting, const inspect::TextStyle& style);

}  // namespace tranche::cli
