/// \file
/// Opens a stage file after looking whether it is the one that is meant.
/// Layer: store (private adapter). Serial, any one process.
#pragma once

#include <string>
#include <vector>

#include "columns.hpp"
#include "h5.hpp"
#include "tranche/store/stage_layout.hpp"
#include "tranche/store/stage_reader.hpp"

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

/// What messages call a file, and what to type when it is broken.
struct FileRole {
  std::string name;  ///< with its path
  const char* restore_fix;
  const char* verify_fix;
};

FileRole stage_role(const std::string& path);
/// The view: the next start writes it again.
FileRole view_role(const std::string& path);

/// Opens a file of the store. Throws as open_checked, which goes on to look at what is inside.
h5::File open_store_file(const std::string& path, const FileRole& role, h5::Access access);

/// Opens every column of layout.spec, with its type and shape checked.
void open_columns_checked(OpenStage& stage, const FileRole& role, const campaign::CampaignSpec& spec,
                          std::uint64_t rows);

/// All of a list of numbers. Throws DamageError unless it holds `count` of this type.
void read_list(hid_t where, const std::string& name, Element element, std::size_t count, const FileRole& role,
               void* out);

/// Points of an axis. Throws as read_list.
std::vector<double> read_axis(const h5::File& file, const campaign::Axis& axis, const FileRole& role);

/// Every column of row `row` (of the file, not an index).
std::vector<ColumnBytes> read_row(const OpenStage& stage, std::uint64_t row);

/// Throws DamageError (missing, not HDF5, cut short, another campaign's, another shape), Failure with
/// ExitCode::usage (format newer than ours), IoError (permissions, disk).
OpenStage open_checked(const std::string& campaign_dir, const StageLayout& layout, h5::Access access);

/// Opens every column of an opened file, no checks.
std::vector<h5::RowData> open_columns(const h5::File& file, const std::vector<Column>& columns);

}  // namespace tranche::store
