#include "status_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "tranche/base/text.hpp"
#include "tranche/inspect/text_table.hpp"

namespace tranche::cli {
namespace {

using directory::OwnerState;
using directory::StageStatus;
using directory::Status;

bool claims_to_run(const Status& status) {
  return status.phase == "starting" || status.phase == "running" || status.phase == "draining";
}

double heartbeat_age(const Sighting& sighting) {
  return sighting.status ? std::max(0.0, sighting.now - sighting.status->updated_at) : 0;
}

/// The stage behind which a person has to decide. The last one has nothing behind it, and a reopened one is
/// not there yet.
const StageStatus* waiting_stage(const Status& status) {
  for (const auto& stage : status.stages)
    if (stage.state == "sealed" && &stage != &status.stages.back() &&
        (stage.gate == "waiting" || stage.gate == "stopped"))
      return &stage;
  return nullptr;
}

Health health_at_rest(const Sighting& sighting) {
  if (!sighting.status) return sighting.owner.state == OwnerState::dead ? Health::dead : Health::untouched;
  const auto& phase = sighting.status->phase;
  if (claims_to_run(*sighting.status)) return Health::dead;
  if (phase == "finished") return Health::finished;
  if (phase == "paused") return Health::paused;
  // A run that was asked to stop after a stage leaves the gate behind it to a person as well.
  const bool waits = phase == "waiting" || (phase == "stopped" && waiting_stage(*sighting.status) != nullptr);
  return waits ? Health::waiting : Health::incomplete;
}

const StageStatus* current_stage(const Status& status) {
  for (const auto& stage : status.stages)
    if (stage.key.stage == status.current_stage) return &stage;
  return nullptr;
}

std::string signed_off(Health health, const inspect::TextStyle& style) {
  switch (health) {
    case Health::running:
    case Health::finished:
      return style.green(to_string(health));
    case Health::dead:
    case Health::mute:
      return style.red(to_string(health));
    case Health::waiting:
    case Health::paused:
      return style.yellow(to_string(health));
    default:
      return std::string{to_string(health)};
  }
}

std::string where(const Sighting& sighting) {
  const auto& owner = sighting.owner.facts;
  const auto& status = sighting.status;
  const auto host = owner.host.empty() && status ? status->host : owner.host;
  const auto pid = owner.pid == 0 && status ? status->pid : owner.pid;
  auto text = "on " + host + ", pid " + std::to_string(pid);
  const auto job = owner.slurm_job_id.empty() && status ? status->slurm_job_id : owner.slurm_job_id;
  if (!job.empty()) text += ", Slurm job " + job;
  return text;
}

std::string ago(double seconds) {
  return seconds < 3 ? "just now" : format_duration(std::floor(seconds)) + " ago";
}

/// Alive? Where? Since when?
std::string life_line(const Sighting& sighting, Health health) {
  const auto age = heartbeat_age(sighting);
  switch (health) {
    case Health::untouched:
      return "nothing has been run yet";
    case Health::running:
      if (!sighting.status) return "starting " + where(sighting);
      return where(sighting) + ", for " +
             format_duration(std::floor(sighting.now - sighting.status->started_at)) + ", last heard of " +
             ago(age);
    case Health::mute:
      return where(sighting) + ", has not reported for " + format_duration(age) +
             " although its process is there";
    case Health::dead:
      return "the run " + where(sighting) + " is gone without a word; what it recorded is safe";
    default:
      return "nothing runs; last change " + ago(age);
  }
}

std::string rate_text(double per_s) {
  if (per_s <= 0) return {};
  std::array<char, 48> text;
  if (per_s >= 1)
    std::snprintf(text.data(), text.size(), per_s >= 10 ? "%.0f/s" : "%.1f/s", per_s);
  else
    std::snprintf(text.data(), text.size(), "%.1f/min", per_s * 60);
  return text.data();
}

std::string progress(const Sighting& sighting, const inspect::TextStyle& style) {
  const auto& status = *sighting.status;
  const auto* stage = current_stage(status);
  if (stage == nullptr) return {};
  const auto to_run =
      stage->tally.total - std::min(stage->tally.total, stage->tally.of(SampleState::excluded));
  if (to_run == 0) return {};
  const auto done = std::min(std::max(status.finished_now, stage->tally.finished()), to_run);
  const double share = static_cast<double>(done) / static_cast<double>(to_run);
  std::array<char, 16> percent;
  std::snprintf(percent.data(), percent.size(), "%.0f %%", std::floor(share * 100));
  auto text = "  " + style.bold(stage->name) + "  " + inspect::bar(share, 24, style) + "  " + percent.data() +
              "  " + format_count(done) + " of " + format_count(to_run);
  if (const auto rate = rate_text(status.rate_per_s); !rate.empty()) text += "  " + rate;
  text += '\n';
  if (status.eta_s) text += "  this stage is done in about " + format_duration(*status.eta_s) + '\n';
  return text;
}

std::string count_or_dot(std::uint64_t count) {
  return count == 0 ? "." : format_count(count);
}

std::string gate_text(const StageStatus& stage, bool last) {
  if (last) return {};
  if (stage.gate == "closed") return "ahead";
  return stage.gate;
}

std::string stage_table(const Status& status, const inspect::TextStyle& style) {
  using inspect::Align;
  inspect::TextTable table{{{"stage"},
                            {"samples", Align::right},
                            {"ok", Align::right},
                            {"failed", Align::right},
                            {"timeout", Align::right},
                            {"crashed", Align::right},
                            {"invalid", Align::right},
                            {"excluded", Align::right},
                            {"core h", Align::right},
                            {"state"},
                            {"gate"}}};
  for (const auto& stage : status.stages) {
    const auto& tally = stage.tally;
    table.add({stage.name, format_count(stage.range.size()), count_or_dot(tally.of(SampleState::ok)),
               count_or_dot(tally.of(SampleState::failed)), count_or_dot(tally.of(SampleState::timeout)),
               count_or_dot(tally.of(SampleState::crashed)), count_or_dot(tally.of(SampleState::invalid)),
               count_or_dot(tally.of(SampleState::excluded)), inspect::format_amount(tally.core_hours()),
               stage.state, gate_text(stage, &stage == &status.stages.back())});
  }
  return table.text(style);
}

std::string agents_line(const Status& status) {
  if (status.agents.empty()) return {};
  std::uint64_t slots = 0;
  std::uint64_t idle = 0;
  std::vector<std::string> hosts;
  for (const auto& agent : status.agents) {
    slots += agent.slots;
    idle += agent.idle_slots;
    hosts.push_back(agent.host);
  }
  std::sort(hosts.begin(), hosts.end());
  const auto different = std::unique(hosts.begin(), hosts.end()) - hosts.begin();
  return "  " + std::to_string(slots) + (slots == 1 ? " slot" : " slots") + " on " +
         std::to_string(different) + (different == 1 ? " host, " : " hosts, ") + std::to_string(idle) +
         " idle; epoch " + std::to_string(status.epoch) + ", " +
         format_size(static_cast<double>(status.store_bytes)) + " written by this job\n";
}

/// What is wrong: attention lines, then the most frequent reasons of failure.
std::string trouble(const Sighting& sighting, const inspect::TextStyle& style) {
  std::string text;
  if (sighting.status)
    for (const auto& line : sighting.status->attention)
      text += "  " + style.yellow("!") + " " + inspect::wrapped(line, style.width, 4) + '\n';
  auto rows = sighting.failures;
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
  for (std::size_t k = 0; k < rows.size() && k < 3; ++k) {
    const auto& row = rows[k];
    const auto line = format_count(row.count) + " " + row.state +
                      (row.reason.empty() ? "" : " (" + row.reason + ")") + ", e.g. sample " +
                      std::to_string(row.example) + (row.message.empty() ? "" : ": " + row.message);
    text += "  " + style.yellow("!") + " " + inspect::shortened(line, style.width - 4) + '\n';
  }
  if (rows.size() > 3) text += "    tranche failures lists all " + std::to_string(rows.size()) + " reasons\n";
  return text;
}

/// What the last run said.
std::string told_to_type(const Status& status) {
  return status.next.empty() || status.next == "tranche run" ? "tranche run resumes" : status.next;
}

std::string next_step(const Sighting& sighting, Health health) {
  switch (health) {
    case Health::untouched:
      return "tranche check, then tranche run";
    case Health::running:
      return "tranche status --watch follows it, tranche stop ends it";
    case Health::waiting: {
      const auto* stage = waiting_stage(*sighting.status);
      return stage == nullptr
                 ? told_to_type(*sighting.status)
                 : "look at " + stage->name + ", then tranche approve " + stage->name + " and tranche run";
    }
    case Health::incomplete:
    case Health::paused:
      return told_to_type(*sighting.status);
    case Health::dead:
      return "tranche run resumes";
    case Health::finished:
      return "tranche verify, tranche export";
    case Health::mute:
      return "tranche stop; if it does not answer, end process " + std::to_string(sighting.owner.facts.pid) +
             " on " + sighting.owner.facts.host;
  }
  return {};
}

/// Each line wrapped by itself.
std::string lines_of(const std::string& lines, std::size_t indent, const inspect::TextStyle& style) {
  std::string text;
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = std::min(lines.find('\n', begin), lines.size());
    text += std::string(indent, ' ') +
            inspect::wrapped(lines.substr(begin, end - begin), style.width, indent) + '\n';
    begin = end + 1;
  }
  return text;
}

std::string verdict_lines(const Status& status, const inspect::TextStyle& style) {
  const auto* stage = waiting_stage(status);
  if (stage == nullptr || stage->verdict.empty()) return {};
  return "  gate behind " + stage->name + ":\n" + lines_of(stage->verdict, 4, style);
}

}  // namespace

