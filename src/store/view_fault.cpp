#include <algorithm>
#include <filesystem>
#include <functional>

#include "h5.hpp"
#include "h5_attributes.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_reader.hpp"

namespace tranche::store {
namespace {

constexpr hsize_t page_rows = 65'536;

std::vector<std::int64_t> read_numbers(const h5::File& view, const std::string& name) {
  const auto data = h5::RowData::open(view.get(), name, Element::i64);
  if (data.dims().size() != 1 || !h5::holds(data.dataset(), Element::i64))
    throw DamageError{"`" + name + "` has another shape or type than a view's"};
  std::vector<std::int64_t> values(data.rows());
  if (!values.empty()) data.read(0, values.size(), values.data());
  return values;
}

bool names_files(const h5::File& view, std::span<const StageLayout> files) {
  const auto holds = [&](const std::string& name, const std::function<std::uint64_t(const StageLayout&)>& get) {
    const auto found = read_numbers(view, "files/" + name);
    return std::equal(found.begin(), found.end(), files.begin(), files.end(),
                      [&](std::int64_t value, const StageLayout& file) {
                        return value == static_cast<std::int64_t>(get(file));
                      });
  };
  return holds("revision", [](const StageLayout& file) { return file.key.revision; }) &&
         holds("stage", [](const StageLayout& file) { return file.key.stage; }) &&
         holds("first_index", [](const StageLayout& file) { return file.range.begin; }) &&
         holds("rows", [](const StageLayout& file) { return file.range.size(); });
}

/// Rows of a file that HDF5 does not find have the index -1.
bool shows_rows(const h5::File& view, std::span<const StageLayout> files) {
  const auto data = h5::RowData::open(view.get(), "index", Element::i64);
  hsize_t row = 0;
  std::vector<std::int64_t> page;
  for (const StageLayout& file : files) {
    for (auto next = file.range.begin; next < file.range.end;) {
      page.resize(std::min<std::uint64_t>(page_rows, file.range.end - next));
      if (data.dims().size() != 1 || row + page.size() > data.rows()) return false;
      data.read(row, page.size(), page.data());
      for (const auto index : page)
        if (index != static_cast<std::int64_t>(next++)) return false;
      row += page.size();
    }
  }
  return row == data.rows();
}

}  // namespace

std::string view_fault(const std::string& campaign_dir, std::span<const StageLayout> files) {
  ensure(!files.empty(), "a view shows at least one stage");
  const auto path = std::filesystem::path{campaign_dir} / "store.h5";
  if (!std::filesystem::exists(path)) return "store.h5 does not exist";
  try {
    const auto view = h5::open_file(path.string(), h5::Access::read);
    if (h5::read_text_attribute(view.get(), "campaign_id") != files.back().campaign_id)
      return "store.h5 belongs to another campaign";
    if (!names_files(view, files)) return "store.h5 is made of other stage files than the ledger's stages";
    if (!shows_rows(view, files)) return "store.h5 does not show the rows of the stage files";
  } catch (const Failure& error) {
    return std::string{"store.h5 cannot be read: "} + error.what();
  }
  return {};
}

}  // namespace tranche::store
