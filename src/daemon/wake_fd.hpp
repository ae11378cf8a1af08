/// \file
/// One thread wakes another that waits in poll().
/// Layer: daemon.
#pragma once

namespace tranche::daemon {

/// An eventfd. Any thread may wake; wake-ups add up to one.
class WakeFd {
 public:
  /// \throws IoError
  WakeFd();
  ~WakeFd();
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;

  int fd() const noexcept { return fd_; }  ///< readable after wake()
  void wake() const noexcept;
  void clear() const noexcept;  ///< never waits

 private:
  int fd_ = -1;
};

}  // namespace tranche::daemon
