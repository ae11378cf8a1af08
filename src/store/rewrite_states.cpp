#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <vector>

#include "check_stage_file.hpp"
#include "columns_digest.hpp"
#include "file_ops.hpp"
#include "skeleton.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/store/stage_file.hpp"

namespace tranche::store {
namespace {

constexpr std::size_t page_rows = std::size_t{1} << 20;
constexpr std::size_t erase_bytes = std::size_t{8} << 20;
constexpr auto excluded = static_cast<std::uint8_t>(SampleState::excluded);

/// One state at a time out of a source that fills pages. Checks that indices ascend.
class StateStream {
 public:
  explicit StateStream(const NextStates& next) : next_{next}, page_(4096) {}

  /// The next state below `end`, or nullptr; stays where it is until pop().
  const StateView* peek(SampleIndex end) {
    if (at_ == filled_ && !done_) refill();
    return !done_ && page_[at_].index < end ? &page_[at_] : nullptr;
  }
  void pop() { ++at_; }
  bool done() {
    if (at_ == filled_ && !done_) refill();
    return done_;
  }

 private:
  void refill() {
    filled_ = next_(page_);
    at_ = 0;
    done_ = filled_ == 0;
    for (std::size_t i = 0; i < filled_; ++i) {
      ensure(page_[i].index >= lowest_, "states come in index order, each once");
      lowest_ = page_[i].index + 1;
    }
  }

  const NextStates& next_;
  std::vector<StateView> page_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  bool done_ = false;
  SampleIndex lowest_ = 0;  ///< that may come next
};

struct StatePage {
  std::vector<std::uint8_t> states;
  std::vector<std::uint64_t> checksums;
  bool operator==(const StatePage&) const = default;
};

StatePage read_page(const OpenStage& stage, std::uint64_t row, std::uint64_t count) {
  StatePage page{std::vector<std::uint8_t>(count), std::vector<std::uint64_t>(count)};
  stage.column(Content::state).read(row, count, page.states.data());
  stage.column(Content::checksum).read(row, count, page.checksums.data());
  return page;
}

/// What the ledger says of the rows of `page`; excluded rows stay.
StatePage from_ledger(const StatePage& old, SampleIndex first, StateStream& ledger, const std::string& path) {
  StatePage page{std::vector<std::uint8_t>(old.states.size()), std::vector<std::uint64_t>(old.states.size())};
  std::transform(old.states.begin(), old.states.end(), page.states.begin(),
                 [](std::uint8_t state) { return state == excluded ? excluded : std::uint8_t{0}; });
  while (const StateView* row = ledger.peek(first + old.states.size())) {
    ensure(row->index >= first, "states belong to the stage");
    const std::size_t at = row->index - first;
    const auto state = static_cast<std::uint8_t>(row->state);
    if (old.states[at] == excluded && state != excluded)
      throw DamageError{"sample " + std::to_string(row->index) + " is excluded in " + path +
                            " but the ledger says " + std::string{to_string(row->state)},
                        "run `tranche verify`"};
    page.states[at] = state;
    page.checksums[at] = row->checksum;
    ledger.pop();
  }
  return page;
}

/// Sets rows [row, row + count) of a floating-point dataset to NaN.
void erase(const h5::RowData& data, const Column& column, std::uint64_t row, std::uint64_t count) {
  const std::uint64_t elements = column.row_bytes() / size_of(column.element);
  const std::uint64_t step = std::clamp<std::uint64_t>(erase_bytes / column.row_bytes(), 1, count);
  const std::vector<float> narrow(column.element == Element::f32 ? step * elements : 0,
                                  std::numeric_limits<float>::quiet_NaN());
  const std::vector<double> wide(column.element == Element::f64 ? step * elements : 0,
                                 std::numeric_limits<double>::quiet_NaN());
  const void* values = narrow.empty() ? static_cast<const void*>(wide.data()) : narrow.data();
  for (std::uint64_t done = 0; done < count; done += step)
    data.write(row + done, std::min(step, count - done), values);
}

/// Erases the runs of rows that are neither ok nor excluded (nothing was ever written to those).
void erase_not_ok(const OpenStage& stage, const std::vector<std::uint8_t>& states, std::uint64_t row) {
  const auto stale = [](std::uint8_t state) {
    return state != static_cast<std::uint8_t>(SampleState::ok) && state != excluded;
  };
  for (auto from = std::find_if(states.begin(), states.end(), stale); from != states.end();) {
    const auto to = std::find_if_not(from, states.end(), stale);
    for (std::size_t i = 0; i < stage.columns.size(); ++i)
      if (stage.columns[i].content == Content::output || stage.columns[i].content == Content::meta)
        erase(stage.data[i], stage.columns[i], row + static_cast<std::uint64_t>(from - states.begin()),
              static_cast<std::uint64_t>(to - from));
    from = std::find_if(to, states.end(), stale);
  }
}

void finish(OpenStage& stage) {
  stage.data.clear();
  h5::flush(stage.file);
  h5::close(stage.file, stage.path);
  sync_file(stage.path);
}

std::uint64_t hex64(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  ensure(error == std::errc{} && end == digits.data() + digits.size(), "a digest is hexadecimal");
  return value;
}

}  // namespace

void rewrite_states(const std::string& campaign_dir, const StageLayout& layout, const NextStates& next,
                    NotOkRows rows, const Fence& fence) {
  OpenStage stage = open_checked(campaign_dir, layout, h5::Access::write);
  StateStream ledger{next};
  for (std::uint64_t row = 0; row < layout.range.size(); row += page_rows) {
    const std::uint64_t count = std::min<std::uint64_t>(page_rows, layout.range.size() - row);
    const StatePage old = read_page(stage, row, count);
    const StatePage page = from_ledger(old, layout.range.begin + row, ledger, stage.path);
    if (rows == NotOkRows::keep && page == old) continue;
    if (fence) fence();
    if (rows == NotOkRows::erase) erase_not_ok(stage, page.states, row);
    if (page == old) continue;
    stage.column(Content::checksum).write(row, count, page.checksums.data());
    failpoint("state");
    stage.column(Content::state).write(row, count, page.states.data());
  }
  ensure(ledger.done(), "states belong to the stage");
  finish(stage);
}

void write_seal(const std::string& campaign_dir, const StageLayout& layout, std::uint32_t generation,
                const std::string& digest_hex) {
  ensure(digest_hex.size() == 32, "a stage digest has 32 hexadecimal digits");
  const std::string_view digits{digest_hex};
  OpenStage stage = open_checked(campaign_dir, layout, h5::Access::write);
  const Digest columns = columns_digest(stage);
  const std::array<std::uint64_t, seal_fields.size()> seal{
      generation, hex64(digits.substr(0, 16)), hex64(digits.substr(16)), columns.high, columns.low};
  h5::RowData::open(stage.file.get(), "seal", Element::u64).write(0, seal.size(), seal.data());
  finish(stage);
}

void remove_seal(const std::string& campaign_dir, const StageLayout& layout) {
  OpenStage stage = open_checked(campaign_dir, layout, h5::Access::write);
  const std::array<std::uint64_t, seal_fields.size()> none{};
  h5::RowData::open(stage.file.get(), "seal", Element::u64).write(0, none.size(), none.data());
  finish(stage);
}

}  // namespace tranche::store
