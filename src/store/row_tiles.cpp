#include "tranche/store/row_tiles.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "columns.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::store {
namespace {

/// Large enough that a write costs more than the call, small enough to be had for a few rows.
constexpr std::size_t tile_bytes = std::size_t{4} << 20;
constexpr std::size_t most_spare_bytes = std::size_t{256} << 20;
constexpr std::size_t page_bytes = 4096;

}  // namespace

std::vector<std::size_t> row_field_bytes(const campaign::CampaignSpec& spec) {
  const auto columns = columns_of(spec);
  std::vector<std::size_t> bytes;
  for (const Content content : {Content::output, Content::meta})
    for (const Column& column : columns)
      if (column.content == content) bytes.push_back(column.row_bytes());
  return bytes;
}

RowTiles::RowTiles(std::vector<std::size_t> field_bytes)
    : field_bytes_{std::move(field_bytes)},
      row_bytes_{std::accumulate(field_bytes_.begin(), field_bytes_.end(), std::size_t{0})} {
  while ((row_bytes_ << (shift_ + 1)) <= tile_bytes && shift_ < 16) ++shift_;
  std::size_t offset = 0;
  for (const std::size_t bytes : field_bytes_) {
    field_offsets_.push_back(offset);
    offset += bytes << shift_;
  }
}

RowTiles::Tile& RowTiles::tile_of(std::uint64_t number) {
  if (last_ != nullptr && last_number_ == number) return *last_;
  const auto [at, added] = tiles_.try_emplace(number);
  if (added && !spare_.empty()) {
    at->second = std::move(spare_.back());
    spare_.pop_back();
  } else if (added) {
    at->second.bytes = std::make_unique_for_overwrite<std::byte[]>(row_bytes_ << shift_);
    at->second.present.resize(rows_per_tile());
  }
  last_number_ = number;
  last_ = &at->second;
  return *last_;
}

void RowTiles::add(SampleIndex index, std::span<const std::byte> row) {
  ensure(row.size() == row_bytes_, "a row has the bytes its layout says");
  Tile& tile = tile_of(index >> shift_);
  const std::size_t at = index & (rows_per_tile() - 1);
  ensure(!tile.present[at], "a row is written once in an epoch");
  const std::byte* from = row.data();
  for (std::size_t f = 0; f < field_bytes_.size(); ++f) {
    std::memcpy(tile.bytes.get() + field_offsets_[f] + at * field_bytes_[f], from, field_bytes_[f]);
    from += field_bytes_[f];
  }
  tile.present[at] = true;
  ++tile.rows;
  ++rows_;
}

void RowTiles::clear() {
  for (auto& [number, tile] : tiles_) {
    // A tile of few rows goes back to the system: its pages would add up to more than memory() says.
    if (2 * tile.rows < rows_per_tile()) continue;
    if ((spare_.size() + 1) * (row_bytes_ << shift_) > most_spare_bytes) break;
    std::fill(tile.present.begin(), tile.present.end(), false);
    tile.rows = 0;
    spare_.push_back(std::move(tile));
  }
  tiles_.clear();
  last_ = nullptr;
  rows_ = 0;
}

std::uint64_t RowTiles::memory() const noexcept {
  const std::uint64_t scattered = rows_ * (row_bytes_ + field_bytes_.size() * page_bytes);
  return std::min<std::uint64_t>(scattered, tiles_.size() * (row_bytes_ << shift_));
}

std::vector<RowTiles::Run> RowTiles::runs() const {
  std::vector<Run> runs;
  for (const auto& [number, tile] : tiles_) {
    const auto begin = tile.present.begin();
    const auto end = tile.present.end();
    for (auto first = std::find(begin, end, true); first != end;) {
      const auto last = std::find(first, end, false);
      const auto at = static_cast<std::size_t>(first - begin);
      const SampleIndex index = (number << shift_) + at;
      runs.push_back({{index, index + static_cast<std::uint64_t>(last - first)}, tile.bytes.get(), at});
      first = std::find(last, end, true);
    }
  }
  return runs;
}

std::span<const std::byte> RowTiles::values(const Run& run, std::size_t field) const {
  const std::size_t bytes = field_bytes_[field];
  return {run.tile + field_offsets_[field] + run.at * bytes, run.range.size() * bytes};
}

}  // namespace tranche::store
