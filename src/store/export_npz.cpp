#include <zip.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "file_ops.hpp"
#include "npy.hpp"
#include "selected_rows.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/export.hpp"

namespace tranche::store {
namespace {

/// One array of the archive: some bytes that are there, then the rows of a column.
struct Entry {
  std::string name;
  std::string head;                   ///< array header, or the whole array
  std::optional<std::size_t> column;  ///< whose rows follow
  std::uint64_t column_bytes = 0;
  const HoldOut* hold_out = nullptr;  ///< the column is the index: says of each row whether it is held out
};

/// A byte a row from eight: 1 if the index is held out.
std::size_t read_split(ColumnCursor& cursor, const HoldOut& hold_out, std::span<std::byte> out) {
  std::vector<std::int64_t> index(out.size());
  const std::size_t rows = cursor.read(std::as_writable_bytes(std::span{index})) / sizeof(std::int64_t);
  for (std::size_t k = 0; k < rows; ++k)
    out[k] = std::byte{hold_out.holds(static_cast<SampleIndex>(index[k]))};
  return rows;
}

/// What libzip reads an entry from. Exceptions cannot pass through libzip and wait in `error`.
struct EntrySource {
  const SelectedRows* rows = nullptr;
  Entry entry;
  std::exception_ptr* error = nullptr;
  std::size_t head_at = 0;
  std::optional<ColumnCursor> cursor;

