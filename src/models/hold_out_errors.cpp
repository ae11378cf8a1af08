#include "tranche/models/hold_out_errors.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tranche/base/errors.hpp"

namespace tranche::models {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_bins = 20;
constexpr std::size_t map_bins = 12;
constexpr std::uint64_t fewest_in_cell = 5;
constexpr std::uint64_t fewest_in_bin = 10;  // for its median to count in the contrast
constexpr double worst_share = 0.1;

/// Linear between ranks; NaN of nothing. Sorts.
double quantile(std::vector<double>& values, double share) {
  if (values.empty()) return unknown;
  std::sort(values.begin(), values.end());
  const double rank = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto above = std::min(below + 1, values.size() - 1);
  return values[below] + (rank - static_cast<double>(below)) * (values[above] - values[below]);
}

/// Whether a point of a row counts.
class Judge {
 public:
  Judge(const JudgedRows& rows, double window)
      : rows_{&rows}, peaks_{rows.truth.rowwise().maxCoeff()}, window_{window} {}

  bool counts(Eigen::Index row, Eigen::Index point) const {
    return rows_->truth(row, point) >= peaks_(row) - window_;
  }
  double error(Eigen::Index row, Eigen::Index point) const {
    return std::abs(rows_->predicted(row, point) - rows_->truth(row, point));
  }
  double of_spectrum(Eigen::Index row) const {
    double sum = 0;
    double count = 0;
    for (Eigen::Index k = 0; k < rows_->truth.cols(); ++k)
      if (counts(row, k)) {
        sum += error(row, k);
        ++count;
      }
    return sum / count;  // the peak itself counts always
  }

 private:
  const JudgedRows* rows_;
  Eigen::VectorXd peaks_;
  double window_;
};

std::vector<SpectrumError> examples_of(const std::vector<double>& errors) {
  std::vector<std::size_t> order(errors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return errors[a] < errors[b]; });
  const auto one = [&](const char* what, std::size_t place) {
    return SpectrumError{what, order[place], errors[order[place]]};
  };
  return {one("best", 0), one("median", order.size() / 2), one("worst", order.size() - 1)};
}

/// Bins of a parameter: whole numbers and levels have one each, as far as there is room.
class Bins {
 public:
  Bins(const surrogate::Input& input, std::size_t most) : input_{&input} {
    const bool whole =
        input.scale == surrogate::Input::Scale::integer || input.scale == surrogate::Input::Scale::levels;
    const double values = input.hi - input.lo + 1;
    count_ = whole && values <= static_cast<double>(most) ? static_cast<std::size_t>(values) : most;
    each_ = whole && values <= static_cast<double>(most);
  }

  std::size_t count() const noexcept { return count_; }
  std::size_t of(double value) const {
    const double share =
        each_ ? (value - input_->lo + 0.5) / static_cast<double>(count_) : (input_->scaled(value) + 1) / 2;
    const double place = std::floor(share * static_cast<double>(count_));
    return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(count_ - 1)));
  }
  std::vector<double> edges() const {
    std::vector<double> edges(count_ + 1);
    for (std::size_t k = 0; k <= count_; ++k)
      edges[k] = edge(static_cast<double>(k) / static_cast<double>(count_));
    return edges;
  }

 private:
  double edge(double share) const {
    const double lo = each_ ? input_->lo - 0.5 : input_->lo;
    const double hi = each_ ? input_->hi + 0.5 : input_->hi;
    if (input_->scale == surrogate::Input::Scale::log) return lo * std::pow(hi / lo, share);
    return lo + share * (hi - lo);
  }

  const surrogate::Input* input_;
  std::size_t count_ = 1;
  bool each_ = false;
};

ParameterErrors along(std::size_t parameter, const surrogate::Input& input, const JudgedRows& rows,
                      const std::vector<double>& errors) {
  const Bins bins{input, most_bins};
  std::vector<std::vector<double>> inside(bins.count());
  for (std::size_t row = 0; row < errors.size(); ++row)
    inside[bins.of(rows.x(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(parameter)))].push_back(
        errors[row]);
  ParameterErrors result{parameter, {}, 1};
  const auto edges = bins.edges();
  double least = std::numeric_limits<double>::infinity();
  double most = 0;
  for (std::size_t k = 0; k < bins.count(); ++k) {
    const double median = quantile(inside[k], 0.5);
    result.bins.push_back({edges[k], edges[k + 1], inside[k].size(), median, quantile(inside[k], 0.95)});
    if (inside[k].size() < fewest_in_bin) continue;
    least = std::min(least, median);
    most = std::max(most, median);
  }
  if (least > 0 && most > 0) result.contrast = most / least;
  return result;
}

ErrorMap map_of(std::size_t x, std::size_t y, const std::vector<surrogate::Input>& inputs,
                const JudgedRows& rows, const std::vector<double>& errors) {
  const Bins across{inputs[x], map_bins};
  const Bins up{inputs[y], map_bins};
  std::vector<std::vector<double>> cells(across.count() * up.count());
  for (std::size_t row = 0; row < errors.size(); ++row) {
    const auto at = [&](std::size_t column) {
      return rows.x(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(column));
    };
    cells[up.of(at(y)) * across.count() + across.of(at(x))].push_back(errors[row]);
  }
  ErrorMap map{x, y, across.edges(), up.edges(), {}};
  for (auto& cell : cells) map.median.push_back(cell.size() < fewest_in_cell ? unknown : quantile(cell, 0.5));
  return map;
}

