#include "status_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "slow_nodes.hpp"
#include "stage_table.hpp"
#include "tranche/base/text.hpp"

namespace tranche::cli {
namespace {

using directory::StageStatus;
using directory::Status;

constexpr std::size_t most_jobs_shown = 3;

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
    case Health::queued:
      return style.yellow(to_string(health));
    default:
      return std::string{to_string(health)};
  }
}

/// Wrapped, and words that are longer than a line are cut.
std::string fitted(const std::string& text, const inspect::TextStyle& style, std::size_t indent) {
  std::string words;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find(' ', begin), text.size());
    words += inspect::shortened(text.substr(begin, end - begin), style.width - indent) + ' ';
    begin = end + 1;
  }
  return inspect::wrapped(words, style.width, indent);
}

/// Each line wrapped by itself.
std::string lines_of(const std::string& lines, std::size_t indent, const inspect::TextStyle& style) {
  std::string text;
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = std::min(lines.find('\n', begin), lines.size());
    text += std::string(indent, ' ') + fitted(lines.substr(begin, end - begin), style, indent) + '\n';
    begin = end + 1;
  }
  return text;
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

/// Whether the status is the owner's own, not that of the run before it.
bool has_reported(const Sighting& sighting) {
  return sighting.status && sighting.status->updated_at >= sighting.owner.facts.since;
}

std::string running_line(const Sighting& sighting) {
  if (!run_lives(sighting))
    return "job " + started_job(sighting.batch, job_of(sighting))->job_id + " has started";
  if (!has_reported(sighting)) return "starting " + where(sighting);
  return where(sighting) + ", for " +
         format_duration(std::floor(sighting.now - sighting.status->started_at)) + ", last heard of " +
         ago(heartbeat_age(sighting));
}

/// Slurm's word for the job of a run that is gone or silent.
std::string slurm_says(const Sighting& sighting) {
  const auto job = job_of(sighting);
  switch (word_of(sighting.batch, job)) {
    case JobWord::ended:
      for (const auto& each : *sighting.batch.jobs)
        if (each.job_id == job) return "; Slurm: " + each.state;
      return {};
    case JobWord::runs:
      return "; Slurm says that its job runs";
    case JobWord::waits:
      return "; Slurm will start its job again";
    case JobWord::unrecorded:
      return "; Slurm has no record of its job";
    case JobWord::untold:
      return {};
  }
  return {};
}

/// Alive? Where? Since when?
std::string life_line(const Sighting& sighting, Health health) {
  const auto age = heartbeat_age(sighting);
  const bool died = ended_without_a_word(sighting);
  const auto gone = "the run " + where(sighting) + " is gone without a word" + slurm_says(sighting) +
                    "; what it recorded is safe";
  switch (health) {
    case Health::untouched:
      return "nothing has been run yet";
    case Health::running:
      return running_line(sighting);
    case Health::mute:
      return where(sighting) + ", has not reported for " + format_duration(age) +
             (slurm_says(sighting).empty() ? " although its process is there" : slurm_says(sighting));
    case Health::dead:
      return gone;
    case Health::queued:
      if (died) return gone;
      return sighting.status ? "nothing runs; last change " + ago(age) : "nothing has been run yet";
    default:
      return "nothing runs; last change " + ago(age);
  }
}

