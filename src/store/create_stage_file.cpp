#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <vector>

#include "check_stage_file.hpp"
#include "file_ops.hpp"
#include "skeleton.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/store/stage_file.hpp"

namespace tranche::store {
namespace {

constexpr std::size_t page_bytes = std::size_t{8} << 20;

/// Columns that the design decides, for one page of rows.
class DesignPage {
 public:
  DesignPage(const StageLayout& layout, std::size_t capacity)
      : layout_{layout}, parameters_{layout.spec.parameters.size()}, derived_{layout.spec.derived.size()} {
    x_.resize(parameters_ + layout.spec.constants.size() + derived_);
    index.resize(capacity);
    state.resize(capacity);
    positions.resize(capacity * parameters_);
    derived.assign(derived_, std::vector<double>(capacity));
  }

  /// Asks `describe` for `count` rows from `first`. Returns how many are excluded.
  std::uint64_t fill(SampleIndex first, std::size_t count, const DescribeSample& describe) {
    std::uint64_t excluded = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool out = describe(first + i, x_);
      excluded += out ? 1 : 0;
      index[i] = static_cast<std::int64_t>(first + i);
      state[i] = static_cast<std::uint8_t>(out ? SampleState::excluded : SampleState::pending);
      std::copy_n(x_.begin(), parameters_, positions.begin() + static_cast<std::ptrdiff_t>(i * parameters_));
      for (std::size_t k = 0; k < derived_; ++k) derived[k][i] = x_[x_.size() - derived_ + k];
    }
    return excluded;
  }

  /// What `column` gets; nullptr if the design says nothing about it.
  const void* data(const Column& column) const {
    switch (column.content) {
      case Content::index:
        return index.data();
      case Content::parameters:
        return positions.data();
      case Content::derived:
        return derived[column.which].data();
      case Content::state:
        return state.data();
      default:
        return nullptr;
    }
  }

 private:
  const StageLayout& layout_;
  std::size_t parameters_;
  std::size_t derived_;
  std::vector<double> x_;
  std::vector<std::int64_t> index;
  std::vector<std::uint8_t> state;
  std::vector<double> positions;
  std::vector<std::vector<double>> derived;
};

/// HDF5 could fill them, but in one call, and nobody could stop it.
h5::PropertyList stage_storage(const Column& column, const h5::Dims&) {
  return h5::contiguous_creation(column.element, h5::Filling::never);
}

/// Says after every page how far the file is.
class Progress {
 public:
  Progress(std::uint64_t bytes, const GoOn& go_on) : bytes_{bytes}, go_on_{go_on} {}
  void wrote(std::uint64_t bytes) {
    written_ += bytes;
    if (go_on_) go_on_(static_cast<double>(written_) / static_cast<double>(bytes_));
  }

