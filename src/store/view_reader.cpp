#include "tranche/store/view_reader.hpp"

#include <filesystem>

#include "check_stage_file.hpp"
#include "frame.hpp"
#include "h5_attributes.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::store {
namespace {

std::string view_path(const std::string& campaign_dir) {
  return (std::filesystem::path{campaign_dir} / "store.h5").string();
}

std::vector<std::string> read_texts(const h5::File& file, const std::string& name, const FileRole& role) {
  if (!h5::has_link(file.get(), name))
    throw DamageError{role.name + " has no dataset " + name, role.verify_fix};
  const h5::Dataset dataset = h5::open_dataset(file.get(), name);
  if (h5::dims_of(dataset).size() != 1)
    throw DamageError{role.name + ": " + name + " is no list", role.verify_fix};
  return h5::read_strings(dataset);
}

/// A column of the table `files`, in the member of each entry.
void read_numbers(const h5::File& file, const std::string& name, const FileRole& role,
                  std::uint64_t ViewEntry::*member, std::vector<ViewEntry>& entries) {
  std::vector<std::int64_t> values(entries.size());
  read_list(file.get(), "files/" + name, Element::i64, values.size(), role, values.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0)
      throw DamageError{role.name + ": files/" + name + " has a negative number", role.verify_fix};
    entries[i].*member = static_cast<std::uint64_t>(values[i]);
  }
}

std::vector<ViewEntry> read_entries(const h5::File& file, const FileRole& role) {
  std::vector<ViewEntry> entries;
  for (auto& name : read_texts(file, "files/name", role)) entries.emplace_back().file = std::move(name);
  const auto digests = read_texts(file, "files/digest", role);
  if (digests.size() != entries.size())
    throw DamageError{role.name + ": the datasets in files are not of one length", role.verify_fix};
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].digest = digests[i];
  read_numbers(file, "revision", role, &ViewEntry::revision, entries);
  read_numbers(file, "stage", role, &ViewEntry::stage, entries);
  read_numbers(file, "first_index", role, &ViewEntry::first_index, entries);
  read_numbers(file, "rows", role, &ViewEntry::rows, entries);
  read_numbers(file, "bytes", role, &ViewEntry::bytes, entries);
  read_numbers(file, "generation", role, &ViewEntry::generation, entries);
  return entries;
}

/// The view is made of other files and can be made again: what HDF5 cannot read in it is damage of it.
template <class Read>
auto read_or_damaged(const FileRole& role, Read read) {
  try {
    return read();
  } catch (const IoError& error) {
    throw DamageError{role.name + " is damaged: " + error.what(), role.restore_fix};
  }
}

}  // namespace

std::vector<ViewEntry> read_view(const std::string& campaign_dir) {
  const std::string path = view_path(campaign_dir);
  const FileRole role = view_role(path);
  const h5::File file = open_store_file(path, role, h5::Access::read);
  return read_or_damaged(role, [&] { return read_entries(file, role); });
}

struct ViewReader::Impl {
  StageLayout layout;
  OpenStage view;
  std::vector<ViewEntry> entries;
};

ViewReader::ViewReader(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
ViewReader::ViewReader(ViewReader&&) noexcept = default;
ViewReader& ViewReader::operator=(ViewReader&&) noexcept = default;
ViewReader::~ViewReader() = default;

ViewReader ViewReader::open(const std::string& campaign_dir, const StageLayout& layout) {
  auto impl = std::make_unique<Impl>();
  impl->layout = layout;
  impl->view.path = view_path(campaign_dir);
  const FileRole role = view_role(impl->view.path);
  impl->view.file = open_store_file(impl->view.path, role, h5::Access::read);
  read_or_damaged(role, [&] {
    impl->entries = read_entries(impl->view.file, role);
    std::uint64_t rows = 0;
    for (const ViewEntry& entry : impl->entries) rows += entry.rows;
    open_columns_checked(impl->view, role, layout.spec, rows);
  });
  return ViewReader{std::move(impl)};
}

const std::vector<ViewEntry>& ViewReader::entries() const {
  return impl_->entries;
}

std::vector<ColumnBytes> ViewReader::read_row(std::uint64_t row) const {
  ensure(row < impl_->view.data.front().rows(), "a row that is read lies in the view");
  return read_or_damaged(view_role(impl_->view.path), [&] { return store::read_row(impl_->view, row); });
}

std::vector<std::string> ViewReader::frame_differences(std::span<const StageLayout> files,
                                                       const std::set<std::string>& versions) const {
  return store::frame_differences(impl_->view.file, view_frame(files), versions);
}

std::vector<double> ViewReader::read_axis(std::size_t which) const {
  return store::read_axis(impl_->view.file, impl_->layout.spec.axes.at(which), view_role(impl_->view.path));
}

}  // namespace tranche::store