  void open() {
    head_at = 0;
    cursor.reset();
    if (entry.column) cursor.emplace(*rows, *entry.column);
  }
  std::size_t read(std::span<std::byte> out) {
    const std::size_t step = std::min(out.size(), entry.head.size() - head_at);
    std::memcpy(out.data(), entry.head.data() + head_at, step);
    head_at += step;
    if (!cursor) return step;
    const auto rest = out.subspan(step);
    return step +
           (entry.hold_out != nullptr ? read_split(*cursor, *entry.hold_out, rest) : cursor->read(rest));
  }
};

zip_int64_t read_entry(EntrySource& source, void* data, zip_uint64_t length) {
  try {
    return static_cast<zip_int64_t>(source.read({static_cast<std::byte*>(data), length}));
  } catch (...) {
    *source.error = std::current_exception();
    return -1;
  }
}

zip_int64_t report_size(const EntrySource& source, void* data) {
  auto& stat = *static_cast<zip_stat_t*>(data);
  zip_stat_init(&stat);
  stat.size = source.entry.head.size() + source.entry.column_bytes;
  stat.valid = ZIP_STAT_SIZE;
  return sizeof stat;
}

zip_int64_t report_error(void* data, zip_uint64_t length) {
  zip_error_t error;
  zip_error_init(&error);
  zip_error_set(&error, ZIP_ER_READ, 0);
  return zip_error_to_data(&error, data, length);
}

extern "C" zip_int64_t serve_entry(void* state, void* data, zip_uint64_t length, zip_source_cmd_t command) {
  auto& source = *static_cast<EntrySource*>(state);
  switch (command) {
    case ZIP_SOURCE_OPEN:
      source.open();
      return 0;
    case ZIP_SOURCE_READ:
      return read_entry(source, data, length);
    case ZIP_SOURCE_CLOSE:
      source.cursor.reset();
      return 0;
    case ZIP_SOURCE_STAT:
      return report_size(source, data);
    case ZIP_SOURCE_ERROR:
      return report_error(data, length);
    case ZIP_SOURCE_FREE:
      delete &source;
      return 0;
    case ZIP_SOURCE_SUPPORTS:
      return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                            ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, -1);
    default:
      return -1;
  }
}

/// A zip archive under construction; thrown away unless close() succeeded.
class Archive {
 public:
  Archive(std::string path, const SelectedRows& rows) : path_{std::move(path)}, rows_{&rows} {
    int code = 0;
    zip_ = zip_open(path_.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    if (zip_ != nullptr) return;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw IoError{"cannot create " + path_ + ": " + text};
  }
  ~Archive() {
    if (zip_ != nullptr) zip_discard(zip_);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  void add(Entry entry) {
    const std::string name = entry.name + ".npy";
    auto state = std::make_unique<EntrySource>(EntrySource{rows_, std::move(entry), &error_, 0, {}});
    zip_source_t* source = zip_source_function(zip_, &serve_entry, state.get());
    if (source == nullptr) fail("add " + name + " to");
    state.release();  // belongs to the source now
    const zip_int64_t at = zip_file_add(zip_, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
      zip_source_free(source);
      fail("add " + name + " to");
    }
    const auto index = static_cast<zip_uint64_t>(at);
    zip_set_file_compression(zip_, index, ZIP_CM_STORE, 0);
    zip_file_set_dostime(zip_, index, 0, (1 << 5) | 1, 0);  // 1980-01-01: the same rows give the same bytes
  }
  /// Only now is anything read or written.
  void close() {
    if (zip_close(zip_) < 0) {
      if (error_) std::rethrow_exception(error_);
      fail("write");
    }
    zip_ = nullptr;
  }

 private:
  [[noreturn]] void fail(const std::string& operation) {
    const std::string text = zip_strerror(zip_);
    throw IoError{"cannot " + operation + " " + path_ + ": " + text, room_fix(text)};
  }

  std::string path_;
  const SelectedRows* rows_;
  zip_t* zip_ = nullptr;
  std::exception_ptr error_;
};

Entry column_entry(const SelectedRows& rows, std::size_t which) {
  const Column& column = rows.columns()[which];
  std::vector<std::uint64_t> shape{rows.count()};
  shape.insert(shape.end(), column.shape.begin(), column.shape.end());
  return {column.path, npy::header(npy::type_name(column.element), shape), which,
          rows.count() * column.row_bytes(), nullptr};
}

Entry axis_entry(const campaign::Axis& axis) {
  const std::uint64_t length = axis.values.size();
  std::string array = npy::header(npy::type_name(Element::f64), {&length, 1});
  const std::size_t head = array.size();
  array.resize(head + length * sizeof(double));
  std::memcpy(array.data() + head, axis.values.data(), length * sizeof(double));
  return {axis.name, std::move(array), {}, 0, nullptr};
}

Entry number_entry(const std::string& name, double value) {
  std::string array = npy::header(npy::type_name(Element::f64), {});
  array.append(reinterpret_cast<const char*>(&value), sizeof value);
  return {name, std::move(array), {}, 0, nullptr};
}

Entry text_entry(const std::string& name, const std::vector<std::string>& texts) {
  return {name, npy::text_array(texts), {}, 0, nullptr};
}

/// What the attributes say in HDF5. Names with a slash: none of the campaign's can be the same.
void add_descriptions(Archive& archive, const campaign::CampaignSpec& spec) {
  std::vector<std::string> names;
  std::vector<std::string> units;
  for (const campaign::Parameter& parameter : spec.parameters) {
    names.push_back(parameter.name);
    units.push_back(parameter.unit);
    if (const auto* levels = std::get_if<campaign::Levels>(&parameter.domain))
      archive.add(text_entry("levels/" + parameter.name, levels->names));
  }
  archive.add(text_entry("parameter_names", names));
  archive.add(text_entry("units/parameters", units));
  for (const auto& derived : spec.derived)
    archive.add(text_entry("units/derived/" + derived.name, {derived.unit}));
  for (const auto& axis : spec.axes) archive.add(text_entry("units/" + axis.name, {axis.unit}));
  for (const auto& output : spec.outputs) {
    const bool log10 = output.transform == campaign::Transform::log10;
    archive.add(text_entry("units/" + output.name, {log10 ? "1" : output.unit}));
    if (!log10) continue;
    archive.add(text_entry("reference_units/" + output.name, {output.unit}));
    archive.add(text_entry("transform/" + output.name, {"log10"}));
    archive.add(number_entry("floor/" + output.name, output.floor));
  }
}

void add_split(Archive& archive, const SelectedRows& rows, const HoldOut& hold_out) {
  ensure(rows.columns().front().content == Content::index, "the first column is the index");
  const std::uint64_t count = rows.count();
  archive.add({"split/hold_out", npy::header("|b1", {&count, 1}), 0, count, &hold_out});
  archive.add(number_entry("split/hold_out_share", hold_out.share));
}

std::uint64_t bytes_of(const SelectedRows& rows) {
  std::uint64_t bytes = 0;
  for (const Column& column : rows.columns()) bytes += rows.count() * column.row_bytes();
  return bytes;
}

}  // namespace

ExportSummary export_npz(const std::string& campaign_dir, std::span<const StageLayout> files,
                         const std::string& path, const ExportOptions& options) {
  const SelectedRows rows{campaign_dir, files, options.states};
  NewFile fresh{path};
  require_room(folder_of(path), bytes_of(rows), path, room_again);
  Archive archive{fresh.path(), rows};
  for (std::size_t i = 0; i < rows.columns().size(); ++i) archive.add(column_entry(rows, i));
  for (const campaign::Axis& axis : files.back().spec.axes) archive.add(axis_entry(axis));
  add_descriptions(archive, files.back().spec);
  if (options.hold_out.holds) add_split(archive, rows, options.hold_out);
  archive.close();
  fresh.publish();
  return {rows.count(), std::filesystem::file_size(path)};
}

}  // namespace tranche::store
