#include <algorithm>
#include <vector>

#include "check_stage_file.hpp"
#include "file_ops.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/failpoint.hpp"
#include "tranche/store/stage_file.hpp"

namespace tranche::store {
namespace {

constexpr std::size_t page_rows = std::size_t{1} << 20;
constexpr std::uint64_t longest_patch = 65'536;

/// No state of a sample: wrong whether the ledger has the row or not.
constexpr std::uint8_t half_written = 255;

bool is_finished(std::uint8_t state) {
  return state != static_cast<std::uint8_t>(SampleState::pending) &&
         state != static_cast<std::uint8_t>(SampleState::excluded);
}

bool is_open(std::uint8_t state) {
  return !is_finished(state) || state == half_written;
}

/// A page of `state`, and which stretches of it contradict the ledger.
class Page {
 public:
  Page(const OpenStage& stage, SampleIndex first_of_stage, IndexRange range, Checksums checksums)
      : range_{range} {
    const auto row = range.begin - first_of_stage;
    states_.resize(range.size());
    stage.column(Content::state).read(row, range.size(), states_.data());
    if (checksums == Checksums::check) open_without_checksum(stage, row);
  }

  /// Rows of `part` for which `wrong` holds, as ranges that follow `part`'s order.
  void collect(IndexRange part, bool (*wrong)(std::uint8_t), std::vector<IndexRange>& into) const {
    const auto at = [&](SampleIndex index) {
      return states_.begin() + static_cast<std::ptrdiff_t>(index - range_.begin);
    };
    const auto end = at(part.end);
    for (auto from = std::find_if(at(part.begin), end, wrong); from != end;) {
      const auto to = std::find_if_not(from, end, wrong);
      into.push_back({range_.begin + static_cast<std::uint64_t>(from - states_.begin()),
                      range_.begin + static_cast<std::uint64_t>(to - states_.begin())});
      from = std::find_if(to, end, wrong);
    }
  }

  std::uint8_t state(SampleIndex index) const { return states_[index - range_.begin]; }
  IndexRange range() const { return range_; }

 private:
  /// A row that is ok without its checksum agrees with nothing.
  void open_without_checksum(const OpenStage& stage, std::uint64_t row) {
    std::vector<std::uint64_t> checksums(states_.size());
    stage.column(Content::checksum).read(row, checksums.size(), checksums.data());
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (checksums[i] == 0 && states_[i] == static_cast<std::uint8_t>(SampleState::ok))
        states_[i] = half_written;
  }

  IndexRange range_;
  std::vector<std::uint8_t> states_;
};

std::vector<IndexRange> contradictions(const Page& page, const NextFinished& next_finished) {
  std::vector<IndexRange> wrong;
  auto from = page.range().begin;
  while (from < page.range().end) {
    const auto run = next_finished(from);
    const auto begin = run ? std::min(run->begin, page.range().end) : page.range().end;
    const auto end = run ? std::min(run->end, page.range().end) : page.range().end;
    page.collect({from, begin}, is_finished, wrong);
    page.collect({begin, end}, is_open, wrong);
    from = end;
  }
  return wrong;
}

void patch(const OpenStage& stage, const Page& page, SampleIndex first_of_stage, IndexRange rows,
           const RecordedStates& recorded) {
  std::vector<std::uint8_t> states(rows.size());
  std::vector<std::uint64_t> checksums(rows.size());
  for (const auto& row : recorded(rows)) {
    ensure(rows.contains(row.index), "recorded states are of the rows asked for");
    if (page.state(row.index) == static_cast<std::uint8_t>(SampleState::excluded))
      throw DamageError{"sample " + std::to_string(row.index) + " is excluded in " + stage.path +
                            " but the ledger says " + std::string{to_string(row.state)},
                        "run `tranche verify`"};
    states[row.index - rows.begin] = static_cast<std::uint8_t>(row.state);
    checksums[row.index - rows.begin] = row.checksum;
  }
  const auto at = rows.begin - first_of_stage;
  stage.column(Content::checksum).write(at, rows.size(), checksums.data());
  failpoint("state");
  stage.column(Content::state).write(at, rows.size(), states.data());
}

}  // namespace

std::uint64_t reconcile_states(const std::string& campaign_dir, const StageLayout& layout,
                               const NextFinished& next_finished, const RecordedStates& recorded,
                               const Fence& fence, Checksums checksums) {
  OpenStage stage = open_checked(campaign_dir, layout, h5::Access::write);
  const auto first = layout.range.begin;
  std::uint64_t changed = 0;
  for (auto begin = first; begin < layout.range.end; begin += page_rows) {
    const Page page{
        stage, first, {begin, std::min<SampleIndex>(begin + page_rows, layout.range.end)}, checksums};
    const auto all_wrong = contradictions(page, next_finished);
    if (fence && !all_wrong.empty()) fence();
    for (const auto& wrong : all_wrong)
      for (auto from = wrong.begin; from < wrong.end; from += longest_patch) {
        const IndexRange rows{from, std::min(from + longest_patch, wrong.end)};
        patch(stage, page, first, rows, recorded);
        changed += rows.size();
      }
  }
  stage.data.clear();
  if (changed > 0) h5::flush(stage.file);
  h5::close(stage.file, stage.path);
  if (changed > 0) sync_file(stage.path);
  return changed;
}

}  // namespace tranche::store
