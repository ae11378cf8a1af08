/// \file
/// status.json every 2 s and the inbox, whatever the main thread is doing.
/// Layer: daemon, rank 0.
///
///   StatusBoard --snapshot--> status.json        inbox/ --stop--> at once
///                                                       --rest--> waits for the main thread (it has the
///                                                       ledger)
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "status_board.hpp"
#include "wake_fd.hpp"

namespace tranche::daemon {

/// Member functions are for the main thread.
class StatusThread {
 public:
  StatusThread(const CampaignContext& context, StatusBoard& board);
  ~StatusThread();
  StatusThread(const StatusThread&) = delete;
  StatusThread& operator=(const StatusThread&) = delete;

  /// The board has changed in a way people wait for: publishes before it returns.
  void publish();
  /// Publishes for the last time and ends the thread.
  void finish();

  /// Set once somebody asked for a stop .
  std::optional<std::string> drain_wanted();
  /// At the last look another run owned the campaign, and nothing was published.
  bool lost() const noexcept { return lost_; }
  /// Readable when one of the two has something new.
  const WakeFd& news() const noexcept { return news_; }

 private:
  void loop();
  bool ours();
  void publish_if_ours();
  void read_inbox();

  const CampaignContext& context_;
  StatusBoard& board_;
  WakeFd news_;
  std::mutex publishing_;  ///< one writer of status.json at a time
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::optional<std::string> drain_;
  std::atomic<bool> lost_{false};
  std::thread thread_;
};

}  // namespace tranche::daemon
