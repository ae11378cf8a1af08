#include "check_stage_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "file_ops.hpp"
#include "h5_attributes.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::store {
namespace {

constexpr const char* restore_fix = "put the file back from a copy of the campaign";
constexpr const char* verify_fix = "run `tranche verify`, or put the file back from a copy of the campaign";

h5::File open_existing(const std::string& path, h5::Access access) {
  const int mode = access == h5::Access::write ? R_OK | W_OK : R_OK;
  if (::access(path.c_str(), mode) != 0) {
    if (errno == ENOENT) throw DamageError{"stage file " + path + " is missing", restore_fix};
    throw IoError{"cannot open " + path + ": " + std::strerror(errno)};
  }
  try {
    return h5::open_file(path, access);
  } catch (const IoError& error) {
    throw DamageError{"stage file " + path + " is damaged or cut short: " + error.what(), restore_fix};
  }
}

void check_format(const h5::File& file, const std::string& path) {
  const auto format = h5::read_integer_attribute(file.get(), "tranche_format");
  if (!format)
    throw DamageError{"stage file " + path + " was not written by tranche (no tranche_format)", restore_fix};
  if (*format > format_version)
    throw Failure{ExitCode::usage,
                  "stage file " + path + " has format " + std::to_string(*format) +
                      ", this tranche reads up to format " + std::to_string(format_version),
                  "use the newer tranche that wrote it"};
}

void check_identity(const h5::File& file, const std::string& path, const StageLayout& layout) {
  const std::string id = h5::read_text_attribute(file.get(), "campaign_id").value_or("");
  if (id != layout.campaign_id)
    throw DamageError{"stage file " + path + " belongs to another campaign (id " + id + ", this one is " +
                          layout.campaign_id + ")",
                      restore_fix};
  const auto same = [&file](const char* name, std::int64_t value) {
    return h5::read_integer_attribute(file.get(), name) == value;
  };
  if (!same("revision", layout.key.revision) || !same("stage", layout.key.stage) ||
      !same("first_index", static_cast<std::int64_t>(layout.range.begin)))
    throw DamageError{"stage file " + path + " holds another revision, stage or range than its name says",
                      verify_fix};
}

void check_column(const h5::RowData& data, const Column& column, std::uint64_t rows,
                  const std::string& path) {
  const auto shape = column.dims(rows);
  if (data.dims() != h5::Dims(shape.begin(), shape.end()) || !h5::holds(data.dataset(), column.element))
    throw DamageError{"stage file " + path + ": dataset " + column.path +
                          " has another shape or type than the campaign says",
                      verify_fix};
}

}  // namespace

const h5::RowData& OpenStage::column(Content content, std::size_t which) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].content == content && columns[i].which == which) return data[i];
  throw ContractError{"a column of the layout exists"};
}

std::vector<h5::RowData> open_columns(const h5::File& file, const std::vector<Column>& columns) {
  std::vector<h5::RowData> data;
  for (const Column& column : columns)
    data.push_back(h5::RowData::open(file.get(), column.path, column.element));
  return data;
}

OpenStage open_checked(const std::string& campaign_dir, const StageLayout& layout, h5::Access access) {
  OpenStage stage;
  stage.path = stage_path(campaign_dir, layout.file_name()).string();
  stage.columns = columns_of(layout.spec);
  stage.file = open_existing(stage.path, access);
  check_format(stage.file, stage.path);
  check_identity(stage.file, stage.path, layout);
  for (const Column& column : stage.columns)
    if (!h5::has_link(stage.file.get(), column.path))
      throw DamageError{"stage file " + stage.path + " has no dataset " + column.path, verify_fix};
  stage.data = open_columns(stage.file, stage.columns);
  for (std::size_t i = 0; i < stage.columns.size(); ++i)
    check_column(stage.data[i], stage.columns[i], layout.range.size(), stage.path);
  return stage;
}

}  // namespace tranche::store
