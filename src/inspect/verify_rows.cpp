#include "verify_rows.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

#include "tranche/campaign/row_codec.hpp"
#include "tranche/inspect/output_view.hpp"

namespace tranche::inspect {
namespace {

constexpr std::size_t most_examples = 10;
constexpr std::uint64_t page_bytes = 8'000'000;
constexpr std::uint64_t most_page_rows = 16'384;
constexpr std::uint64_t allowed_ulps = 4;  ///< logarithms may differ between maths libraries
constexpr double derived_tolerance = 1e-12;

std::uint64_t ulps_between(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  if (!std::isfinite(a) || !std::isfinite(b) || (a < 0) != (b < 0)) return ~std::uint64_t{0};
  const auto x = std::bit_cast<std::uint64_t>(std::abs(a));
  const auto y = std::bit_cast<std::uint64_t>(std::abs(b));
  return x > y ? x - y : y - x;
}

bool close(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  return std::abs(a - b) <= derived_tolerance * std::max(std::abs(a), std::abs(b));
}

/// Final states of the ledger, in order, a page at a time.
class StateCursor {
 public:
  StateCursor(const ledger::Ledger& ledger, const ledger::StageRow& stage)
      : ledger_{ledger}, stage_{stage}, from_{stage.range.begin} {}

  /// The ledger's row of `index`, or nothing. Indices must be asked for in ascending order.
  std::optional<ledger::StateRow> at(SampleIndex index) {
    while (next_ < page_.size() && page_[next_].index < index) ++next_;
    if (next_ == page_.size() && !ended_) {
      load(std::max(index, from_));
      while (next_ < page_.size() && page_[next_].index < index) ++next_;
    }
    if (next_ == page_.size() || page_[next_].index != index) return std::nullopt;
    return page_[next_];
  }

 private:
  void load(SampleIndex from) {
    page_ = ledger_.final_states(stage_.key, from, most_page_rows);
    next_ = 0;
    if (page_.empty())
      ended_ = true;
    else
      from_ = page_.back().index + 1;
  }

  const ledger::Ledger& ledger_;
  const ledger::StageRow& stage_;
  std::vector<ledger::StateRow> page_;
  std::size_t next_ = 0;
  SampleIndex from_;
  bool ended_ = false;
};

template <class T>
void append_nan(std::vector<std::byte>& row, std::size_t count) {
  const std::vector<T> values(count, std::numeric_limits<T>::quiet_NaN());
  const auto bytes = std::as_bytes(std::span{values});
  row.insert(row.end(), bytes.begin(), bytes.end());
}

/// The outputs of a row that is not ok.
std::vector<std::byte> nan_outputs(const campaign::CampaignSpec& spec) {
  std::vector<std::byte> row;
  for (const auto& output : spec.outputs)
    output.type == campaign::StoredType::float32 ? append_nan<float>(row, output.size)
                                                 : append_nan<double>(row, output.size);
  return row;
}

/// The columns of some rows.
struct Page {
  IndexRange rows;
  std::vector<std::uint8_t> states;
  std::vector<std::uint64_t> checksums;
  std::vector<std::int64_t> indices;
  std::vector<std::uint16_t> revisions;
  std::vector<std::uint8_t> stages;
  std::vector<double> parameters;
  std::vector<std::vector<double>> derived;
  std::vector<std::vector<double>> meta;
  std::vector<std::vector<std::byte>> outputs;
};

/// Checks one row after the other.
class RowChecker {
 public:
  RowChecker(const RowSources& sources, VerifiedStage& verified, Findings& findings)
      : sources_{sources},
        spec_{sources.view.spec},
        codec_{spec_},
        verified_{verified},
        findings_{findings},
        recorded_{sources.ledger, sources.stage},
        x_(sources.view.space.width()),
        row_(codec_.output_bytes()),
        nan_row_{nan_outputs(spec_)},
        label_{sources.view.layout(sources.stage.key).file_name() + " (" + verified.name + ")"} {}

  std::uint64_t page_rows() const {
    const auto row_bytes = codec_.row_bytes() + 8 * x_.size() + 32;
    return std::clamp<std::uint64_t>(page_bytes / row_bytes, 1, most_page_rows);
  }

