#include "run_rows.hpp"

#include <array>
#include <bit>
#include <span>
#include <vector>

#include "sql.hpp"
#include "tranche/base/checksum.hpp"

namespace tranche::ledger {
namespace {

void bind_id(SQLite::Statement& statement, int column, std::int64_t id) {
  id == 0 ? statement.bind(column) : statement.bind(column, id);
}

std::uint64_t bits_of(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}
std::uint64_t bits_of(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

/// The value's bytes in memory, least significant first on every machine.
std::uint64_t little_endian(std::uint64_t value) {
  if constexpr (std::endian::native == std::endian::little) return value;
  std::uint64_t swapped = 0;
  for (int byte = 0; byte < 8; ++byte) swapped |= (value >> (8 * byte) & 0xff) << (56 - 8 * byte);
  return swapped;
}

/// Every column but `message` and `final`.
std::array<std::uint64_t, 14> numbers_of(const StoredRun& run) {
  std::array numbers{bits_of(run.run_id),    bits_of(run.state),    bits_of(run.reason),
                     bits_of(run.wall_s),    bits_of(run.cpu_s),    bits_of(run.max_rss_kb),
                     bits_of(run.host),      bits_of(run.slot),     bits_of(run.started_at),
                     bits_of(run.exit_code), bits_of(run.signal),   bits_of(run.epoch),
                     bits_of(run.checksum),  bits_of(run.simulator)};
  for (auto& number : numbers) number = little_endian(number);
  return numbers;
}

const std::string& name_in(const Names& names, std::int64_t id) {
  static const std::string none;
  const auto found = names.find(id);
  return found == names.end() ? none : found->second;
}

}  // namespace

void bind_run(SQLite::Statement& statement, const StoredRun& run) {
  statement.bind(1, run.run_id);
  statement.bind(2, run.state);
  bind_id(statement, 3, run.reason);
  statement.bind(4, run.wall_s);
  statement.bind(5, run.cpu_s);
  statement.bind(6, run.max_rss_kb);
  statement.bind(7, run.host);
  statement.bind(8, run.slot);
  statement.bind(9, run.started_at);
  statement.bind(10, run.exit_code);
  statement.bind(11, run.signal);
  run.message.empty() ? statement.bind(12) : statement.bind(12, std::string{run.message});
  statement.bind(13, run.epoch);
  statement.bind(14, run.checksum);
  bind_id(statement, 15, run.simulator);
  statement.bind(16, run.final);
}

StoredRun read_run(SQLite::Statement& row) {
  const auto integer = [&](int column) { return row.getColumn(column).getInt64(); };
  const auto real = [&](int column) { return row.getColumn(column).getDouble(); };
  StoredRun run;
  run.run_id = integer(0);
  run.state = integer(1);
  run.reason = integer(2);
  run.wall_s = real(3);
  run.cpu_s = real(4);
  run.max_rss_kb = integer(5);
  run.host = integer(6);
  run.slot = integer(7);
  run.started_at = real(8);
  run.exit_code = integer(9);
  run.signal = integer(10);
  const auto message = row.getColumn(11);
  const char* text = message.getText();
  run.message = {text, static_cast<std::size_t>(message.getBytes())};
  run.epoch = integer(12);
  run.checksum = integer(13);
  run.simulator = integer(14);
  run.final = integer(15);
  return run;
}

std::uint64_t fingerprint(const StoredRun& run) {
  const auto numbers = numbers_of(run);
  const auto bytes = std::as_bytes(std::span{numbers});
  if (run.message.empty()) return checksum64(bytes);
  std::vector<std::byte> all{bytes.begin(), bytes.end()};
  const auto message = std::as_bytes(std::span{run.message});
  all.insert(all.end(), message.begin(), message.end());
  return checksum64(all);
}

RunNames::RunNames(SQLite::Database& db)
    : hosts{read_names(db, sql::list_hosts)},
      reasons{read_names(db, sql::list_reasons)},
      simulators{read_names(db, sql::list_simulators)} {}

RunRow RunNames::resolve(const StoredRun& run) const {
  RunRow row;
  RunRecord& record = row.record;
  record.id = run.id();
  record.state = sample_state_from(static_cast<std::uint8_t>(run.state)).value_or(SampleState::pending);
  record.final = run.final != 0;
  record.slot = static_cast<std::uint16_t>(run.slot);
  record.exit_code = static_cast<std::int32_t>(run.exit_code);
  record.signal = static_cast<std::int32_t>(run.signal);
  record.wall_s = run.wall_s;
  record.cpu_s = run.cpu_s;
  record.max_rss_kb = run.max_rss_kb;
  record.started_at = run.started_at;
  record.checksum = static_cast<std::uint64_t>(run.checksum);
  record.reason = name_in(reasons, run.reason);
  record.message = run.message;
  row.host = name_in(hosts, run.host);
  row.simulator = name_in(simulators, run.simulator);
  row.epoch = static_cast<std::uint64_t>(run.epoch);
  return row;
}

}  // namespace tranche::ledger