Health health(const Sighting& sighting) {
  const bool stale = heartbeat_age(sighting) > stale_after_s;
  switch (sighting.owner.state) {
    case OwnerState::alive:
      if (sighting.owner.facts.purpose != "run") return health_at_rest(sighting);
      return sighting.status && claims_to_run(*sighting.status) && stale ? Health::mute : Health::running;
    case OwnerState::silent:
      if (sighting.owner.facts.purpose != "run") return health_at_rest(sighting);
      return stale ? Health::dead : Health::running;
    case OwnerState::none:
    case OwnerState::dead:
      break;
  }
  return health_at_rest(sighting);
}

std::string_view to_string(Health health) {
  static constexpr std::array<std::string_view, 8> names{"not started", "running", "waiting", "incomplete",
                                                         "finished",    "paused",  "dead",    "silent"};
  return names[static_cast<std::size_t>(health)];
}

int status_code(Health health) {
  static constexpr std::array<int, 8> codes{4, 10, 3, 4, 0, 3, 11, 11};
  return codes[static_cast<std::size_t>(health)];
}

std::string status_text(const Sighting& sighting, const inspect::TextStyle& style) {
  const auto state = health(sighting);
  const auto name = sighting.status ? sighting.status->campaign : sighting.directory;
  std::string text = style.bold(name) + "  " + signed_off(state, style) + '\n';
  text += "  " + inspect::wrapped(life_line(sighting, state), style.width, 2) + '\n';
  if (sighting.status) {
    const auto& status = *sighting.status;
    text += lines_of(status.text, 2, style);
    if (state == Health::running || state == Health::mute)
      text += '\n' + progress(sighting, style) + agents_line(status);
    if (!status.stages.empty()) text += '\n' + stage_table(status, style);
    if (state == Health::waiting)
      if (const auto lines = verdict_lines(status, style); !lines.empty()) text += '\n' + lines;
  }
  if (const auto lines = trouble(sighting, style); !lines.empty()) text += '\n' + lines;
  return text + "\nnext: " + inspect::wrapped(next_step(sighting, state), style.width, 6) + '\n';
}

}  // namespace tranche::cli
