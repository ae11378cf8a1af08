/// \file
/// What the owner publishes: status.json every 2 s, failures.json at every commit.
/// Layer: daemon. Rank 0.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "campaign_context.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/ledger/ledger.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

class StatusBoard {
 public:
  StatusBoard(const CampaignContext& context, const ledger::Ledger& ledger);

  void phase(const std::string& phase, const std::string& text);
  void stage(std::uint8_t number) { status_.current_stage = number; }
  void next(const std::string& what_to_type) { status_.next = what_to_type; }
  void ended(ExitCode code) { status_.exit_code = static_cast<int>(code); }
  void joined(std::uint32_t rank, const wire::Hello& hello);
  void reported(std::uint32_t rank, const wire::Report& report);
  void committed(std::uint64_t epoch, std::uint64_t final_runs, std::uint64_t bytes);
  void attention(const std::string& text);

  /// Every 2 s; other calls return at once.
  void publish_if_due(double now);
  void publish(double now);
  void publish_failures() const;

 private:
  void refresh(double now);
  void refresh_progress(double now);

  const CampaignContext& context_;
  const ledger::Ledger& ledger_;
  directory::Status status_;
  std::map<std::uint32_t, wire::Report> reports_;
  std::uint64_t recorded_ = 0;  ///< final runs committed in this job
  struct Point {
    double at = 0;
    std::uint64_t finished = 0;
  };
  std::deque<Point> history_;
  double published_at_ = -1e9;
};

}  // namespace tranche::daemon