std::vector<ErrorMap> maps_of(const std::vector<ParameterErrors>& by_parameter,
                              const std::vector<surrogate::Input>& inputs, const JudgedRows& rows,
                              const std::vector<double>& errors) {
  if (by_parameter.size() < 2) return {};
  auto order = by_parameter;
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.contrast > b.contrast; });
  return {map_of(order[0].parameter, order[1].parameter, inputs, rows, errors)};
}

std::vector<PointError> by_point(const Judge& judge, const JudgedRows& rows) {
  std::vector<PointError> points;
  std::vector<double> errors;
  for (Eigen::Index k = 0; k < rows.truth.cols(); ++k) {
    errors.clear();
    for (Eigen::Index row = 0; row < rows.truth.rows(); ++row)
      if (judge.counts(row, k)) errors.push_back(judge.error(row, k));
    const double median = quantile(errors, 0.5);
    points.push_back({median, quantile(errors, 0.95), quantile(errors, 0.99)});
  }
  return points;
}

/// Four bars a decade, between the first and the last decade that has an error; smaller ones are in the first
/// bar.
void fill_histogram(const Judge& judge, const JudgedRows& rows, HoldOutErrors& result) {
  constexpr double per_decade = 4;
  const double top = std::ceil(std::log10(std::max(result.inside.max, 1e-300)) * per_decade) / per_decade;
  const double foot = std::floor(std::log10(std::max(result.inside.median, 1e-300)) - 3);
  const auto bars = static_cast<std::size_t>(std::clamp(std::round((top - foot) * per_decade), 1.0, 200.0));
  for (std::size_t k = 0; k <= bars; ++k)
    result.histogram_edges.push_back(std::pow(10.0, foot + static_cast<double>(k) / per_decade));
  result.histogram.assign(bars, 0.0);
  for (Eigen::Index row = 0; row < rows.truth.rows(); ++row)
    for (Eigen::Index k = 0; k < rows.truth.cols(); ++k) {
      if (!judge.counts(row, k)) continue;
      const double place = (std::log10(std::max(judge.error(row, k), 1e-300)) - foot) * per_decade;
      ++result.histogram[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bars) - 1))];
    }
}

std::string worst_place(const std::vector<surrogate::Input>& inputs, const std::vector<atlas::Axis>& axes,
                        const JudgedRows& rows, const std::vector<double>& errors) {
  auto sorted = errors;
  const double limit = quantile(sorted, 1 - worst_share);
  atlas::Points worst{inputs.size()};
  atlas::Points others{inputs.size()};
  for (std::size_t row = 0; row < errors.size(); ++row) {
    auto& points = errors[row] > limit ? worst : others;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const double value = rows.x(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k));
      points.values.push_back(inputs[k].scale == surrogate::Input::Scale::log ? std::log10(value) : value);
    }
  }
  const double share = static_cast<double>(worst.size()) / static_cast<double>(errors.size());
  const auto answer = atlas::worst_region({axes, &worst, &others, share});
  switch (answer.kind) {
    case atlas::Answer::Kind::found:
      return atlas::sentence(axes, answer.region, "the worst tenth of the spectra", share);
    case atlas::Answer::Kind::too_few:
      return "too few spectra to say where the worst ones are";
    case atlas::Answer::Kind::all_over:
      return "the worst tenth of the spectra lie all over the parameter space";
  }
  throw ContractError{"an answer is of a known kind"};
}

}  // namespace

HoldOutErrors hold_out_errors(const std::vector<surrogate::Input>& inputs,
                              const std::vector<atlas::Axis>& axes, const JudgedRows& rows, double window) {
  ensure(rows.truth.rows() > 0 && rows.truth.rows() == rows.predicted.rows() &&
             rows.truth.cols() == rows.predicted.cols() && rows.x.rows() == rows.truth.rows(),
         "a prediction for each truth");
  const Judge judge{rows, window};
  HoldOutErrors result;
  result.inside = learn::accuracy(rows.truth, rows.predicted, window);
  result.all_points = learn::accuracy(rows.truth, rows.predicted, std::numeric_limits<double>::infinity());
  for (Eigen::Index row = 0; row < rows.truth.rows(); ++row)
    result.of_spectrum.push_back(judge.of_spectrum(row));
  result.examples = examples_of(result.of_spectrum);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    result.by_parameter.push_back(along(k, inputs[k], rows, result.of_spectrum));
  result.maps = maps_of(result.by_parameter, inputs, rows, result.of_spectrum);
  result.by_point = by_point(judge, rows);
  fill_histogram(judge, rows, result);
  result.region = worst_place(inputs, axes, rows, result.of_spectrum);
  return result;
}

}  // namespace tranche::models
