#include "encoder.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "tranche/base/errors.hpp"
#include "tranche/design/hash.hpp"
#include "tranche/inspect/output_view.hpp"

namespace tranche::trainer {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t piece = 4096;       ///< samples encoded at a time
constexpr std::size_t fit_most = 50'000;  ///< mean, baseline and components do not change with more
constexpr std::size_t fit_run = 500;

Eigen::Index index(std::size_t value) {
  return static_cast<Eigen::Index>(value);
}

/// Enough of them to fit targets to, in runs over the whole length.
std::vector<SampleIndex> enough(std::span<const SampleIndex> which) {
  if (which.size() <= fit_most) return {which.begin(), which.end()};
  std::vector<SampleIndex> some;
  const std::size_t runs = fit_most / fit_run;
  for (std::size_t k = 0; k < runs; ++k) {
    const auto from = which.begin() + static_cast<std::ptrdiff_t>((which.size() - fit_run) * k / (runs - 1));
    some.insert(some.end(), from, from + fit_run);
  }
  some.erase(std::unique(some.begin(), some.end()), some.end());
  return some;
}

void require_finite(const SampleReader& reader, std::span<const SampleIndex> which,
                    const Eigen::MatrixXd& y) {
  if (y.allFinite()) return;
  Eigen::Index bad = 0;
  Eigen::Index first = -1;
  for (Eigen::Index row = 0; row < y.rows(); ++row)
    if (!y.row(row).allFinite()) {
      ++bad;
      if (first < 0) first = row;
    }
  throw Failure{
      ExitCode::usage,
      "output `" + reader.output().name + "` is not finite in sample " +
          std::to_string(which[static_cast<std::size_t>(first)]) +
          (bad > 1 ? " and in " + std::to_string(bad - 1) + " more of " + std::to_string(y.rows()) : ""),
      "tranche show " + std::to_string(which[static_cast<std::size_t>(first)]) +
          "; with `checks: [finite]` such samples count as invalid and are left out"};
}

/// Targets of 0 are mean and baseline alone.
double rest_share(const learn::Targets& targets, const Eigen::MatrixXd& u, const Eigen::MatrixXd& y) {
  double rest = 0;
  double spread = 0;
  for (Eigen::Index from = 0; from < y.rows(); from += index(piece)) {
    const auto count = std::min(index(piece), y.rows() - from);
    const auto truth = learn::softened(targets.floor_dex, y.middleRows(from, count));
    const learn::Matrix none = learn::Matrix::Zero(count, index(targets.count()));
    rest += (truth - targets.decode(u.middleRows(from, count), none)).squaredNorm();
    spread += (truth.rowwise() - targets.mean).squaredNorm();
  }
  return spread > 0 ? std::sqrt(rest / spread) : 0;
}

}  // namespace

Samples read_samples(const SampleReader& reader, std::span<const SampleIndex> which) {
  const auto points = reader.output().size;
  RowMajor x(index(which.size()), index(reader.inputs()));
  reader.read_parameters(which, {x.data(), static_cast<std::size_t>(x.size())});
  std::vector<std::byte> stored(which.size() * reader.row_bytes());
  reader.read_stored(which, stored);
  Samples samples{x, Eigen::MatrixXd(x.rows(), index(points))};
  if (reader.output().type == campaign::StoredType::float32) {
    using Floats = Eigen::Map<const learn::Matrix>;
    samples.y = Floats{reinterpret_cast<const float*>(stored.data()), x.rows(), index(points)}.cast<double>();
  } else {
    samples.y =
        Eigen::Map<const RowMajor>{reinterpret_cast<const double*>(stored.data()), x.rows(), index(points)};
  }
  require_finite(reader, which, samples.y);
  return samples;
}

Encoder::Encoder(const SampleReader& reader, std::vector<surrogate::Input> inputs,
                 const learn::TargetOptions& options, std::span<const SampleIndex> which)
    : reader_{reader}, inputs_{std::move(inputs)} {
  const auto samples = read_samples(reader, enough(which));
  const auto u = scaled(samples.x);
  targets_ = learn::Targets::fit(options, u, samples.y);
  rest_ = rest_share(targets_, u, samples.y);
}

Eigen::MatrixXd Encoder::scaled(const Eigen::MatrixXd& x) const {
  Eigen::MatrixXd u(x.rows(), x.cols());
  for (Eigen::Index column = 0; column < x.cols(); ++column) {
    const auto& input = inputs_[static_cast<std::size_t>(column)];
    u.col(column) = x.col(column).unaryExpr([&input](double value) { return input.scaled(value); });
  }
  return u;
}

TrainingSet Encoder::encode(std::span<const SampleIndex> which) const {
  TrainingSet set{learn::Matrix(index(which.size()), index(inputs_.size())),
                  learn::Matrix(index(which.size()), index(targets_.count()))};
  for (std::size_t from = 0; from < which.size(); from += piece) {
    const auto count = std::min(piece, which.size() - from);
    const auto samples = read_samples(reader_, which.subspan(from, count));
    const Eigen::MatrixXd u = scaled(samples.x);
    set.x.middleRows(index(from), index(count)) = u.cast<float>();
    set.z.middleRows(index(from), index(count)) = targets_.encode(u, samples.y);
  }
  return set;
}

PartedRows::PartedRows(const Encoder& encoder, std::vector<SampleIndex> which, std::uint64_t rows_a_part,
                       std::uint64_t seed)
    : encoder_{encoder},
      which_{std::move(which)},
      blocks_{(which_.size() + block_rows - 1) / block_rows},
      parts_{std::clamp<std::uint64_t>(
          (which_.size() + rows_a_part - 1) / std::max<std::uint64_t>(1, rows_a_part), 1, blocks_)},
      seed_{seed} {}

const TrainingSet& PartedRows::part(std::uint64_t epoch, std::uint64_t number) {
  std::vector<std::uint64_t> order(blocks_);
  std::iota(order.begin(), order.end(), std::uint64_t{0});
  const auto key = design::hash(design::root_key(seed_), epoch);
  for (std::uint64_t k = blocks_; k > 1; --k)
    std::swap(order[k - 1], order[design::range(design::hash(key, k), k)]);
  std::vector<std::uint64_t> own{
      order.begin() + static_cast<std::ptrdiff_t>(blocks_ * number / parts_),
      order.begin() + static_cast<std::ptrdiff_t>(blocks_ * (number + 1) / parts_)};
  std::sort(own.begin(), own.end());
  std::vector<SampleIndex> rows;
  for (const auto block : own) {
    const auto from = which_.begin() + static_cast<std::ptrdiff_t>(block * block_rows);
    const auto to = which_.begin() + static_cast<std::ptrdiff_t>(
                                         std::min<std::uint64_t>((block + 1) * block_rows, which_.size()));
    rows.insert(rows.end(), from, to);
  }
  set_ = encoder_.encode(rows);
  return set_;
}

}  // namespace tranche::trainer
