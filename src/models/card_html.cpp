#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "card_words.hpp"
#include "tranche/base/text.hpp"
#include "tranche/report/page.hpp"

namespace tranche::models {
namespace {

using report::Chart;
using report::Dash;
using report::LineChart;
using report::Page;
using report::Scale;
using report::Series;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::string titled(const std::string& name, const std::string& unit) {
  return unit.empty() || unit == "1" ? name : name + " (" + unit + ")";
}

std::vector<report::Fact> shown(const std::vector<words::Fact>& facts) {
  std::vector<report::Fact> list;
  for (const auto& fact : facts) list.push_back({fact.name, fact.value});
  return list;
}

/// What the points of an output stand over: its axis, or their number if it has none, or several.
struct PointAxis {
  Scale scale;
  std::vector<double> values;
};

PointAxis point_axis(const surrogate::Surrogate& surrogate) {
  PointAxis axis{{"point"}, {}};
  if (surrogate.axes.size() != 1) {
    for (std::uint64_t k = 0; k < surrogate.points(); ++k) axis.values.push_back(static_cast<double>(k));
    return axis;
  }
  const auto& only = surrogate.axes.front();
  const double lo = only.values.front();
  const double hi = only.values.back();
  const bool log = lo > 0 && hi / lo > 100;
  return {{titled(only.name, only.unit), log ? Scale::Kind::log : Scale::Kind::linear}, only.values};
}

Scale value_scale(const surrogate::Surrogate& surrogate) {
  const auto name = titled(surrogate.output, surrogate.output_unit);
  return {surrogate.log10 ? "log10 " + name : name};
}

Scale error_scale(const ModelCard& card, const std::string& what, Scale::Kind kind = Scale::Kind::linear) {
  const auto unit = words::error_unit(card.surrogate);
  return {titled(what, unit.empty() ? "" : unit.substr(1)), kind};
}

std::vector<double> row_of(const Eigen::MatrixXd& matrix, std::size_t row) {
  const Eigen::RowVectorXd values = matrix.row(static_cast<Eigen::Index>(row));
  return {values.data(), values.data() + values.size()};
}

/// What lies below the window of both is not drawn: it would squeeze what matters.
std::vector<double> above(std::vector<double> values, double least) {
  for (double& value : values)
    if (value < least) value = unknown;
  return values;
}

Chart spectrum_chart(const ModelCard& card, const SpectrumError& example) {
  const auto axis = point_axis(card.surrogate);
  auto truth = row_of(card.rows.truth, example.row);
  const double least = *std::max_element(truth.begin(), truth.end()) - card.window;
  Series simulated{"simulated", axis.values, above(std::move(truth), least), Dash::solid};
  Series predicted{"surrogate", axis.values, above(row_of(card.rows.predicted, example.row), least),
                   Dash::dashed};
  if (card.rows.spread.size() > 0) {
    const auto spread = row_of(card.rows.spread, example.row);
    for (std::size_t k = 0; k < spread.size(); ++k) {
      predicted.lo.push_back(predicted.y[k] - spread[k]);
      predicted.hi.push_back(predicted.y[k] + spread[k]);
    }
  }
  LineChart chart{axis.scale, value_scale(card.surrogate), {simulated, predicted}};
  chart.title = example.what + " (sample " + std::to_string(card.rows.index[example.row]) + ")";
  chart.size = {240, 170};
  return draw(chart, "Simulated and predicted " + card.surrogate.output + " of the " + example.what +
                         " case, sample " + std::to_string(card.rows.index[example.row]) + ": mean error " +
                         words::number(example.error) + words::error_unit(card.surrogate));
}

Chart difference_chart(const ModelCard& card, const SpectrumError& example) {
  const auto axis = point_axis(card.surrogate);
  const auto truth = row_of(card.rows.truth, example.row);
  auto difference = row_of(card.rows.predicted, example.row);
  const double least = *std::max_element(truth.begin(), truth.end()) - card.window;
  for (std::size_t k = 0; k < truth.size(); ++k)
    difference[k] = truth[k] < least ? unknown : difference[k] - truth[k];
  LineChart chart{
      axis.scale, error_scale(card, "difference"), {{"surrogate - simulated", axis.values, difference}}};
  chart.size = {240, 90};
  return draw(chart, "Prediction minus simulation of the " + example.what + " case");
}

void add_spectra(Page& page, const ModelCard& card) {
  page.section("Truth against prediction");
  report::Figure figure;
  std::string points;
  for (const auto& example : card.errors.examples) {
    figure.charts.push_back(spectrum_chart(card, example));
    points += " " + example.what + ": mean error " + words::number(example.error) +
              words::error_unit(card.surrogate) + " at " + words::point_text(card, example.row) + ".";
  }
  for (const auto& example : card.errors.examples) figure.charts.push_back(difference_chart(card, example));
  figure.caption =
      "Best, median and worst spectrum of the hold-out by mean absolute error; below each, prediction "
      "minus simulation." +
      points;
  page.figure(figure);
}

/// An output without an axis: one number a sample.
void add_scatter(Page& page, const ModelCard& card) {
  page.section("Truth against prediction");
  Series series{card.surrogate.output, {}, {}};
  const auto step = std::max<Eigen::Index>(1, card.rows.truth.rows() / 2000);
  for (Eigen::Index row = 0; row < card.rows.truth.rows(); row += step) {
    series.x.push_back(card.rows.truth(row, 0));
    series.y.push_back(card.rows.predicted(row, 0));
  }
  const auto scale = value_scale(card.surrogate);
  report::PointChart chart{{"simulated: " + scale.title}, {"predicted"}, {series}, {320, 320}};
  chart.diagonal = true;
  page.figure({{draw(chart, "Predictions against simulations, with the line on which both are equal")},
               "Samples of the hold-out; the line is where prediction and simulation agree."});
}

Chart parameter_chart(const ModelCard& card, const ParameterErrors& errors) {
  const auto& input = card.surrogate.inputs[errors.parameter];
  const bool log = input.scale == surrogate::Input::Scale::log;
  Series median{"median", {}, {}, Dash::solid};
  Series p95{"95 %", {}, {}, Dash::dashed};
  for (const auto& bin : errors.bins) {
    const double middle = log ? std::sqrt(bin.lo * bin.hi) : (bin.lo + bin.hi) / 2;
    for (Series* series : {&median, &p95}) series->x.push_back(middle);
    median.y.push_back(bin.median);
    p95.y.push_back(bin.p95);
  }
  LineChart chart{{titled(input.name, input.unit), log ? Scale::Kind::log : Scale::Kind::linear},
                  error_scale(card, "mean error of a spectrum"),
                  {median, p95}};
  chart.size = {240, 150};
  return draw(chart, "Error against " + input.name + ": the median of a bin varies by a factor of " +
                         words::number(errors.contrast));
}

Chart map_chart(const ModelCard& card, const ErrorMap& map) {
  const auto scale = [&](std::size_t parameter) {
    const auto& input = card.surrogate.inputs[parameter];
    return Scale{titled(input.name, input.unit),
                 input.scale == surrogate::Input::Scale::log ? Scale::Kind::log : Scale::Kind::linear};
  };
  report::HeatMap chart{scale(map.x), scale(map.y), "median error", map.x_edges,
                        map.y_edges,  map.median,   {300, 260}};
  return draw(chart, "Map of the median error over " + card.surrogate.inputs[map.x].name + " and " +
                         card.surrogate.inputs[map.y].name);
}

void add_regions(Page& page, const ModelCard& card) {
  page.section("Where in the parameter space it errs");
  std::string sentence = card.errors.region;
  sentence.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(sentence.front())));
  page.paragraph(sentence + ".");
  report::Figure figure;
  for (const auto& errors : card.errors.by_parameter) figure.charts.push_back(parameter_chart(card, errors));
  figure.caption =
      "Mean absolute error of a spectrum against each parameter: median and 95th percentile of the "
      "samples in a bin.";
  page.figure(figure);
  for (const auto& map : card.errors.maps)
    page.figure(
        {{map_chart(card, map)},
         "Median of the same error over the two parameters that change it most. Cells with fewer than five "
         "samples are empty."});
}