  Page read(IndexRange rows) const {
    const auto n = rows.size();
    const auto& reader = sources_.reader;
    Page page{rows,
              std::vector<std::uint8_t>(n),
              std::vector<std::uint64_t>(n),
              std::vector<std::int64_t>(n),
              std::vector<std::uint16_t>(n),
              std::vector<std::uint8_t>(n),
              std::vector<double>(n * spec_.parameters.size()),
              {},
              {},
              {}};
    reader.read_states(rows, page.states);
    reader.read_checksums(rows, page.checksums);
    reader.read_indices(rows, page.indices);
    reader.read_revisions(rows, page.revisions);
    reader.read_stages(rows, page.stages);
    reader.read_parameters(rows, page.parameters);
    for (std::size_t k = 0; k < spec_.derived.size(); ++k)
      reader.read_derived(k, rows, page.derived.emplace_back(n));
    for (std::size_t k = 0; k < spec_.meta.size(); ++k) reader.read_meta(k, rows, page.meta.emplace_back(n));
    for (std::size_t k = 0; k < spec_.outputs.size(); ++k)
      reader.read_output(k, rows, page.outputs.emplace_back(n * codec_.fields()[k].bytes));
    return page;
  }

  void check(const Page& page) {
    for (auto index = page.rows.begin; index < page.rows.end; ++index) check_row(page, index);
  }

  std::string digest() const { return digest_.value().hex(); }

 private:
  void find(std::string_view kind, std::string_view means, SampleIndex index, const std::string& how) {
    findings_.add(kind, means, label_ + ", sample " + std::to_string(index) + ": " + how);
  }

  void check_row(const Page& page, SampleIndex index) {
    const auto k = static_cast<std::size_t>(index - page.rows.begin);
    check_identity(page, k, index);
    sources_.view.space.evaluate(index, x_);
    check_values(page, k, index);
    const bool excluded = sources_.view.space.constrained() && !sources_.view.space.feasible(x_);
    const auto recorded = recorded_.at(index);
    const auto expected = excluded   ? SampleState::excluded
                          : recorded ? recorded->state
                                     : SampleState::pending;
    const auto checksum = expected == SampleState::ok ? recorded->checksum : 0;
    digest_.add(index, expected, checksum);
    count(expected);
    if (excluded && recorded)
      find("excluded", "a sample that the design excludes has a recorded run", index,
           std::string{to_string(recorded->state)});
    if (verified_.sealed && expected == SampleState::pending)
      find("missing", "a sealed stage has samples without a final run", index, "pending in the ledger");
    check_state(page, k, index, expected, checksum);
    check_outputs(page, k, index, expected, checksum);
  }

  void check_identity(const Page& page, std::size_t k, SampleIndex index) {
    if (page.indices[k] != static_cast<std::int64_t>(index))
      find("index", "the index column is not first_index + row", index,
           "file says " + std::to_string(page.indices[k]));
    if (page.revisions[k] != sources_.stage.key.revision)
      find("revision", "the revision column is not the stage's revision", index,
           "file says " + std::to_string(page.revisions[k]));
    if (page.stages[k] != sources_.stage.key.stage)
      find("stage", "the stage column is not the stage's number", index,
           "file says " + std::to_string(page.stages[k]));
  }

  void count(SampleState state) {
    if (state == SampleState::excluded) ++verified_.excluded;
    if (state != SampleState::excluded && state != SampleState::pending) ++verified_.finished;
  }

  void check_values(const Page& page, std::size_t k, SampleIndex index) {
    const auto d = spec_.parameters.size();
    for (std::size_t j = 0; j < d; ++j)
      if (!within_ulps(page.parameters[k * d + j], x_[j]))
        find("parameters", "a stored parameter is not the design's", index,
             spec_.parameters[j].name + " = " + format_value(page.parameters[k * d + j]) + ", design says " +
                 format_value(x_[j]));
    for (std::size_t j = 0; j < spec_.derived.size(); ++j) {
      const double expected = x_[d + spec_.constants.size() + j];
      if (!close(page.derived[j][k], expected))
        find("derived", "a stored derived value does not follow from the parameters", index,
             spec_.derived[j].name + " = " + format_value(page.derived[j][k]) + ", formula says " +
                 format_value(expected));
    }
  }

