#include <algorithm>

#include "file_ops.hpp"
#include "h5_attributes.hpp"
#include "selected_rows.hpp"
#include "skeleton.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/export.hpp"

namespace tranche::store {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{256} << 10;
constexpr std::size_t write_bytes = std::size_t{4} << 20;

std::uint64_t chunk_rows(const Column& column, std::uint64_t rows) {
  return std::clamp<std::uint64_t>(chunk_bytes / column.row_bytes(), 1, std::max<std::uint64_t>(rows, 1));
}

h5::PropertyList packed_storage(const Column& column, const h5::Dims& dims, unsigned level) {
  if (dims.front() == 0) return h5::creation_list();
  h5::Dims chunk = dims;
  chunk.front() = chunk_rows(column, dims.front());
  return h5::chunked_creation(chunk, level);
}

/// Whole chunks at a time, so that each is compressed once.
void copy_column(const SelectedRows& rows, std::size_t which, const h5::RowData& target) {
  const Column& column = rows.columns()[which];
  const std::uint64_t chunk = chunk_rows(column, target.rows());
  const std::uint64_t step = chunk * std::max<std::uint64_t>(1, write_bytes / (chunk * column.row_bytes()));
  std::vector<std::byte> buffer(step * column.row_bytes());
  ColumnCursor cursor{rows, which};
  for (std::uint64_t row = 0; row < target.rows(); row += step) {
    const std::uint64_t count = std::min<std::uint64_t>(step, target.rows() - row);
    const std::size_t bytes = count * column.row_bytes();
    ensure(cursor.read(std::span{buffer}.first(bytes)) == bytes, "states stay as they are during an export");
    target.write(row, count, buffer.data());
  }
}

void write_export_attributes(const h5::File& file, std::span<const StageLayout> files,
                             const StateMask& states) {
  std::vector<std::string> sources;
  std::vector<std::string> names;
  for (const StageLayout& layout : files) sources.push_back(layout.file_name());
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states[i]) names.emplace_back(sample_state_names[i]);
  h5::write_attribute(file.get(), "source_files", sources);
  h5::write_attribute(file.get(), "exported_states", names);
}

}  // namespace

ExportSummary export_hdf5(const std::string& campaign_dir, std::span<const StageLayout> files,
                          const std::string& path, const ExportOptions& options) {
  const SelectedRows rows{campaign_dir, files, options.states};
  NewFile fresh{path};
  h5::File file = h5::create_file(fresh.path());
  const EmptyOnFailure room_to_close{fresh};
  write_campaign_attributes(file, files.back());
  write_export_attributes(file, files, options.states);
  auto targets =
      write_skeleton(file, files.back(), rows.count(), [&](const Column& column, const h5::Dims& dims) {
        return packed_storage(column, dims, options.deflate_level);
      });
  for (std::size_t i = 0; i < targets.size(); ++i) copy_column(rows, i, targets[i]);
  targets.clear();
  h5::flush(file);
  h5::close(file, fresh.path());
  fresh.publish();
  return {rows.count(), std::filesystem::file_size(path)};
}

}  // namespace tranche::store
