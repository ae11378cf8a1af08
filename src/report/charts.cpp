#include "tranche/report/charts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tranche/base/errors.hpp"

namespace tranche::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array colours{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
constexpr std::array symbols{"circle", "cross",         "diamond", "triangle-up",
                             "square", "triangle-down", "stroke"};
constexpr double few_decades = 0.9;  // less than that on a log scale has no power of ten to label

Json dashes(Dash dash) {
  if (dash == Dash::dashed) return {6, 3};
  if (dash == Dash::dotted) return {2, 3};
  return Json::array();
}

bool drawn(double value, const Scale& scale) {
  return std::isfinite(value) && (scale.kind == Scale::Kind::linear || value > 0);
}

struct Span {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -std::numeric_limits<double>::infinity();

  void add(const std::vector<double>& values, const Scale& scale) {
    for (const double value : values)
      if (drawn(value, scale)) {
        lo = std::min(lo, value);
        hi = std::max(hi, value);
      }
  }
  Json domain() const { return lo <= hi ? Json{lo, hi} : Json{0, 1}; }
};

/// A narrow log scale has no labels of its own: it is drawn as a linear one.
bool is_log(const Scale& scale, const Span& span) {
  return scale.kind == Scale::Kind::log && span.lo > 0 && std::log10(span.hi / span.lo) > few_decades;
}

Json axis_scale(const std::string& name, const Scale& scale, const Span& span, bool nice) {
  const bool log = is_log(scale, span);
  Json json{{"name", name},
            {"type", log ? "log" : "linear"},
            {"range", name == "x" ? "width" : "height"},
            {"domain", span.domain()}};
  json["nice"] = nice && !log;
  json["zero"] = false;
  return json;
}

/// Powers of ten between the ends, at most so many; none if there is only one.
Json powers_of_ten(const Span& span, int most) {
  const int first = static_cast<int>(std::ceil(std::log10(span.lo) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(span.hi) + 1e-9));
  Json powers = Json::array();
  const int step = std::max(1, (last - first + most - 1) / most);
  for (int power = first; power <= last; power += step) powers.push_back(std::pow(10.0, power));
  return powers.size() > 1 ? powers : Json::array();
}

Json axis(const std::string& name, const Scale& scale, const Span& span, const Size& size) {
  constexpr int pixels_a_label = 50;
  const int length = name == "x" ? size.width : size.height;
  Json json{{"scale", name}, {"orient", name == "x" ? "bottom" : "left"}, {"title", scale.title}};
  json["grid"] = true;
  json["gridOpacity"] = 0.4;
  json["tickCount"] = 5;
  json["labelOverlap"] = true;
  json["encode"]["labels"]["update"]["text"]["signal"] =
      "datum.value == 0 || abs(datum.value) >= 0.001 && abs(datum.value) < 100000 ? format(datum.value, "
      "'.6~g')"
      " : replace(format(datum.value, '.6~e'), '+', '')";
  if (is_log(scale, span))
    if (auto powers = powers_of_ten(span, std::max(2, length / pixels_a_label)); !powers.empty())
      json["values"] = std::move(powers);
  return json;
}

Json frame(const Size& size, const std::string& title) {
  Json spec{{"$schema", "https://vega.github.io/schema/vega/v5.json"},
            {"width", size.width},
            {"height", size.height},
            {"padding", 5},
            {"autosize", "pad"},
            {"background", "white"}};
  if (!title.empty()) spec["title"] = {{"text", title}, {"fontSize", 12}, {"anchor", "start"}};
  return spec;
}

template <class XY>
void add_axes(Json& spec, const XY& chart, const Span& x, const Span& y) {
  spec["scales"].push_back(axis_scale("x", chart.x, x, false));
  spec["scales"].push_back(axis_scale("y", chart.y, y, true));
  spec["axes"] = {axis("x", chart.x, x, chart.size), axis("y", chart.y, y, chart.size)};
}

void add_legend(Json& spec, const std::vector<Series>& series, const char* kind, const Json& range) {
  Json names = Json::array();
  Json hues = Json::array();
  for (std::size_t k = 0; k < series.size(); ++k) {
    names.push_back(series[k].name);
    hues.push_back(colours[k]);
  }
  spec["scales"].push_back({{"name", "colour"}, {"type", "ordinal"}, {"domain", names}, {"range", hues}});
  spec["scales"].push_back({{"name", kind}, {"type", "ordinal"}, {"domain", names}, {"range", range}});
  if (series.size() < 2) return;
  Json legend{{"orient", "top"}, {"symbolSize", 150}, {"direction", "horizontal"}};
  if (std::string{kind} == "dash") {
    legend["stroke"] = "colour";
    legend["strokeDash"] = "dash";
    legend["symbolType"] = "stroke";
    legend["symbolStrokeWidth"] = 2;
  } else {
    legend["fill"] = "colour";
    legend["shape"] = "shape";
  }
  spec["legends"] = Json::array({legend});
}

Json rows_of(const Series& series, const Scale& x, const Scale& y) {
  Json rows = Json::array();
  const bool band = !series.lo.empty();
  for (std::size_t k = 0; k < series.x.size(); ++k) {
    const bool there = drawn(series.x[k], x) && drawn(series.y[k], y);
    if (!drawn(series.x[k], x)) continue;
    Json row{{"x", series.x[k]}, {"y", there ? Json{} : Json{nullptr}}, {"there", there}};
    if (there)
      row["y"] = series.y[k];
    else
      row["y"] = nullptr;
    if (band) {
      const bool whole = drawn(series.lo[k], y) && drawn(series.hi[k], y);
      row["banded"] = whole;
      if (whole) {
        row["lo"] = series.lo[k];
        row["hi"] = series.hi[k];
      }
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Json at(const char* scale, const char* field) {
  return {{"scale", scale}, {"field", field}};
}

Json named(const char* scale, const std::string& name) {
  return {{"scale", scale}, {"value", name}};
}

Json line_mark(const std::string& data, const std::string& name) {
  Json look{{"x", at("x", "x")},
            {"y", at("y", "y")},
            {"stroke", named("colour", name)},
            {"strokeDash", named("dash", name)},
            {"strokeWidth", {{"value", 1.8}}},
            {"defined", {{"field", "there"}}}};
  return {{"type", "line"}, {"clip", true}, {"from", {{"data", data}}}, {"encode", {{"enter", look}}}};
}

Json band_mark(const std::string& data, const std::string& name) {
  Json look{{"x", at("x", "x")},
            {"y", at("y", "lo")},
            {"y2", at("y", "hi")},
            {"fill", named("colour", name)},
            {"fillOpacity", {{"value", 0.2}}},
            {"defined", {{"field", "banded"}}}};
  return {{"type", "area"}, {"clip", true}, {"from", {{"data", data}}}, {"encode", {{"enter", look}}}};
}

Json point_mark(const std::string& data, const std::string& name) {
  Json look{{"x", at("x", "x")},
            {"y", at("y", "y")},
            {"fill", named("colour", name)},
            {"shape", named("shape", name)},
            {"size", {{"value", 14}}},
            {"fillOpacity", {{"value", 0.5}}}};
  return {{"type", "symbol"}, {"clip", true}, {"from", {{"data", data}}}, {"encode", {{"enter", look}}}};
}

template <class XY>
Span span_x(const XY& chart) {
  Span span;
  for (const auto& one : chart.series) span.add(one.x, chart.x);
  return span;
}

template <class XY>
Span span_y(const XY& chart) {
  Span span;
  for (const auto& one : chart.series) {
    span.add(one.y, chart.y);
    span.add(one.lo, chart.y);
    span.add(one.hi, chart.y);
  }
  return span;
}

void check(const std::vector<Series>& series) {
  ensure(!series.empty() && series.size() <= colours.size(), "a chart has one to seven series");
  for (const auto& one : series)
    ensure(one.x.size() == one.y.size() && (one.lo.empty() || one.lo.size() == one.x.size()) &&
               one.lo.size() == one.hi.size(),
           "a series has as many x as y");
}

Chart finished(const Json& spec, const std::string& alternative) {
  return {spec.dump(-1, ' ', false, Json::error_handler_t::replace), alternative};
}

/// What is left of a bar's bottom on a log scale: one tenth of a sample.
constexpr double log_foot = 0.1;

Json cells_of(const HeatMap& map) {
  Json rows = Json::array();
  const std::size_t columns = map.x_edges.size() - 1;
  for (std::size_t k = 0; k < map.values.size(); ++k) {
    if (!std::isfinite(map.values[k])) continue;
    const std::size_t x = k % columns;
    const std::size_t y = k / columns;
    rows.push_back({{"x", map.x_edges[x]},
                    {"x2", map.x_edges[x + 1]},
                    {"y", map.y_edges[y]},
                    {"y2", map.y_edges[y + 1]},
                    {"v", map.values[k]}});
  }
  return rows;
}

}  // namespace

Chart draw(const LineChart& chart, const std::string& alternative) {
  check(chart.series);
  Json spec = frame(chart.size, chart.title);
  add_axes(spec, chart, span_x(chart), span_y(chart));
  Json range = Json::array();
  for (const auto& one : chart.series) range.push_back(dashes(one.dash));
  add_legend(spec, chart.series, "dash", range);
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const std::string data = "series" + std::to_string(k);
    spec["data"].push_back({{"name", data}, {"values", rows_of(chart.series[k], chart.x, chart.y)}});
    if (!chart.series[k].lo.empty()) spec["marks"].push_back(band_mark(data, chart.series[k].name));
    spec["marks"].push_back(line_mark(data, chart.series[k].name));
  }
  return finished(spec, alternative);
}

Chart draw(const PointChart& chart, const std::string& alternative) {
  check(chart.series);
  Span x = span_x(chart);
  Span y = span_y(chart);
  Json spec = frame(chart.size, chart.title);
  if (chart.diagonal) {
    x.lo = y.lo = std::min(x.lo, y.lo);
    x.hi = y.hi = std::max(x.hi, y.hi);
  }
  add_axes(spec, chart, x, y);
  Json range = Json::array();
  for (std::size_t k = 0; k < chart.series.size(); ++k) range.push_back(symbols[k]);
  add_legend(spec, chart.series, "shape", range);
  if (chart.diagonal) {
    spec["data"].push_back({{"name", "diagonal"}, {"values", {{{"v", x.lo}}, {{"v", x.hi}}}}});
    Json look{{"x", at("x", "v")}, {"y", at("y", "v")}, {"stroke", {{"value", "#555"}}}};
    spec["marks"].push_back(
        {{"type", "line"}, {"from", {{"data", "diagonal"}}}, {"encode", {{"enter", look}}}});
  }
  for (std::size_t k = 0; k < chart.series.size(); ++k) {
    const std::string data = "series" + std::to_string(k);
    Json rows = rows_of(chart.series[k], chart.x, chart.y);
    rows.erase(std::remove_if(rows.begin(), rows.end(), [](const Json& row) { return !row["there"]; }),
               rows.end());
    spec["data"].push_back({{"name", data}, {"values", std::move(rows)}});
    spec["marks"].push_back(point_mark(data, chart.series[k].name));
  }
  return finished(spec, alternative);
}

Chart draw(const Histogram& chart, const std::string& alternative) {
  ensure(chart.edges.size() == chart.counts.size() + 1, "a histogram has one edge more than bars");
  Json spec = frame(chart.size, chart.title);
  Span x;
  x.add(chart.edges, chart.x);
  Span y;
  y.add(chart.counts, chart.y);
  const bool log = is_log(chart.y, y);
  y.lo = log ? log_foot : 0;
  add_axes(spec, chart, x, y);
  Json rows = Json::array();
  for (std::size_t k = 0; k < chart.counts.size(); ++k)
    if (chart.counts[k] > 0)
      rows.push_back({{"x", chart.edges[k]}, {"x2", chart.edges[k + 1]}, {"n", chart.counts[k]}});
  spec["data"] = Json::array({{{"name", "bars"}, {"values", std::move(rows)}}});
  Json look{{"x", at("x", "x")},
            {"x2", at("x", "x2")},
            {"y", at("y", "n")},
            {"y2", {{"scale", "y"}, {"value", y.lo}}},
            {"fill", {{"value", colours[0]}}},
            {"stroke", {{"value", "white"}}},
            {"strokeWidth", {{"value", 0.5}}}};
  spec["marks"].push_back({{"type", "rect"}, {"from", {{"data", "bars"}}}, {"encode", {{"enter", look}}}});
  return finished(spec, alternative);
}

Chart draw(const HeatMap& chart, const std::string& alternative) {
  ensure(chart.x_edges.size() > 1 && chart.y_edges.size() > 1 &&
             chart.values.size() == (chart.x_edges.size() - 1) * (chart.y_edges.size() - 1),
         "a heat map has a value for each cell");
  Json spec = frame(chart.size, chart.title);
  Span x;
  x.add(chart.x_edges, chart.x);
  Span y;
  y.add(chart.y_edges, chart.y);
  Span values;  // without a cell Vega would ask for the ends of nothing
  values.add(chart.values, {});
  spec["scales"] = {axis_scale("x", chart.x, x, false), axis_scale("y", chart.y, y, false)};
  spec["axes"] = {axis("x", chart.x, x, chart.size), axis("y", chart.y, y, chart.size)};
  for (auto& each : spec["axes"]) each["grid"] = false;
  spec["scales"].push_back({{"name", "colour"},
                            {"type", "linear"},
                            {"range", {{"scheme", "viridis"}}},
                            {"domain", values.domain()},
                            {"zero", false}});
  spec["legends"] = Json::array({{{"fill", "colour"},
                                  {"title", chart.value},
                                  {"type", "gradient"},
                                  {"gradientLength", chart.size.height}}});
  spec["data"] = Json::array({{{"name", "cells"}, {"values", cells_of(chart)}}});
  Json look{{"x", at("x", "x")},
            {"x2", at("x", "x2")},
            {"y", at("y", "y")},
            {"y2", at("y", "y2")},
            {"fill", at("colour", "v")}};
  spec["marks"].push_back({{"type", "rect"}, {"from", {{"data", "cells"}}}, {"encode", {{"enter", look}}}});
  return finished(spec, alternative);
}

}  // namespace tranche::report
