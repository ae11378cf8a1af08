/// \file
/// Texts as columns: NULL when empty, valid UTF-8 always. Layer: adapter (SQLite), private.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <string>

#include "utf8.hpp"

namespace tranche::ledger {

inline void bind_text(SQLite::Statement& statement, int column, const std::string& text) {
  text.empty() ? statement.bind(column) : statement.bind(column, valid_utf8(text));
}

}  // namespace tranche::ledger