  void check_state(const Page& page, std::size_t k, SampleIndex index, SampleState expected,
                   std::uint64_t checksum) {
    const auto stored = sample_state_from(page.states[k]);
    const bool behind = !verified_.sealed && stored == SampleState::pending &&
                        expected != SampleState::pending && expected != SampleState::excluded;
    if (behind) {
      ++verified_.behind;
      return;
    }
    if (stored != expected) {
      find("state", "a state in the store is not the ledger's", index,
           "store says " + (stored ? std::string{to_string(*stored)} : std::to_string(page.states[k])) +
               ", ledger says " + std::string{to_string(expected)});
      return;
    }
    if (page.checksums[k] != checksum)
      find("checksum", "a checksum in the store is not the ledger's", index, "the checksum columns differ");
  }

  void check_outputs(const Page& page, std::size_t k, SampleIndex index, SampleState expected,
                     std::uint64_t checksum) {
    if (expected == SampleState::ok) {
      gather(page, k);
      if (codec_.checksum(row_) != checksum)
        find("outputs", "stored outputs do not have their recorded checksum: they were altered", index,
             "the outputs differ from what was recorded");
      else
        ++verified_.ok;
    } else if (verified_.sealed && !all_nan(page, k)) {
      find("leftover", "a sealed stage has outputs in a row that is not ok", index,
           "outputs or meta are not NaN");
    }
  }

  void gather(const Page& page, std::size_t k) {
    for (std::size_t j = 0; j < page.outputs.size(); ++j) {
      const auto& field = codec_.fields()[j];
      std::copy_n(page.outputs[j].begin() + static_cast<std::ptrdiff_t>(k * field.bytes), field.bytes,
                  row_.begin() + static_cast<std::ptrdiff_t>(field.offset));
    }
  }

  /// Nothing but the one NaN that we write.
  bool all_nan(const Page& page, std::size_t k) const {
    for (std::size_t j = 0; j < page.outputs.size(); ++j) {
      const auto& field = codec_.fields()[j];
      if (std::memcmp(page.outputs[j].data() + k * field.bytes, nan_row_.data() + field.offset,
                      field.bytes) != 0)
        return false;
    }
    return std::all_of(page.meta.begin(), page.meta.end(),
                       [&](const auto& column) { return std::isnan(column[k]); });
  }

  const RowSources& sources_;
  const campaign::CampaignSpec& spec_;
  campaign::RowCodec codec_;
  VerifiedStage& verified_;
  Findings& findings_;
  StateCursor recorded_;
  StageDigest digest_;
  std::vector<double> x_;
  std::vector<std::byte> row_;
  std::vector<std::byte> nan_row_;
  std::string label_;  ///< file and stage, for messages
};

}  // namespace

bool in_plan(const CampaignView& view, const ledger::StageRow& stage) {
  const auto& stages = view.plan.stages();
  if (stage.key.stage < 1 || stage.key.stage > stages.size()) return false;
  const auto& planned = view.plan.stage(stage.key.stage);
  return planned.range == stage.range && planned.name == stage.name;
}

bool within_ulps(double a, double b) {
  return ulps_between(a, b) <= allowed_ulps;
}

std::vector<std::string> axis_differences(const campaign::Axis& axis, const std::vector<double>& stored) {
  std::vector<std::string> differences;
  for (std::size_t i = 0; i < stored.size(); ++i)
    if (!within_ulps(stored[i], axis.values[i]))
      differences.push_back(axis.name + " " + std::to_string(i) + ": file has " + format_value(stored[i]) +
                            ", the campaign " + format_value(axis.values[i]));
  return differences;
}

void Findings::add(std::string_view kind, std::string_view means, const std::string& example, Mended mended) {
  auto found =
      std::find_if(kinds_.begin(), kinds_.end(), [&](const auto& entry) { return entry.kind == kind; });
  if (found == kinds_.end())
    found =
        kinds_.insert(kinds_.end(), {std::string{kind}, std::string{means}, mended == Mended::by_run, 0, {}});
  ++found->count;
  if (found->first.size() < most_examples) found->first.push_back(example);
}

void verify_rows(const RowSources& sources, VerifiedStage& verified, Findings& findings,
                 const std::function<void(std::uint64_t)>& advance) {
  RowChecker checker{sources, verified, findings};
  const auto range = sources.stage.range;
  const auto step = checker.page_rows();
  for (auto begin = range.begin; begin < range.end; begin += step) {
    const IndexRange rows{begin, std::min(begin + step, range.end)};
    checker.check(checker.read(rows));
    advance(rows.size());
  }
  verified.digest = checker.digest();
}

}  // namespace tranche::inspect
