/// \file
/// Where in the parameter box samples fail for one reason: the box of at most three parameters that sets them
/// best apart from all other samples.
/// Layer: atlas (pure, deterministic). Method: docs/adr/0085. Cost: some 10 ms for seven parameters; larger
/// tables are thinned for the search, and counted in full for the answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tranche::atlas {

/// A parameter on its own scale: a log one comes in as its log10.
struct Axis {
  enum class Kind : std::uint8_t { real, integer, levels };
  std::string name;  ///< as it is to be printed: `B`, `log10(R)`
  Kind kind = Kind::real;
  double lo = 0;  ///< of what is declared; levels: unused
  double hi = 1;
  std::vector<std::string> levels{};  ///< names; a value is the 0-based level
};

/// Row after row, a value for each axis.
struct Points {
  std::size_t width = 0;
  std::vector<double> values{};

  std::size_t size() const noexcept { return width == 0 ? 0 : values.size() / width; }
  std::span<const double> row(std::size_t k) const { return std::span{values}.subspan(k * width, width); }
};

/// at_least <= x < below, or x is one of `levels`. The numbers are those that are printed.
struct Bound {
  std::size_t axis = 0;
  std::optional<double> at_least{};
  std::optional<double> below{};
  std::vector<std::uint32_t> levels{};  ///< ascending; of an axis of levels

  bool holds(double x) const noexcept;
  bool operator==(const Bound&) const = default;
};

/// All bounds hold.
struct Region {
  std::vector<Bound> bounds{};  ///< by axis
  std::uint64_t failures = 0;   ///< of that reason, looked at
  std::uint64_t failures_inside = 0;
  std::uint64_t others = 0;  ///< other finished samples, looked at
  std::uint64_t others_inside = 0;

  bool contains(std::span<const double> row) const noexcept;
  /// Share of the reason's failures that lie inside.
  double share_of_failures() const noexcept;
  /// Share of all samples that lie inside, if `fail_share` of all failed for that reason: the share of the
  /// parameter box, as the design fills it evenly (without what constraints exclude).
  double share_of_box(double fail_share) const noexcept;
};

struct Question {
  std::span<const Axis> axes;
  const Points* failures = nullptr;  ///< of one reason; a random part of them is enough
  const Points* others = nullptr;    ///< other finished samples, or a random part
  double fail_share = 0;             ///< of all finished samples, how many failed for that reason
};

struct Answer {
  enum class Kind : std::uint8_t {
    found,
    too_few,   ///< failures, or others: nothing can be said
    all_over,  ///< no box is significantly worse, small enough, and has most of the failures
  };
  Kind kind = Kind::too_few;
  Region region{};  ///< found only
};

inline constexpr std::size_t fewest_failures = 30;
inline constexpr std::size_t fewest_others = 30;

/// A region is found if it has at least half of the failures in at most half of the box, and if chance would
/// set any such box apart so well in less than one of 1000 cases (Hoeffding's bound of the hypergeometric
/// tail, times the number of boxes that can be stated).
Answer worst_region(const Question& question);

/// `log10(L_e) >= 46.1 and log10(R) < 15.9`, `2.5 <= B < 7`, `field is torus`.
std::string bounds_text(std::span<const Axis> axes, const Region& region);
/// `86 % of not_converged at B < 7: 4 % of the box`. The first number is rounded down, the second up.
std::string sentence(std::span<const Axis> axes, const Region& region, const std::string& reason,
                     double fail_share);

}  // namespace tranche::atlas
