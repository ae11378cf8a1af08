/// \file
/// What the owner knows and others may read: the contents of status.json.
/// Layer: daemon, rank 0. Facts come from the main thread; any thread may take a snapshot.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "campaign_context.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/status.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

class StatusBoard {
 public:
  explicit StatusBoard(const CampaignContext& context);

  void phase(const std::string& phase, const std::string& text);
  void stage(std::uint8_t number);
  void next(const std::string& what_to_type);
  void ended(ExitCode code);
  void joined(std::uint32_t rank, const wire::Hello& hello);
  void reported(std::uint32_t rank, const wire::Report& report);
  void quarantined(std::uint32_t rank);
  void committed(std::uint64_t epoch, std::uint64_t final_runs, std::uint64_t bytes);
  /// Shown by `tranche status`. False if it is there already.
  bool attention(const std::string& text);
  /// On stderr as well, once.
  void say_once(const std::string& text);
  /// A file for people that cannot be written: said once, on stderr as well. No reason to stop computing:
  /// whoever looks sees an old heartbeat.
  void cannot_publish(const std::string& file, const IoError& error);
  void stages(std::vector<directory::StageStatus> stages);
  /// \param left_s  until the batch system ends this job; nothing: no end is known
  void ends_in(std::optional<double> left_s);
  void lost(const directory::Losses& losses);

  /// As of `now` (monotonic seconds): also a point of the rate's history.
  directory::Status snapshot(double now);

 private:
  void refresh_progress(double now);

  std::mutex mutex_;
  std::set<std::string> unpublished_;
  directory::Status status_;
  std::map<std::uint32_t, wire::Report> reports_;
  std::uint64_t recorded_ = 0;  ///< final runs committed in this job
  struct Point {
    double at = 0;
    std::uint64_t finished = 0;
  };
  std::deque<Point> history_;
};

}  // namespace tranche::daemon
