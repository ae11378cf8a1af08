#include "done_blocks.hpp"

#include <algorithm>
#include <optional>

#include "bitmap.hpp"
#include "names.hpp"
#include "sql.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::ledger {
namespace {

void bind_block(SQLite::Statement& statement, int first, StageKey stage, std::uint64_t block) {
  statement.bind(first, static_cast<std::int32_t>(stage.revision));
  statement.bind(first + 1, static_cast<std::int32_t>(stage.stage));
  statement.bind(first + 2, static_cast<std::int64_t>(block));
}

std::span<const std::uint8_t> blob_of(const SQLite::Column& column) {
  return {static_cast<const std::uint8_t*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

std::optional<std::vector<std::uint8_t>> read_block(SQLite::Database& db, StageKey stage,
                                                    std::uint64_t block) {
  SQLite::Statement row{db, sql::get_block};
  bind_block(row, 1, stage, block);
  if (!row.executeStep()) return std::nullopt;
  const auto column = row.getColumn(0);
  const auto bytes = blob_of(column);
  if (bytes.size() != done_block_bytes)
    throw DamageError{"ledger: block " + std::to_string(block) + " of the done bitmap of " + name_of(stage) +
                      " has " + std::to_string(bytes.size()) + " bytes"};
  return std::vector<std::uint8_t>{bytes.begin(), bytes.end()};
}

void write_block(SQLite::Database& db, const char* text, StageKey stage, std::uint64_t block,
                 const std::vector<std::uint8_t>& bytes) {
  SQLite::Statement row{db, text};
  row.bindNoCopy(1, bytes.data(), static_cast<int>(bytes.size()));
  bind_block(row, 2, stage, block);
  row.exec();
}

void change_bits(std::vector<std::uint8_t>& bits, StageKey stage, std::span<const SampleIndex> indices,
                 Bit bit) {
  for (const SampleIndex index : indices) {
    const std::uint64_t at = index % done_block_samples;
    if (get_bit(bits, at) == (bit == Bit::set))
      throw DamageError{"ledger: sample " + name_of(stage.revision, index) +
                        (bit == Bit::set ? " is finished already" : " is not marked as finished")};
    bit == Bit::set ? set_bit(bits, at) : clear_bit(bits, at);
  }
}

}  // namespace

void change_done(SQLite::Database& db, StageKey stage, std::span<const SampleIndex> indices, Bit bit) {
  while (!indices.empty()) {
    const std::uint64_t block = block_of(indices.front());
    const auto end =
        std::find_if(indices.begin(), indices.end(), [&](auto i) { return block_of(i) != block; });
    const auto count = static_cast<std::size_t>(end - indices.begin());
    auto stored = read_block(db, stage, block);
    auto bits = stored ? std::move(*stored) : std::vector<std::uint8_t>(done_block_bytes);
    change_bits(bits, stage, indices.first(count), bit);
    write_block(db, stored ? sql::update_block : sql::add_block, stage, block, bits);
    indices = indices.subspan(count);
  }
}

void visit_blocks(SQLite::Database& db, StageKey stage,
                  const std::function<void(SampleIndex first, std::span<const std::uint8_t> bits)>& visit) {
  SQLite::Statement rows{db, sql::list_blocks};
  rows.bind(1, static_cast<std::int32_t>(stage.revision));
  rows.bind(2, static_cast<std::int32_t>(stage.stage));
  while (rows.executeStep()) {
    const auto column = rows.getColumn(1);
    visit(static_cast<std::uint64_t>(rows.getColumn(0).getInt64()) * done_block_samples, blob_of(column));
  }
}

bool DoneLookup::contains(SampleIndex index) {
  const auto block = block_of(index);
  if (block_ != block) {
    block_ = block;
    bits_ = read_block(db_, stage_, block);
  }
  return bits_ && get_bit(*bits_, index % done_block_samples);
}

std::vector<std::uint8_t> read_done(SQLite::Database& db, StageKey stage, IndexRange range) {
  RangeBits bits{range};
  visit_blocks(db, stage, [&](SampleIndex first, auto bytes) { bits.add_block(block_of(first), bytes); });
  return bits.take();
}

}  // namespace tranche::ledger
