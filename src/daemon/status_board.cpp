#include "status_board.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "tranche/directory/files.hpp"

namespace tranche::daemon {
namespace {

constexpr double rate_window_s = 60;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

StatusBoard::StatusBoard(const CampaignContext& context) {
  status_.campaign = context.spec.name;
  status_.host = directory::host_name();
  status_.pid = getpid();
  status_.slurm_job_id = environment("SLURM_JOB_ID");
  status_.started_at = directory::unix_now();
}

void StatusBoard::phase(const std::string& phase, const std::string& text) {
  const std::lock_guard lock{mutex_};
  status_.phase = phase;
  status_.text = text;
}

void StatusBoard::stage(std::uint8_t number) {
  const std::lock_guard lock{mutex_};
  status_.current_stage = number;
}

void StatusBoard::next(const std::string& what_to_type) {
  const std::lock_guard lock{mutex_};
  status_.next = what_to_type;
}

void StatusBoard::ended(ExitCode code) {
  const std::lock_guard lock{mutex_};
  status_.exit_code = static_cast<int>(code);
}

void StatusBoard::joined(std::uint32_t rank, const wire::Hello& hello) {
  const std::lock_guard lock{mutex_};
  directory::AgentStatus agent;
  agent.host = hello.host;
  agent.rank = rank;
  agent.slots = hello.slots;
  status_.agents.push_back(agent);
}

void StatusBoard::reported(std::uint32_t rank, const wire::Report& report) {
  const std::lock_guard lock{mutex_};
  reports_[rank] = report;
}

void StatusBoard::quarantined(std::uint32_t rank) {
  const std::lock_guard lock{mutex_};
  for (auto& agent : status_.agents)
    if (agent.rank == rank) agent.quarantined = true;
}

void StatusBoard::committed(std::uint64_t epoch, std::uint64_t final_runs, std::uint64_t bytes) {
  const std::lock_guard lock{mutex_};
  status_.epoch = epoch;
  status_.epoch_at = directory::unix_now();
  status_.store_bytes += bytes;
  recorded_ += final_runs;
}

bool StatusBoard::attention(const std::string& text) {
  const std::lock_guard lock{mutex_};
  if (std::find(status_.attention.begin(), status_.attention.end(), text) != status_.attention.end())
    return false;
  status_.attention.push_back(text);
  return true;
}

void StatusBoard::cannot_publish(const std::string& file, const IoError& error) {
  {
    const std::lock_guard lock{mutex_};
    if (!unpublished_.insert(file).second) return;
  }
  say_once(file + " cannot be published: " + error.what() + "; the run goes on");
}

void StatusBoard::say_once(const std::string& text) {
  if (attention(text)) std::cerr << text << std::endl;
}

void StatusBoard::stages(std::vector<directory::StageStatus> stages) {
  const std::lock_guard lock{mutex_};
  status_.stages = std::move(stages);
}

void StatusBoard::ends_in(std::optional<double> left_s) {
  const std::lock_guard lock{mutex_};
  status_.ends_at = left_s;
  if (left_s) *status_.ends_at += directory::unix_now();
}

void StatusBoard::lost(const directory::Losses& losses) {
  const std::lock_guard lock{mutex_};
  status_.lost = losses;
}

directory::Status StatusBoard::snapshot(double now) {
  const std::lock_guard lock{mutex_};
  status_.updated_at = directory::unix_now();
  for (auto& agent : status_.agents) {
    const auto& report = reports_[agent.rank];
    agent.idle_slots = report.idle_slots;
    agent.in_flight = report.backlog;
    agent.finished = report.finished;
  }
  refresh_progress(now);
  return status_;
}

/// Finished samples, those not recorded yet included, and how fast they come.
void StatusBoard::refresh_progress(double now) {
  std::uint64_t finished = 0;
  for (const auto& [rank, report] : reports_) finished += report.finished;
  history_.push_back({now, finished});
  while (history_.size() > 2 && now - history_.front().at > rate_window_s) history_.pop_front();
  const auto& oldest = history_.front();
  const double span = now - oldest.at;
  status_.rate_per_s = span > 0.5 ? static_cast<double>(finished - oldest.finished) / span : 0;

  status_.finished_now = 0;
  status_.eta_s.reset();
  for (const auto& stage : status_.stages) {
    if (stage.key.stage != status_.current_stage) continue;
    const auto waiting = finished - std::min(finished, recorded_);
    status_.finished_now = stage.tally.finished() + std::min(waiting, stage.tally.pending());
    const auto left = stage.tally.pending() - std::min(waiting, stage.tally.pending());
    if (status_.rate_per_s > 0) status_.eta_s = static_cast<double>(left) / status_.rate_per_s;
  }
}

}  // namespace tranche::daemon
