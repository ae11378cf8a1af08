/// \file
/// Plots as Vega specifications: lines with bands, points, histograms, heat maps.
/// Layer: adapter (Vega, through nlohmann-json). Pure. Colours: Okabe and Ito (2008) and viridis, which
/// people with any colour vision tell apart; lines differ in their dashes as well.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tranche::report {

/// A specification that Vega 5 draws, and what it shows in words.
struct Chart {
  std::string spec;  ///< JSON
  std::string alternative;
};

struct Scale {
  enum class Kind : std::uint8_t { linear, log };
  std::string title;
  Kind kind = Kind::linear;
};

/// In the order in which they are given to lines of a chart.
enum class Dash : std::uint8_t { solid, dashed, dotted };

/// Points without a finite place are left out and break a line.
struct Series {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
  Dash dash = Dash::solid;
  std::vector<double> lo{};  ///< of a band around it; empty: none
  std::vector<double> hi{};
};

struct Size {
  int width = 320;
  int height = 200;
};

struct LineChart {
  Scale x;
  Scale y;
  std::vector<Series> series;  ///< at most seven; a legend if there are several
  Size size{};
  std::string title{};
};
Chart draw(const LineChart& chart, const std::string& alternative);

/// Points, one symbol a series, and, if asked for, the line y = x.
struct PointChart {
  Scale x;
  Scale y;
  std::vector<Series> series;
  Size size{};
  std::string title{};
  bool diagonal = false;
};
Chart draw(const PointChart& chart, const std::string& alternative);

/// Bars between edges.
struct Histogram {
  Scale x;
  Scale y{"samples"};
  std::vector<double> edges;  ///< ascending; one more than counts
  std::vector<double> counts{};
  Size size{};
  std::string title{};
};
Chart draw(const Histogram& chart, const std::string& alternative);

/// Cells between edges; NaN: nothing there.
struct HeatMap {
  Scale x;
  Scale y;
  std::string value;  ///< what the colours say
  std::vector<double> x_edges;
  std::vector<double> y_edges;
  std::vector<double> values;  ///< row after row of y, x fastest
  Size size{};
  std::string title{};
};
Chart draw(const HeatMap& chart, const std::string& alternative);

}  // namespace tranche::report
