/// \file
/// Numbers in texts: columns of tables, and values behind a key.
/// Layer: core (pure). O(bytes). `file` is for messages only.
#pragma once

#include <cstdint>

#include "tranche/readout/fault.hpp"

namespace tranche::readout {

/// Columns are counted from 1; 0: none.
struct TableShape {
  std::uint32_t column = 1;
  std::uint32_t axis_column = 0;
  std::uint32_t skip = 0;  ///< lines before the table
};

/// One number a row; `axis` is empty without an axis column.
struct Table {
  Numbers values;
  Numbers axis;
};

/// Blanks, tabs, commas and semicolons separate. Empty lines, and lines that begin with #, % or !, are
/// no rows.
Result<Table> read_table(std::string_view text, const TableShape& shape, std::string_view file);

/// The numbers behind `key =` or `key:` in the last line that begins with it, perhaps behind a comment sign.
/// `count` are due; words behind them do not matter, and go to `behind` if it is given: perhaps a unit.
Result<Numbers> read_key(std::string_view text, std::string_view key, std::size_t count,
                         std::string_view file, std::string* behind = nullptr);

}  // namespace tranche::readout