void add_points(Page& page, const ModelCard& card) {
  page.section("Errors along the axis, and how they are spread");
  const auto axis = point_axis(card.surrogate);
  std::vector<Series> series{{"median", axis.values, {}, Dash::solid},
                             {"95 %", axis.values, {}, Dash::dashed},
                             {"99 %", axis.values, {}, Dash::dotted}};
  for (const auto& point : card.errors.by_point) {
    series[0].y.push_back(point.median);
    series[1].y.push_back(point.p95);
    series[2].y.push_back(point.p99);
  }
  report::Figure figure;
  if (card.surrogate.points() > 1) {
    LineChart along{axis.scale, error_scale(card, "absolute error", Scale::Kind::log), series};
    along.size = {420, 220};
    figure.charts.push_back(draw(along, "Absolute error at each point of the axis: median, 95 % and 99 %"));
  }
  report::Histogram bars;
  bars.x = error_scale(card, "absolute error", Scale::Kind::log);
  bars.y = {"points", Scale::Kind::log};
  bars.edges = card.errors.histogram_edges;
  bars.counts = card.errors.histogram;
  bars.size = {320, 220};
  figure.charts.push_back(draw(bars, "Histogram of absolute errors: half of them are below " +
                                         words::number(card.errors.inside.median) +
                                         words::error_unit(card.surrogate) + ", 99 % below " +
                                         words::number(card.errors.inside.p99)));
  figure.caption = "Absolute errors over " + words::counted_points(card.window) +
                   ". Histogram: counts on a "
                   "logarithmic scale; smaller errors than its range are in the first bar.";
  page.figure(figure);
}

