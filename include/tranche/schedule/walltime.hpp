/// \file
/// How a run uses the end of its allocation: what may still begin, and when the final epoch must.
/// Layer: schedule (pure). All times in seconds; instants on one clock.
///
///   begin ------------------------------- last start ----------- last end --- end
///          samples begin and end          those that run end      final epoch
#pragma once

#include <optional>

#include "tranche/wire/messages.hpp"

namespace tranche::schedule {

struct Allocation {
  double begin = 0;  ///< of the job, however much of it this run has had
  double end = 0;    ///< when the batch system ends it
};

/// What the final epoch may take: 30 s, less in a short allocation (5 % of it).
double usual_closing_s(const Allocation& allocation);
/// The same, and never less than three times what an epoch has taken so far.
double closing_s(const Allocation& allocation, double longest_epoch_s);

class WalltimePlan {
 public:
  WalltimePlan(const Allocation& allocation, double longest_epoch_s)
      : begin_{allocation.begin},
        usual_last_end_{allocation.end - usual_closing_s(allocation)},
        last_end_{allocation.end - closing_s(allocation, longest_epoch_s)} {}

  /// From here on a sample of that wall time would not end in time. A sample of unknown length may begin at
  /// any time: idle cores are lost as well.
  double last_start(std::optional<double> predicted_wall_s) const {
    return last_end_ - predicted_wall_s.value_or(0);
  }
  /// True if no sample of that wall time can end in the whole allocation.
  bool too_short_for(double predicted_wall_s) const { return usual_last_end_ - predicted_wall_s <= begin_; }
  /// The order to wind up: what runs may end until the final epoch. What has run for nine tenths of the
  /// usable time will not end in the next allocation of this length either; whatever epochs have taken here.
  wire::Withdraw order(double now) const;

 private:
  double begin_;
  double usual_last_end_;
  double last_end_;
};

}  // namespace tranche::schedule
