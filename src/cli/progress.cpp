#include "progress.hpp"

#include <algorithm>
#include <cstdio>

#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

constexpr std::size_t bar_width = 20;

std::string rate_text(double rate_per_s) {
  if (rate_per_s >= 100) return format_count(static_cast<std::uint64_t>(rate_per_s)) + "/s";
  char text[32];
  std::snprintf(text, sizeof text, rate_per_s >= 1 ? "%.1f/s" : "%.2f/s", rate_per_s);
  return text;
}

}  // namespace

std::string progress_line(const directory::Status& status, const inspect::TextStyle& style) {
  const auto stage = std::find_if(status.stages.begin(), status.stages.end(), [&](const auto& candidate) {
    return candidate.key.stage == status.current_stage;
  });
  if (stage == status.stages.end()) return {};
  const auto to_run = stage->tally.total - stage->tally.of(SampleState::excluded);
  const auto done = std::min(status.finished_now, to_run);
  const double share = to_run == 0 ? 1 : static_cast<double>(done) / static_cast<double>(to_run);

  std::string line = style.bold(stage->name) + "  " + inspect::bar(share, bar_width, style) + "  ";
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3.0f %%", share * 100);
  line += percent;
  line += "  " + format_count(done) + " of " + format_count(to_run);
  if (status.phase == "draining") return line + "  " + style.yellow("draining");
  if (status.phase != "running" || status.text != "stage `" + stage->name + "`")
    return line + "  " + status.text;
  if (status.rate_per_s > 0) line += "  " + rate_text(status.rate_per_s);
  if (status.eta_s && done < to_run) line += "  " + format_duration(*status.eta_s) + " left";
  if (stage->tally.failures() > 0)
    line += "  " + style.yellow(format_count(stage->tally.failures()) + " failed");
  return line;
}

}  // namespace tranche::cli
