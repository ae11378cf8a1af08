/// \file
/// Takes what failed runs have left from the node's scratch into the campaign, on a thread of its own: copies
/// to a network file system shall keep nobody waiting. Layer: daemon. One a rank.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "tranche/base/run_record.hpp"

namespace tranche::daemon {

class EvidenceKeeper {
 public:
  /// `folder`: `failed` of the campaign, made when it is needed. `fence` throws once the campaign is somebody
  /// else's: nothing is written then.
  EvidenceKeeper(std::filesystem::path scratch, std::filesystem::path folder, std::function<void()> fence);
  ~EvidenceKeeper();  ///< finishes what was begun
  EvidenceKeeper(const EvidenceKeeper&) = delete;
  EvidenceKeeper& operator=(const EvidenceKeeper&) = delete;

  /// A run has ended; without effect unless it failed and left something. `describe` is asked then: what the
  /// sample was, for the file sample.json.
  void take(const RunRecord& record, const std::function<std::string()>& describe);

 private:
  struct Job {
    RunId run;
    std::string reason;
    std::string sample;
  };
  void loop();
  void keep(const Job& job) const;
  bool is_ours() const;

  std::filesystem::path scratch_;
  std::filesystem::path folder_;
  std::function<void()> fence_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tranche::daemon
