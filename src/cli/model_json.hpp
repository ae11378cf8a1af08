/// \file
/// A leaderboard as JSON. Layer: application (cli).
#pragma once

#include "json_output.hpp"
#include "tranche/models/leaderboard.hpp"

namespace tranche::cli {

/// Every number of every row, what was chosen, and by what.
Json to_json(const models::Leaderboard& board);

}  // namespace tranche::cli