/// What Slurm will start, or would.
std::string queue_lines(const Sighting& sighting, const inspect::TextStyle& style) {
  const auto& batch = sighting.batch;
  if (batch.asked && !batch.jobs)
    return lines_of("Slurm gives no answer: whether jobs wait is not known", 2, style);
  std::string text;
  for (const auto& line : waiting_lines(batch, most_jobs_shown)) text += lines_of(line, 2, style);
  return text;
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

std::string counted(std::size_t number, const std::string& one) {
  return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}

/// `; the job ends 14 min before that: 1 more link`.
std::string against_the_end(const Sighting& sighting) {
  const auto result = estimate_of(sighting);
  if (!result) return {};
  const auto apart = format_duration(std::floor(std::abs(result->beyond_s)));
  if (result->more_links == 0) return "; the job ends " + apart + " later";
  auto text = "; the job ends " + apart + (result->beyond_s > 0 ? " before" : " after") +
              " the estimate: " + counted(result->more_links, "more link");
  const auto links = links_after(sighting.batch, job_of(sighting));
  if (links >= result->more_links) return text + ", and " + std::to_string(links) + " submitted";
  return text + ": tranche submit --chain " + std::to_string(result->more_links - links);
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
  auto facts = std::string{percent.data()} + "  " + format_count(done) + " of " + format_count(to_run);
  if (const auto rate = rate_text(status.rate_per_s); !rate.empty()) facts += "  " + rate;
  // Name and bar have what the numbers leave.
  const auto room = style.width - std::min(style.width, 2 + 2 + 2 + inspect::display_width(facts));
  const auto name = inspect::shortened(stage->name, std::max<std::size_t>(room, 8 + 4) - 4);
  const auto left = room - std::min(room, inspect::display_width(name));
  const auto bar_width = std::clamp<std::size_t>(left, 4, 24);
  auto text = "  " + style.bold(name) + "  " + inspect::bar(share, bar_width, style) + "  " + facts + '\n';
  if (status.eta_s)
    text +=
        lines_of("this stage is done in about " + format_duration(*status.eta_s) + against_the_end(sighting),
                 2, style);
  return text;
}

std::string agents_line(const Status& status, const inspect::TextStyle& style) {
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
  const auto different = static_cast<std::size_t>(std::unique(hosts.begin(), hosts.end()) - hosts.begin());
  return lines_of(counted(slots, "slot") + " on " + counted(different, "host") + ", " + std::to_string(idle) +
                      " idle; epoch " + std::to_string(status.epoch) + ", " +
                      format_size(static_cast<double>(status.store_bytes)) + " written by this job",
                  2, style);
}

/// What the last job left unused; nothing that anybody would care about is left out.
std::string lost_line(const Status& status, const inspect::TextStyle& style) {
  const auto share = lost_share(status);
  if (!share) return {};
  return lines_of(format_share(*share) + " of the last job's core time was lost at its end", 2, style);
}

std::string slow_text(const SlowNode& node) {
  return "node " + node.host + " finishes " + format_share(node.share) +
         " of the samples that a slot of the other nodes does: tranche bench there tells why, or leave it "
         "out";
}

/// What is wrong: attention lines, slow nodes, then the most frequent reasons of failure.
std::string trouble(const Sighting& sighting, Health state, const inspect::TextStyle& style) {
  std::string text;
  const auto warn = [&](const std::string& line) {
    text += "  " + style.yellow("!") + " " + fitted(line, style, 4) + '\n';
  };
  if (sighting.status)
    for (const auto& line : sighting.status->attention) warn(line);
  if (sighting.status && state == Health::running)
    for (const auto& node : slow_nodes(sighting.status->agents)) warn(slow_text(node));
  auto rows = sighting.failures;
  std::erase_if(rows, [](const auto& row) { return row.count == 0; });
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

std::string verdict_lines(const Status& status, const inspect::TextStyle& style) {
  const auto* stage = waiting_stage(status);
  if (stage == nullptr || stage->verdict.empty()) return {};
  return lines_of("gate behind " + stage->name + ":", 2, style) + lines_of(stage->verdict, 4, style);
}

/// What the status itself says: how far, and how it ended.
std::string status_part(const Sighting& sighting, Health state, const inspect::TextStyle& style) {
  const auto& status = *sighting.status;
  std::string text;
  if (state == Health::running && !(run_lives(sighting) && has_reported(sighting)))
    return status.stages.empty() ? text : '\n' + stage_table(status, style);
  text += lines_of(status.text, 2, style);
  if (state == Health::running || state == Health::mute)
    text += '\n' + progress(sighting, style) + agents_line(status, style);
  text += lost_line(status, style);
  if (!status.stages.empty()) text += '\n' + stage_table(status, style);
  if (state == Health::waiting)
    if (const auto lines = verdict_lines(status, style); !lines.empty()) text += '\n' + lines;
  return text;
}

}  // namespace

std::optional<Estimate> estimate_of(const Sighting& sighting) {
  if (!sighting.status || !sighting.status->eta_s || !sighting.status->ends_at) return std::nullopt;
  const auto& status = *sighting.status;
  Allotment allotment{*status.eta_s, *status.ends_at - sighting.now, *status.ends_at - status.started_at};
  for (const auto& job : sighting.batch.submitted)
    if (job.job_id == status.slurm_job_id && job.time_s) allotment.length_s = *job.time_s;
  return estimate(allotment);
}

std::optional<double> lost_share(const Status& status) {
  if (!status.lost || status.lost->of_s <= 0) return std::nullopt;
  return (status.lost->cut_s + status.lost->idle_s) / status.lost->of_s;
}

std::string status_text(const Sighting& sighting, const inspect::TextStyle& style) {
  const auto state = health(sighting);
  const auto name = sighting.status ? sighting.status->campaign : sighting.directory;
  std::string text =
      style.bold(inspect::shortened(name, style.width - 16)) + "  " + signed_off(state, style) + '\n';
  text += lines_of(life_line(sighting, state), 2, style) + queue_lines(sighting, style);
  if (sighting.status) text += status_part(sighting, state, style);
  if (const auto lines = trouble(sighting, state, style); !lines.empty()) text += '\n' + lines;
  return text + "\nnext: " + fitted(next_step(sighting), style, 6) + '\n';
}

}  // namespace tranche::cli
