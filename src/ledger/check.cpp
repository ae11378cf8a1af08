// The ledger against itself.
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "bitmap.hpp"
#include "done_blocks.hpp"
#include "ledger_impl.hpp"
#include "names.hpp"
#include "run_rows.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::ledger {
namespace {

/// A hundred sentences, then only a count.
class Faults {
 public:
  void add(std::string sentence) {
    if (sentences_.size() < most) sentences_.push_back(std::move(sentence));
    ++count_;
  }
  bool full() const { return count_ >= most; }
  bool none() const { return count_ == 0; }
  std::vector<std::string> take() {
    if (count_ > most) sentences_.push_back("There are " + std::to_string(count_ - most) + " more faults.");
    return std::move(sentences_);
  }

 private:
  static constexpr std::size_t most = 100;
  std::vector<std::string> sentences_;
  std::size_t count_ = 0;
};

/// What a stage's rows say, to be held against its counters and bitmap.
struct StageAudit {
  StageRow row;
  campaign::Tally seen;
  std::map<std::uint64_t, std::vector<std::uint8_t>>
      finals;  ///< the bitmap that its final runs give, by block
};

struct EpochAudit {
  StageKey stage;
  std::uint32_t threads = 1;
  std::uint64_t runs = 0;
  std::uint64_t fingerprint = 0;
  std::uint64_t seen_runs = 0;
  std::uint64_t seen_fingerprint = 0;
};

bool close(double left, double right) {
  return std::abs(left - right) <= 1e-7 * std::max({1.0, std::abs(left), std::abs(right)});
}

bool is_digest(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

class Checker {
 public:
  explicit Checker(SQLite::Database& db) : db_{db} {}

  std::vector<std::string> run() {
    check_file();
    if (faults_.none()) {
      for (auto& sentence : TableSums::faults(db_)) fault(std::move(sentence));
      load_stages();
      load_epochs();
      check_jobs();
      check_runs();
      for (auto& stage : stages_) check_stage(stage);
      for (const auto& [number, epoch] : epochs_) check_epoch(number, epoch);
      check_blocks();
    }
    return faults_.take();
  }

 private:
  void fault(std::string sentence) { faults_.add(std::move(sentence)); }

  void check_file() {
    SQLite::Statement rows{db_, sql::integrity};
    while (rows.executeStep())
      if (const auto line = rows.getColumn(0).getString(); line != "ok") fault("SQLite finds: " + line + ".");
  }

  void load_stages() {
    for (auto& row : read_stages(db_)) {
      check_stage_row(row);
      if (!stages_.empty() && stages_.back().row.key.revision == row.key.revision &&
          row.range.begin < stages_.back().row.range.end)
        fault("Stage " + name_of(row.key) + " overlaps the stage before it.");
      stages_.push_back({std::move(row), {}, {}});
    }
    // Stages of a revision may be numbered in another order than their indices.
  }

  void check_stage_row(const StageRow& row) {
    const std::string name = "Stage " + name_of(row.key);
    if (row.range.begin > row.range.end || row.range.end > max_sample_index + 1)
      fault(name + " has a range that does not ascend below 2^40.");
    if (row.state > StageState::sealed) fault(name + " has an unknown state.");
    if (row.gate > GateState::stopped) fault(name + " has an unknown gate state.");
    if (row.state == StageState::sealed && !is_digest(row.digest))
      fault(name + " is sealed without a digest.");
    if (row.state != StageState::sealed && !row.digest.empty())
      fault(name + " has a digest, but is not sealed.");
    if (row.state == StageState::sealed && row.generation == 0) fault(name + " is sealed at generation 0.");
  }

  void load_epochs() {
    SQLite::Statement rows{db_, sql::epoch_checks};
    while (rows.executeStep()) {
      const auto number = [&](int column) { return rows.getColumn(column).getInt64(); };
      EpochAudit epoch;
      epoch.stage = {static_cast<std::uint16_t>(number(1)), static_cast<std::uint8_t>(number(2))};
      epoch.threads = static_cast<std::uint32_t>(number(3));
      epoch.runs = static_cast<std::uint64_t>(number(4));
      epoch.fingerprint = static_cast<std::uint64_t>(number(5));
      epochs_.emplace(number(0), epoch);
    }
  }

  void check_jobs() {
    SQLite::Statement rows{db_, sql::nameless_jobs};
    while (rows.executeStep())
      fault("Job " + rows.getColumn(0).getString() + " names a simulator that is not in the table.");
  }

  void check_runs() {
    const RunNames names{db_};
    SQLite::Statement rows{db_, sql::all_runs};
    while (rows.executeStep()) {
      const StoredRun run = read_run(rows);
      check_values(run, names);
      check_sequence(run);
      StageAudit* stage = stage_of(run.id());
      if (stage == nullptr) fault(about(run) + " lies in no stage.");
      count(run, stage);
    }
  }

  static std::string about(const StoredRun& run) { return "Run " + name_of(run.id()); }

  void check_values(const StoredRun& run, const RunNames& names) {
    if (run.state < 1 || run.state > 5) fault(about(run) + " has state " + std::to_string(run.state) + ".");
    if (run.final != 0 && run.final != 1) fault(about(run) + " has a final flag that is neither 0 nor 1.");
    if (run.final == 0 && (run.state == 1 || run.state == 5))
      fault(about(run) + " ended well or invalid, but is not final.");
    if (!names.hosts.contains(run.host)) fault(about(run) + " names a host that is not in the table.");
    if (run.reason != 0 && !names.reasons.contains(run.reason))
      fault(about(run) + " names a reason that is not in the table.");
    if (run.simulator != 0 && !names.simulators.contains(run.simulator))
      fault(about(run) + " names a simulator that is not in the table.");
  }

  /// Attempts of a sample are 0, 1, 2, ... and only the last may be final.
  void check_sequence(const StoredRun& run) {
    const RunId id = run.id();
    const bool follows = any_run_ && before_.revision() == id.revision() && before_.index() == id.index();
    const int expected = follows ? before_.attempt() + 1 : 0;
    if (id.attempt() != expected) fault(about(run) + " comes without the attempt before it.");
    if (follows && before_final_) fault(about(run) + " comes after the sample's final run.");
    any_run_ = true;
    before_ = id;
    before_final_ = run.final != 0;
  }

  StageAudit* stage_of(RunId id) {
    const auto owns = [&](const StageAudit& stage) {
      return stage.row.key.revision == id.revision() && stage.row.range.contains(id.index());
    };
    if (current_ < stages_.size() && owns(stages_[current_])) return &stages_[current_];
    const auto found = std::find_if(stages_.begin(), stages_.end(), owns);
    if (found == stages_.end()) return nullptr;
    current_ = static_cast<std::size_t>(found - stages_.begin());
    return &*found;
  }

  void count(const StoredRun& run, StageAudit* stage) {
    const auto epoch = epochs_.find(run.epoch);
    if (epoch == epochs_.end()) {
      fault(about(run) + " names epoch " + std::to_string(run.epoch) + ", which is not in the table.");
    } else {
      epoch->second.seen_runs += 1;
      epoch->second.seen_fingerprint += fingerprint(run);
      if (stage != nullptr && stage->row.key != epoch->second.stage)
        fault(about(run) + " names epoch " + std::to_string(run.epoch) + " of another stage.");
    }
    if (stage == nullptr) return;
    stage->seen.runs += 1;
    stage->seen.wall_s += run.wall_s;
    stage->seen.cpu_s += run.cpu_s;
    stage->seen.core_s += run.wall_s * (epoch == epochs_.end() ? 1 : epoch->second.threads);
    if (run.final == 0) return;
    auto& block = stage->finals[run.id().index() / done_block_samples];
    block.resize(done_block_bytes);
    set_bit(block, run.id().index() % done_block_samples);
    if (run.state >= 1 && run.state <= 5) stage->seen.samples[static_cast<std::size_t>(run.state)] += 1;
  }

  void check_stage(StageAudit& stage) {
    if (stage.row.range.begin > stage.row.range.end) return;
    check_counters(stage);
  }

  void check_counters(const StageAudit& stage) {
    const auto& kept = stage.row.tally;
    const std::string name = "Stage " + name_of(stage.row.key);
    const auto compare = [&](std::string_view what, std::uint64_t counter, std::uint64_t rows) {
      if (counter != rows)
        fault(name + " counts " + std::to_string(counter) + " " + std::string{what} + " and has " +
              std::to_string(rows) + ".");
    };
    for (std::size_t state = 1; state <= 5; ++state)
      compare(sample_state_names[state], kept.samples[state], stage.seen.samples[state]);
    compare("runs", kept.runs, stage.seen.runs);
    if (!close(kept.wall_s, stage.seen.wall_s))
      fault(name + " has a sum wall_s that its runs do not add up to.");
    if (!close(kept.cpu_s, stage.seen.cpu_s))
      fault(name + " has a sum cpu_s that its runs do not add up to.");
    if (!close(kept.core_s, stage.seen.core_s))
      fault(name + " has a sum core_s that its runs do not add up to.");
    check_total(stage, name);
  }

  void check_total(const StageAudit& stage, const std::string& name) {
    std::uint64_t known = stage.row.tally.of(SampleState::excluded);
    for (std::size_t state = 1; state <= 5; ++state) known += stage.seen.samples[state];
    if (known > stage.row.range.size()) fault(name + " has more finished and excluded samples than indices.");
    if (stage.row.state == StageState::sealed && known < stage.row.range.size())
      fault(name + " is sealed with samples pending.");
  }

  void compare_bits(const StageAudit& stage, std::uint64_t block, std::span<const std::uint8_t> bits) {
    static const std::vector<std::uint8_t> none(done_block_bytes);
    const auto found = stage.finals.find(block);
    const auto& finals = found == stage.finals.end() ? none : found->second;
    for (std::size_t byte = 0; byte < bits.size() && !faults_.full(); ++byte) {
      const unsigned differing = bits[byte] ^ finals[byte];
      for (unsigned bit = 0; differing >> bit != 0; ++bit) {
        if ((differing >> bit & 1U) == 0) continue;
        const std::string name = name_of(stage.row.key.revision, block * done_block_samples + byte * 8 + bit);
        const bool done = (bits[byte] >> bit & 1U) != 0;
        fault("Sample " + name +
              (done ? " is marked as done without a final run." : " has a final run but no done bit."));
      }
    }
  }

  void check_epoch(std::int64_t number, const EpochAudit& epoch) {
    const std::string name = "Epoch " + std::to_string(number);
    if (std::none_of(stages_.begin(), stages_.end(), [&](const auto& s) { return s.row.key == epoch.stage; }))
      fault(name + " names stage " + name_of(epoch.stage) + ", which is not in the table.");
    if (epoch.runs != epoch.seen_runs)
      fault(name + " recorded " + std::to_string(epoch.runs) + " runs and has " +
            std::to_string(epoch.seen_runs) + ".");
    else if (epoch.fingerprint != epoch.seen_fingerprint)
      fault(name + " has runs that are not as they were recorded.");
  }

  /// Bits that are not what the final runs give, rows of `done` that belong nowhere.
  void check_blocks() {
    SQLite::Statement rows{db_, sql::all_blocks};
    while (rows.executeStep()) {
      const StageKey key{static_cast<std::uint16_t>(rows.getColumn(0).getInt()),
                         static_cast<std::uint8_t>(rows.getColumn(1).getInt())};
      const auto column = rows.getColumn(3);
      const std::span<const std::uint8_t> bytes{static_cast<const std::uint8_t*>(column.getBlob()),
                                                static_cast<std::size_t>(column.getBytes())};
      check_block(key, static_cast<std::uint64_t>(rows.getColumn(2).getInt64()), bytes);
    }
    const std::vector<std::uint8_t> nothing_done(done_block_bytes);
    for (const auto& stage : stages_)
      for (const auto& [block, finals] : stage.finals)
        if (!compared_.contains({stage.row.key, block})) compare_bits(stage, block, nothing_done);
  }

  void check_block(StageKey key, std::uint64_t block, std::span<const std::uint8_t> bytes) {
    const std::string name = "Block " + std::to_string(block) + " of the done bitmap of " + name_of(key);
    const auto stage =
        std::find_if(stages_.begin(), stages_.end(), [&](const auto& s) { return s.row.key == key; });
    if (stage == stages_.end()) return fault(name + " belongs to no stage.");
    if (bytes.size() != done_block_bytes)
      return fault(name + " has " + std::to_string(bytes.size()) + " bytes instead of " +
                   std::to_string(done_block_bytes) + ".");
    for (std::size_t bit = 0; bit < done_block_samples; ++bit) {
      if (bytes[bit / 8] == 0) {
        bit |= 7;  // the byte is empty: on to the next
      } else if (get_bit(bytes, bit) && !stage->row.range.contains(block * done_block_samples + bit)) {
        return fault(name + " marks samples outside of the stage.");
      }
    }
    compare_bits(*stage, block, bytes);
    compared_.insert({key, block});
  }

  SQLite::Database& db_;
  Faults faults_;
  std::vector<StageAudit> stages_;
  std::map<std::int64_t, EpochAudit> epochs_;
  std::set<std::pair<StageKey, std::uint64_t>> compared_;  ///< blocks of the bitmaps
  std::size_t current_ = 0;                                ///< stage of the last run
  bool any_run_ = false;
  RunId before_;
  bool before_final_ = false;
};

}  // namespace

std::vector<std::string> Ledger::check() const {
  try {
    return impl_->read("check", [&] {
      SQLite::Transaction snapshot{impl_->db()};
      return Checker{impl_->db()}.run();
    });
  } catch (const DamageError& error) {  // too damaged to be read to its end
    return {error.what()};
  }
}

}  // namespace tranche::ledger
