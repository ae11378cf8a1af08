#include "rewrite_view.hpp"

#include "file_ops.hpp"
#include "h5_attributes.hpp"
#include "selected_rows.hpp"
#include "skeleton.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::store {
namespace {

namespace fs = std::filesystem;

std::string name_in_view(const StageLayout& layout) {
  return "store/" + layout.file_name();
}

FileEntry examine(const std::string& campaign_dir, const StageLayout& layout) {
  const StageReader reader = StageReader::open(campaign_dir, layout);
  const auto bytes = fs::file_size(stage_path(campaign_dir, layout.file_name()));
  return {name_in_view(layout), layout.range, layout.key, bytes, reader.seal()};
}

/// Rows of a file that is not there read as NaN, 0, and -1 for the index.
h5::PropertyList virtual_storage(const Column& column, const h5::Dims& dims,
                                 std::span<const FileEntry> entries) {
  h5::PropertyList creation = h5::creation_list();
  const std::int64_t nowhere = -1;
  if (column.content == Content::index) {
    h5::set_fill_value(creation, h5::stored_type(Element::i64), &nowhere);
  } else {
    h5::set_fill_value(creation, column.element);
  }
  hsize_t row = 0;
  for (const FileEntry& entry : entries) {
    h5::Dims there = dims;
    there.front() = entry.range.size();
    h5::map_virtual(creation, h5::row_space(dims, row, entry.range.size()), entry.name, "/" + column.path,
                    h5::simple_space(there));
    row += entry.range.size();
  }
  return creation;
}

template <class Get>
void write_numbers(hid_t group, const std::string& name, const h5::Dataset& scale,
                   std::span<const FileEntry> entries, Get get) {
  std::vector<std::int64_t> values;
  for (const FileEntry& entry : entries) values.push_back(static_cast<std::int64_t>(get(entry)));
  const h5::Dataset dataset =
      h5::create_filled(group, name, h5::stored_type(Element::i64), {values.size()}, values.data());
  h5::attach_scale(dataset, scale, 0);
}

/// Group `files`: what the view was made of, for those who want to check.
void write_file_table(const h5::File& file, std::span<const FileEntry> entries) {
  const h5::Group group = h5::create_group(file.get(), "files");
  std::vector<std::string> names;
  std::vector<std::string> digests;
  for (const FileEntry& entry : entries) {
    names.push_back(entry.name);
    digests.push_back(entry.seal.digest);
  }
  const h5::Dataset scale = h5::create_strings(group.get(), "name", names);
  h5::make_scale(scale, "name");
  h5::attach_scale(h5::create_strings(group.get(), "digest", digests), scale, 0);
  const auto numbers = [&](const char* name, auto get) {
    write_numbers(group.get(), name, scale, entries, get);
  };
  numbers("revision", [](const FileEntry& entry) { return entry.key.revision; });
  numbers("stage", [](const FileEntry& entry) { return entry.key.stage; });
  numbers("first_index", [](const FileEntry& entry) { return entry.range.begin; });
  numbers("rows", [](const FileEntry& entry) { return entry.range.size(); });
  numbers("bytes", [](const FileEntry& entry) { return entry.bytes; });
  numbers("generation", [](const FileEntry& entry) { return entry.seal.generation; });
}

}  // namespace

std::vector<FileEntry> entries_of(std::span<const StageLayout> files) {
  std::vector<FileEntry> entries;
  for (const StageLayout& layout : files)
    entries.push_back({name_in_view(layout), layout.range, layout.key, 0, {}});
  return entries;
}

void write_view(const h5::File& view, std::span<const StageLayout> files,
                std::span<const FileEntry> entries) {
  std::uint64_t rows = 0;
  for (const FileEntry& entry : entries) rows += entry.range.size();
  write_campaign_attributes(view, files.back());
  write_skeleton(view, files.back(), rows, [&entries](const Column& column, const h5::Dims& dims) {
    return virtual_storage(column, dims, entries);
  });
  write_file_table(view, entries);
}

void rewrite_view(const std::string& campaign_dir, std::span<const StageLayout> files,
                  const std::function<void()>& fence) {
  ensure(!files.empty(), "a view shows at least one stage");
  std::vector<FileEntry> entries;
  for (const StageLayout& layout : files) {
    ensure(same_columns(files.front(), layout), "all stages of a campaign have the same columns and axes");
    entries.push_back(examine(campaign_dir, layout));
  }
  NewFile fresh{fs::path{campaign_dir} / "store.h5"};
  h5::File view = h5::create_file(fresh.path());
  const EmptyOnFailure room_to_close{fresh};
  write_view(view, files, entries);
  h5::flush(view);
  h5::close(view, fresh.path());
  if (fence) fence();
  fresh.publish();
}

}  // namespace tranche::store
