/// \file
/// Hands signals on to a run once it listens: until then they would kill it.
/// Layer: launch (/proc).
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <optional>
#include <utility>

namespace tranche::launch {

/// Whether a process blocks, ignores or handles a signal. Nothing if the system does not say.
std::optional<bool> withstands(pid_t process, int signal);

class Messenger {
 public:
  /// \param ranks_listen  behind a launcher: whether the ranks have set up what they react to
  Messenger(std::function<bool(int signal)> child_listens, std::function<bool()> ranks_listen,
            std::function<void(int signal)> send)
      : child_listens_{std::move(child_listens)},
        ranks_listen_{std::move(ranks_listen)},
        send_{std::move(send)} {}

  /// To be sent at the next deliver() that finds somebody who listens; after `longest_wait_s` in any case.
  void add(int signal, double now);
  void deliver(double now);
  bool waiting() const noexcept { return !signals_.empty(); }

  static constexpr double longest_wait_s = 10;

 private:
  struct Waiting {
    int signal = 0;
    double since = 0;
  };
  std::function<bool(int)> child_listens_;
  std::function<bool()> ranks_listen_;
  std::function<void(int)> send_;
  std::deque<Waiting> signals_;
};

}  // namespace tranche::launch
