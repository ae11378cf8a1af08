#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "dataset_json.hpp"
#include "file_ops.hpp"
#include "record_files.hpp"
#include "selected_rows.hpp"
#include "tf_example.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/export.hpp"

namespace tranche::store {
namespace {

constexpr std::uint64_t block_rows = 512;

/// Some consecutive rows of every column.
class Blocks {
 public:
  explicit Blocks(const SelectedRows& rows) : columns_{&rows.columns()} {
    for (std::size_t k = 0; k < columns_->size(); ++k)
      if (is_feature((*columns_)[k])) parts_.push_back({&(*columns_)[k], ColumnCursor{rows, k}, {}});
  }

  void load(std::uint64_t rows) {
    for (Part& part : parts_) {
      part.bytes.resize(rows * part.column->row_bytes());
      ensure(part.cursor.read(part.bytes) == part.bytes.size(), "states stay as they are during an export");
    }
  }
  template <class Visit>
  void visit_row(std::uint64_t row, Visit visit) const {
    for (const Part& part : parts_) {
      const std::size_t size = part.column->row_bytes();
      visit(*part.column, std::span{part.bytes}.subspan(row * size, size));
    }
  }

 private:
  struct Part {
    const Column* column;
    ColumnCursor cursor;
    std::vector<std::byte> bytes;
  };
  const std::vector<Column>* columns_;
  std::vector<Part> parts_;
};

template <class Number>
std::vector<Number> numbers_of(std::span<const std::byte> bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

void add_parameters(tf::Example& example, const campaign::CampaignSpec& spec,
                    std::span<const std::byte> bytes) {
  example.add_bytes("parameters", bytes);
  const auto values = numbers_of<double>(bytes);
  std::vector<float> inputs(values.size());
  for (std::size_t k = 0; k < values.size(); ++k)
    inputs[k] = static_cast<float>(scaled_input(spec.parameters[k], values[k]));
  example.add_floats("inputs", inputs);
}

void add_feature(tf::Example& example, const Column& column, const campaign::CampaignSpec& spec,
                 std::span<const std::byte> bytes) {
  if (column.content == Content::index)
    example.add_integer(column.path, numbers_of<std::int64_t>(bytes).front());
  else if (column.content == Content::stage)
    example.add_integer(column.path, numbers_of<std::uint8_t>(bytes).front());
  else if (column.content == Content::parameters)
    add_parameters(example, spec, bytes);
  else if (column.element == Element::f32)
    example.add_floats(column.path, numbers_of<float>(bytes));
  else
    example.add_bytes(column.path, bytes);  // a float list has no room for float64
}

/// Most bytes a record of the campaign takes.
std::uint64_t record_bytes(const std::vector<Column>& columns) {
  constexpr std::uint64_t heads = 48;  // of one feature: tags and lengths
  std::uint64_t bytes = tf::record_overhead + 16;
  for (const Column& column : columns) {
    if (!is_feature(column)) continue;
    bytes += heads + column.path.size() + column.row_bytes();
    if (column.content == Content::parameters) bytes += heads + column.row_bytes();
  }
  return bytes;
}

std::uint64_t count_held_out(const SelectedRows& rows, const HoldOut& hold_out) {
  ColumnCursor cursor{rows, 0};
  ensure(rows.columns().front().content == Content::index, "the first column is the index");
  std::uint64_t count = 0;
  std::vector<std::byte> page(block_rows * sizeof(std::int64_t));
  for (std::size_t bytes = 0; (bytes = cursor.read(page)) > 0;)
    for (const std::int64_t index : numbers_of<std::int64_t>(std::span{page}.first(bytes)))
      count += hold_out.holds(static_cast<SampleIndex>(index)) ? 1 : 0;
  return count;
}

void write_rows(const SelectedRows& rows, const campaign::CampaignSpec& spec, const HoldOut& hold_out,
                RecordFiles& train, RecordFiles& held_out) {
  Blocks blocks{rows};
  tf::Example example;
  for (std::uint64_t row = 0; row < rows.count(); row += block_rows) {
    const std::uint64_t count = std::min(block_rows, rows.count() - row);
    blocks.load(count);
    for (std::uint64_t k = 0; k < count; ++k) {
      SampleIndex index = 0;
      blocks.visit_row(k, [&](const Column& column, std::span<const std::byte> bytes) {
        if (column.content == Content::index) std::memcpy(&index, bytes.data(), sizeof index);
        add_feature(example, column, spec, bytes);
      });
      (hold_out.holds(index) ? held_out : train).add(example.take());
    }
  }
  train.close();
  held_out.close();
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (file) return;
  const std::string reason = std::strerror(errno);
  throw IoError{"cannot write " + path.string() + ": " + reason, room_fix(reason)};
}

std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) bytes += entry.file_size();
  return bytes;
}

}  // namespace

ExportSummary export_tfrecord(const std::string& campaign_dir, std::span<const StageLayout> files,
                              const std::string& path, const ExportOptions& options) {
  ensure(static_cast<bool>(options.hold_out.holds), "records are written to the splits of a hold-out");
  const SelectedRows rows{campaign_dir, files, options.states};
  const auto& layout = files.back();
  const std::uint64_t per_record = record_bytes(rows.columns());
  NewFolder fresh{path};
  require_room(fresh.path(), rows.count() * per_record, path, room_again);
  const std::uint64_t per_file = std::max<std::uint64_t>(1, options.shard_bytes / per_record);
  const std::uint64_t held_out = count_held_out(rows, options.hold_out);
  RecordFiles train{fresh.path(), "train", rows.count() - held_out, per_file};
  RecordFiles apart{fresh.path(), "hold_out", held_out, per_file};
  write_rows(rows, layout.spec, options.hold_out, train, apart);
  write_text(fresh.path() / "dataset.json", dataset_json(layout, options.hold_out.share, train, apart));
  fresh.publish();
  return {rows.count(), bytes_in(path)};
}

}  // namespace tranche::store
