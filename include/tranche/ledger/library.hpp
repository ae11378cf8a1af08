/// \file
/// The SQLite this program runs with. Layer: adapter (SQLite).
#pragma once

#include <string>

namespace tranche::ledger {

/// `SQLite 3.40.1`.
std::string library_version();

}  // namespace tranche::ledger
