#include "columns_digest.hpp"

#include <algorithm>

namespace tranche::store {
namespace {

constexpr std::uint64_t page_rows = 65'536;  ///< part of the format

bool covered_elsewhere(Content content) {
  return content == Content::output || content == Content::state || content == Content::checksum;
}

}  // namespace

Digest columns_digest(const OpenStage& stage) {
  std::vector<std::uint64_t> pages;
  std::vector<std::byte> page;
  for (std::size_t i = 0; i < stage.columns.size(); ++i) {
    if (covered_elsewhere(stage.columns[i].content)) continue;
    const h5::RowData& data = stage.data[i];
    for (std::uint64_t row = 0; row < data.rows(); row += page_rows) {
      const auto count = std::min<std::uint64_t>(page_rows, data.rows() - row);
      page.resize(count * stage.columns[i].row_bytes());
      data.read(row, count, page.data());
      pages.push_back(checksum64(page));
    }
  }
  return digest128(std::as_bytes(std::span{pages}));
}

}  // namespace tranche::store
