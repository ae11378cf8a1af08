/// \file
/// Opens a stage file after looking whether it is the one that is meant.
/// Layer: store (private adapter). Serial, any one process.
#pragma once

#include <string>
#include <vector>

#include "columns.hpp"
#include "h5.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// A checked stage file; `columns` and `data` in the order of columns_of(layout.spec).
struct OpenStage {
  std::string path;
  h5::File file;
  std::vector<Column> columns;
  std::vector<h5::RowData> data;

  /// The column with this content (and position among its kind).
  const h5::RowData& column(Content content, std::size_t which = 0) const;
};

/// Throws DamageError (missing, not HDF5, cut short, another campaign's, another shape), Failure with
/// ExitCode::usage (format newer than ours), IoError (permissions, disk).
OpenStage open_checked(const std::string& campaign_dir, const StageLayout& layout, h5::Access access);

/// Opens every column of an opened file, no checks.
std::vector<h5::RowData> open_columns(const h5::File& file, const std::vector<Column>& columns);

}  // namespace tranche::store
