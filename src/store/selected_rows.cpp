#include "selected_rows.hpp"

#include <algorithm>
#include <cstring>

#include "tranche/base/errors.hpp"

namespace tranche::store {
namespace {

constexpr std::size_t page_bytes = std::size_t{4} << 20;

std::size_t page_rows(std::size_t row_bytes, std::uint64_t left) {
  return std::min<std::uint64_t>(std::max<std::size_t>(1, page_bytes / row_bytes), left);
}

/// Moves the wanted rows to the front.
void pack(std::vector<std::byte>& page, std::span<const std::uint8_t> wanted, std::size_t row_bytes) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0) continue;
    if (kept != i) std::memcpy(page.data() + kept * row_bytes, page.data() + i * row_bytes, row_bytes);
    ++kept;
  }
}

}  // namespace

bool same_columns(const StageLayout& a, const StageLayout& b) {
  const auto same_axis = [](const campaign::Axis& x, const campaign::Axis& y) {
    return x.name == y.name && x.values == y.values;
  };
  const auto same_column = [](const Column& x, const Column& y) {
    return x.path == y.path && x.element == y.element && x.shape == y.shape && x.scales == y.scales;
  };
  const auto left = columns_of(a.spec);
  const auto right = columns_of(b.spec);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_column) &&
         std::equal(a.spec.axes.begin(), a.spec.axes.end(), b.spec.axes.begin(), b.spec.axes.end(),
                    same_axis);
}

SelectedRows::SelectedRows(const std::string& campaign_dir, std::span<const StageLayout> files,
                           const StateMask& states)
    : states_{states} {
  ensure(!files.empty(), "an export takes at least one stage");
  std::vector<std::uint8_t> wanted;
  for (const StageLayout& layout : files) {
    ensure(same_columns(files.front(), layout), "all stages of a campaign have the same columns and axes");
    stages_.push_back(open_checked(campaign_dir, layout, h5::Access::read));
    for (std::uint64_t row = 0; row < layout.range.size(); row += wanted.size()) {
      wanted.resize(page_rows(1, layout.range.size() - row));
      count_ += select(stages_.back(), row, wanted);
    }
  }
}

std::size_t SelectedRows::select(const OpenStage& stage, std::uint64_t row,
                                 std::span<std::uint8_t> wanted) const {
  stage.column(Content::state).read(row, wanted.size(), wanted.data());
  std::size_t count = 0;
  for (std::uint8_t& state : wanted) {
    if (state >= states_.size())
      throw DamageError{"stage file " + stage.path + " has a row with state " + std::to_string(state),
                        "run `tranche verify`"};
    state = states_[state] ? 1 : 0;
    count += state;
  }
  return count;
}

bool ColumnCursor::load_page() {
  const std::size_t bytes = rows_->columns()[column_].row_bytes();
  for (; stage_ < rows_->stages().size(); ++stage_, row_ = 0) {
    const OpenStage& stage = rows_->stages()[stage_];
    const h5::RowData& data = stage.data[column_];
    while (row_ < data.rows()) {
      wanted_.resize(page_rows(bytes, data.rows() - row_));
      const std::size_t count = rows_->select(stage, row_, wanted_);
      const std::uint64_t first = row_;
      row_ += wanted_.size();
      if (count == 0) continue;
      page_.resize(wanted_.size() * bytes);
      data.read(first, wanted_.size(), page_.data());
      if (count < wanted_.size()) pack(page_, wanted_, bytes);
      at_ = 0;
      filled_ = count * bytes;
      return true;
    }
  }
  return false;
}

std::size_t ColumnCursor::read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (at_ == filled_ && !load_page()) break;
    const std::size_t step = std::min(out.size() - done, filled_ - at_);
    std::memcpy(out.data() + done, page_.data() + at_, step);
    at_ += step;
    done += step;
  }
  return done;
}

}  // namespace tranche::store
