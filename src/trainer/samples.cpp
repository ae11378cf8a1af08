#include "samples.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "tranche/base/errors.hpp"

namespace tranche::trainer {
namespace {

/// Rows whose states are read at a time.
constexpr std::uint64_t page_rows = 1 << 20;
/// Read at a time where some rows are left out: stays in a cache until it is copied.
constexpr std::size_t page_bytes = 2 << 20;

std::vector<SampleIndex> ok_rows(const store::StageReader& reader) {
  std::vector<SampleIndex> ok;
  std::vector<std::uint8_t> states;
  const auto range = reader.range();
  for (auto begin = range.begin; begin < range.end; begin += page_rows) {
    const IndexRange page{begin, std::min(begin + page_rows, range.end)};
    states.resize(page.size());
    reader.read_states(page, states);
    for (std::size_t k = 0; k < states.size(); ++k)
      if (states[k] == static_cast<std::uint8_t>(SampleState::ok)) ok.push_back(begin + k);
  }
  return ok;
}

std::string joined(const std::string& list, const std::string& next) {
  return list.empty() ? next : list + ", " + next;
}

}  // namespace

SampleReader::SampleReader(const inspect::CampaignView& view, std::size_t output)
    : output_{view.spec.outputs[output]},
      which_{output},
      inputs_{view.spec.parameters.size()},
      row_bytes_{output_.size *
                 (output_.type == campaign::StoredType::float32 ? sizeof(float) : sizeof(double))} {
  if (!view.lock)
    throw Failure{ExitCode::usage, "the campaign has not begun: there is nothing to learn from",
                  "tranche run"};
  for (const auto& stage : view.plan.stages()) {
    const auto layout = view.layout(stage.key);
    if (!std::filesystem::exists(view.paths.store() / layout.file_name())) continue;
    auto reader = store::StageReader::open(view.paths.root().string(), layout);
    auto ok = ok_rows(reader);
    stages_.push_back({stage.key.stage, stage.name, std::move(reader), std::move(ok)});
  }
}

std::vector<SampleIndex> SampleReader::ok(std::optional<std::uint8_t> last) const {
  std::vector<SampleIndex> all;
  for (const auto& stage : stages_)
    if (!last || stage.number <= *last) all.insert(all.end(), stage.ok.begin(), stage.ok.end());
  return all;
}

std::string SampleReader::stage_names(std::optional<std::uint8_t> last) const {
  std::string names;
  for (const auto& stage : stages_)
    if (!last || stage.number <= *last) names = joined(names, stage.name);
  return names;
}

std::string SampleReader::digests(std::optional<std::uint8_t> last) const {
  std::string digests;
  for (const auto& stage : stages_) {
    if (last && stage.number > *last) continue;
    const auto seal = stage.reader.seal();
    digests = joined(digests, seal.generation > 0 ? seal.digest : "open");
  }
  return digests;
}

const SampleReader::Stage& SampleReader::stage_of(SampleIndex index) const {
  for (const auto& stage : stages_)
    if (stage.reader.range().contains(index)) return stage;
  throw ContractError{"a sample that is read lies in a stage that was opened"};
}

template <class Read>
void SampleReader::read_rows(std::span<const SampleIndex> which, std::size_t row_size, std::byte* out,
                             const Read& read) const {
  const std::uint64_t page = std::max<std::size_t>(1, page_bytes / row_size);
  std::vector<std::byte> mixed;
  for (std::size_t from = 0; from < which.size();) {
    const auto& stage = stage_of(which[from]);
    // A run without a gap goes straight to its place, however long it is.
    std::size_t to = from + 1;
    while (to < which.size() && which[to] == which[to - 1] + 1 && which[to] < stage.reader.range().end) ++to;
    if (to - from >= page / 4 || to == which.size()) {
      read(stage.reader, IndexRange{which[from], which[to - 1] + 1}, out + from * row_size,
           (to - from) * row_size);
      from = to;
      continue;
    }
    const auto end = std::min(which[from] + page, stage.reader.range().end);
    const auto last = std::lower_bound(which.begin() + static_cast<std::ptrdiff_t>(from), which.end(), end);
    to = static_cast<std::size_t>(last - which.begin());
    const IndexRange rows{which[from], which[to - 1] + 1};
    mixed.resize(rows.size() * row_size);
    read(stage.reader, rows, mixed.data(), mixed.size());
    for (; from < to; ++from)
      std::memcpy(out + from * row_size, mixed.data() + (which[from] - rows.begin) * row_size, row_size);
  }
}

void SampleReader::read_parameters(std::span<const SampleIndex> which, std::span<double> out) const {
  ensure(out.size() == which.size() * inputs_, "room for each sample's parameters");
  const auto read = [](const store::StageReader& reader, IndexRange rows, std::byte* to, std::size_t bytes) {
    // The room is that of doubles: out's own, or a vector's, which is aligned for anything.
    reader.read_parameters(rows, {reinterpret_cast<double*>(to), bytes / sizeof(double)});
  };
  read_rows(which, inputs_ * sizeof(double), reinterpret_cast<std::byte*>(out.data()), read);
}

void SampleReader::read_stored(std::span<const SampleIndex> which, std::span<std::byte> out) const {
  ensure(out.size() == which.size() * row_bytes_, "room for each sample's output");
  const auto read = [this](const store::StageReader& reader, IndexRange rows, std::byte* to,
                           std::size_t bytes) {
    reader.read_output(which_, rows, {to, bytes});
  };
  read_rows(which, row_bytes_, out.data(), read);
}

}  // namespace tranche::trainer
