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
constexpr const char* view_fix = "tranche run writes it again";

bool is_readable(const std::string& path) {
  try {
    h5::open_file(path, h5::Access::read);
    return true;
  } catch (const IoError&) {
    return false;
  }
}

h5::File open_existing(const std::string& path, const FileRole& role, h5::Access access) {
  const int mode = access == h5::Access::write ? R_OK | W_OK : R_OK;
  if (::access(path.c_str(), mode) != 0) {
    if (errno == ENOENT) throw DamageError{role.name + " is missing", role.restore_fix};
    throw IoError{"cannot open " + path + ": " + std::strerror(errno)};
  }
  try {
    return h5::open_file(path, access);
  } catch (const IoError& error) {
    // Opening for writing writes. What can still be read is whole: there is no room, or no permission.
    if (access == h5::Access::write && is_readable(path))
      throw IoError{std::string{error.what()} + " (it can be read, but not written)",
                    "make room there (df -h, quota -s) or make it writable, then type: tranche run"};
    throw DamageError{role.name + " is damaged or cut short: " + error.what(), role.restore_fix};
  }
}

void check_format(const h5::File& file, const FileRole& role) {
  const auto format = h5::read_integer_attribute(file.get(), "tranche_format");
  if (!format)
    throw DamageError{role.name + " was not written by tranche (no tranche_format)", role.restore_fix};
  if (*format > format_version)
    throw Failure{ExitCode::usage,
                  role.name + " has format " + std::to_string(*format) +
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

void check_column(const h5::RowData& data, const Column& column, std::uint64_t rows, const FileRole& role) {
  const auto shape = column.dims(rows);
  if (data.dims() != h5::Dims(shape.begin(), shape.end()) || !h5::holds(data.dataset(), column.element))
    throw DamageError{
        role.name + ": dataset " + column.path + " has another shape or type than the campaign says",
        role.verify_fix};
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

FileRole stage_role(const std::string& path) {
  return {"stage file " + path, restore_fix, verify_fix};
}

FileRole view_role(const std::string& path) {
  return {"view " + path, view_fix, view_fix};
}

h5::File open_store_file(const std::string& path, const FileRole& role, h5::Access access) {
  h5::File file = open_existing(path, role, access);
  check_format(file, role);
  return file;
}

void open_columns_checked(OpenStage& stage, const FileRole& role, const campaign::CampaignSpec& spec,
                          std::uint64_t rows) {
  stage.columns = columns_of(spec);
  for (const Column& column : stage.columns)
    if (!h5::has_link(stage.file.get(), column.path))
      throw DamageError{role.name + " has no dataset " + column.path, role.verify_fix};
  stage.data = open_columns(stage.file, stage.columns);
  for (std::size_t i = 0; i < stage.columns.size(); ++i)
    check_column(stage.data[i], stage.columns[i], rows, role);
}

void read_list(hid_t where, const std::string& name, Element element, std::size_t count, const FileRole& role,
               void* out) {
  if (!h5::has_link(where, name)) throw DamageError{role.name + " has no dataset " + name, role.verify_fix};
  const auto data = h5::RowData::open(where, name, element);
  if (data.dims() != h5::Dims{count} || !h5::holds(data.dataset(), element))
    throw DamageError{role.name + ": dataset " + name + " has another shape or type than it should",
                      role.verify_fix};
  data.read(0, count, out);
}

std::vector<double> read_axis(const h5::File& file, const campaign::Axis& axis, const FileRole& role) {
  std::vector<double> points(axis.values.size());
  read_list(file.get(), axis.name, Element::f64, points.size(), role, points.data());
  return points;
}

std::vector<ColumnBytes> read_row(const OpenStage& stage, std::uint64_t row) {
  std::vector<ColumnBytes> all;
  for (std::size_t i = 0; i < stage.columns.size(); ++i) {
    const Column& column = stage.columns[i];
    auto& read = all.emplace_back(ColumnBytes{column.path, std::vector<std::byte>(column.row_bytes())});
    stage.data[i].read(row, 1, read.bytes.data());
  }
  return all;
}

OpenStage open_checked(const std::string& campaign_dir, const StageLayout& layout, h5::Access access) {
  OpenStage stage;
  stage.path = stage_path(campaign_dir, layout.file_name()).string();
  const FileRole role = stage_role(stage.path);
  stage.file = open_store_file(stage.path, role, access);
  check_identity(stage.file, stage.path, layout);
  open_columns_checked(stage, role, layout.spec, layout.range.size());
  return stage;
}

}  // namespace tranche::store