 private:
  std::uint64_t bytes_;
  std::uint64_t written_ = 0;
  const GoOn& go_on_;
};

std::vector<std::byte> blanks(Element element, std::size_t bytes) {
  std::vector<std::byte> page(bytes);
  const auto repeat = [&](auto value) {
    for (std::size_t at = 0; at < bytes; at += sizeof value)
      std::memcpy(page.data() + at, &value, sizeof value);
  };
  if (element == Element::f32) repeat(std::numeric_limits<float>::quiet_NaN());
  if (element == Element::f64) repeat(std::numeric_limits<double>::quiet_NaN());
  return page;
}

/// Outputs and meta numbers are NaN until there are any, checksums 0. This also takes their space.
void fill_blank(const h5::RowData& data, const Column& column, Progress& progress) {
  if (column.content != Content::output && column.content != Content::meta &&
      column.content != Content::checksum)
    return;
  const std::uint64_t row_bytes = column.row_bytes();
  const auto capacity =
      std::clamp<std::uint64_t>(page_bytes / row_bytes, 1, std::max<std::uint64_t>(data.rows(), 1));
  const auto page = blanks(column.element, capacity * row_bytes);
  for (std::uint64_t row = 0; row < data.rows(); row += capacity) {
    const auto count = std::min<std::uint64_t>(capacity, data.rows() - row);
    data.write(row, count, page.data());
    progress.wrote(count * row_bytes);
  }
}

/// `revision` and `stage`: one value for all rows.
void fill_constant(const h5::RowData& data, const Column& column, StageKey key) {
  const std::size_t page = std::min<std::size_t>(data.rows(), page_bytes);
  const std::vector<std::uint16_t> revision(page, key.revision);
  const std::vector<std::uint8_t> stage(page, key.stage);
  for (std::uint64_t row = 0; row < data.rows(); row += page) {
    const auto count = std::min<std::uint64_t>(page, data.rows() - row);
    if (column.content == Content::revision) data.write(row, count, revision.data());
    if (column.content == Content::stage) data.write(row, count, stage.data());
  }
}

std::uint64_t fill_design(std::span<const h5::RowData> data, std::span<const Column> columns,
                          const StageLayout& layout, const DescribeSample& describe, Progress& progress) {
  const std::uint64_t rows = layout.range.size();
  const std::size_t row_bytes = 8 * (2 + layout.spec.parameters.size() + layout.spec.derived.size());
  const auto capacity =
      std::clamp<std::uint64_t>(page_bytes / row_bytes, 1, std::max<std::uint64_t>(rows, 1));
  DesignPage page{layout, capacity};
  std::uint64_t excluded = 0;
  for (std::uint64_t row = 0; row < rows; row += capacity) {
    const auto count = std::min<std::uint64_t>(capacity, rows - row);
    excluded += page.fill(layout.range.begin + row, count, describe);
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (const void* values = page.data(columns[i])) data[i].write(row, count, values);
    progress.wrote(count * row_bytes);
  }
  return excluded;
}

std::uint64_t write_everything(NewFile& fresh, const StageLayout& layout, const DescribeSample& describe,
                               Progress& progress) {
  h5::File file = h5::create_file(fresh.path());
  const EmptyOnFailure room_to_close{fresh};
  write_campaign_attributes(file, layout);
  write_stage_attributes(file, layout);
  create_seal(file);
  const std::vector<Column> columns = columns_of(layout.spec);
  std::vector<h5::RowData> data = write_skeleton(file, layout, layout.range.size(), stage_storage);
  for (std::size_t i = 0; i < columns.size(); ++i) fill_constant(data[i], columns[i], layout.key);
  failpoint("create");
  for (std::size_t i = 0; i < columns.size(); ++i) fill_blank(data[i], columns[i], progress);
  const std::uint64_t excluded = fill_design(data, columns, layout, describe, progress);
  data.clear();
  h5::flush(file);
  h5::close(file, fresh.path());
  return excluded;
}

std::uint64_t count_excluded(const std::string& campaign_dir, const StageLayout& layout) {
  const OpenStage stage = open_checked(campaign_dir, layout, h5::Access::read);
  const h5::RowData& state = stage.column(Content::state);
  std::vector<std::uint8_t> page(std::min<std::uint64_t>(state.rows(), page_bytes));
  std::uint64_t excluded = 0;
  for (std::uint64_t row = 0; row < state.rows(); row += page.size()) {
    const auto count = std::min<std::uint64_t>(page.size(), state.rows() - row);
    state.read(row, count, page.data());
    excluded +=
        static_cast<std::uint64_t>(std::count(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(count),
                                              static_cast<std::uint8_t>(SampleState::excluded)));
  }
  return excluded;
}

/// What the file will take, but for a few pages.
std::uint64_t bytes_of(const StageLayout& layout) {
  std::uint64_t bytes = 0;
  for (const Column& column : columns_of(layout.spec)) bytes += column.row_bytes() * layout.range.size();
  return bytes;
}

}  // namespace

std::uint64_t create_stage_file(const std::string& campaign_dir, const StageLayout& layout,
                                const DescribeSample& describe, const GoOn& go_on) {
  const std::filesystem::path path = stage_path(campaign_dir, layout.file_name());
  if (std::filesystem::exists(path)) return count_excluded(campaign_dir, layout);
  make_directory(path.parent_path());
  NewFile fresh{path};
  require_room(path.parent_path(), bytes_of(layout),
               "stage `" + layout.stage_name + "` (" + path.string() + ")");
  Progress progress{bytes_of(layout), go_on};
  const std::uint64_t excluded = write_everything(fresh, layout, describe, progress);
  if (go_on) go_on(1);
  fresh.publish();
  return excluded;
}

}  // namespace tranche::store