/// Error against the number of samples, of trials that came to a good end.
void add_curve(Page& page, const ModelCard& card) {
  Series median{"trials", {}, {}};
  if (card.board)
    for (const auto& standing : card.board->standings)
      if (standing.kind == Standing::Kind::trial && standing.state == Standing::State::ok) {
        median.x.push_back(static_cast<double>(standing.result.samples));
        median.y.push_back(standing.result.accuracy.median);
      }
  const bool several = !median.x.empty() && *std::max_element(median.x.begin(), median.x.end()) >
                                                *std::min_element(median.x.begin(), median.x.end());
  if (!card.curve && !several) return;
  page.section("What more samples bring");
  if (card.curve) page.paragraph(*card.curve + ".");
  if (!several) return;
  report::PointChart chart;
  chart.x = {"samples learned from", Scale::Kind::log};
  chart.y = error_scale(card, "median error", Scale::Kind::log);
  chart.series = {median};
  page.figure({{draw(chart, "Median error of each trial against the samples it learned from")},
               "Median absolute error of each trial against the samples it learned from."});
}

void add_leaderboard(Page& page, const ModelCard& card) {
  if (!card.board) return;
  page.section("Trials and baselines");
  report::Table table{
      {"trial", "state", "median", "mean", "95 %", "99 %", "largest", "R2", "roughness", "samples",
       "CPU time", "parameters", "settings"},
      {},
      "All trials of the model, best first, and what needs no training; the chosen one stands out."};
  for (const auto& each : card.board->standings) {
    const bool ok = each.state == Standing::State::ok;
    const auto& a = each.result.accuracy;
    std::vector<std::string> row{each.kind == Standing::Kind::trial ? std::to_string(each.trial) : each.name,
                                 std::string{to_string(each.state)}};
    for (const double value : {a.median, a.mean, a.p95, a.p99, a.max})
      row.push_back(ok ? words::number(value) : "");
    row.push_back(ok ? words::r2(a.r2) : "");
    row.push_back(ok ? words::number(a.roughness) : "");
    row.push_back(ok ? format_count(each.result.samples) : "");
    row.push_back(ok && each.result.cpu_s > 0 ? format_duration(each.result.cpu_s) : "");
    row.push_back(ok && each.result.parameters > 0 ? format_count(each.result.parameters) : "");
    row.push_back(each.reason.empty() ? each.label : each.reason);
    if (each.chosen && table.marked >= table.rows.size()) table.marked = table.rows.size();
    table.rows.push_back(std::move(row));
  }
  page.table(table);
}

void add_domain(Page& page, const ModelCard& card) {
  page.section("Domain and provenance");
  report::Table ranges{
      {"parameter", "unit", "scale", "from", "to"},
      {},
      "Ranges of the samples it was trained on. Points outside are extrapolated and flagged."};
  for (const auto& input : card.surrogate.inputs) ranges.rows.push_back(words::range_row(input));
  page.table(ranges);
  page.facts(shown(words::provenance(card)));
}

}  // namespace

std::string card_html(const ModelCard& card) {
  const auto& provenance = card.surrogate.provenance;
  Page page{"Surrogate " + provenance.model + " of " + provenance.campaign + ": " + card.surrogate.output};
  page.facts(shown(words::identity(card)));
  page.section("How good it is");
  page.facts(shown(words::accuracy(card)));
  if (card.surrogate.points() > 1)
    add_spectra(page, card);
  else
    add_scatter(page, card);
  add_regions(page, card);
  add_points(page, card);
  add_curve(page, card);
  add_leaderboard(page, card);
  page.section("How fast it is");
  page.facts(shown(words::speed(card)));
  add_domain(page, card);
  return page.html();
}

}  // namespace tranche::models
